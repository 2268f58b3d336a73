import { useComputed } from "@preact/signals";
import { EngineNotice } from "../../components/connection-chip.tsx";
import { Denied } from "../../components/denied.tsx";
import { useStaleHost } from "../../components/freshness.tsx";
import { ScreenHead } from "../../components/screen-head.tsx";
import { useStores } from "../../hooks/index.ts";
import { count, span } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import { link } from "../../router.ts";
import { entriesOf } from "../activity/timeline.ts";
import { Timeline } from "../activity/timeline-view.tsx";
import { Attention } from "./attention.tsx";
import { HostCharts } from "./charts.tsx";
import { Disks } from "./disks.tsx";

const CHANGES = 12;

function Changes() {
  const { activity } = useStores();
  const entries = useComputed(() => entriesOf(activity.items.value).slice(0, CHANGES)).value;
  return (
    <section class="panel changes" aria-labelledby="changes">
      <div class="panel-head">
        <h2 id="changes">{t("overview.changes")}</h2>
        <a class="link" href="/activity">
          {t("overview.allActivity")}
        </a>
      </div>
      {entries.length > 0 ? (
        <Timeline entries={entries} marked={activity.caughtUp.value} />
      ) : activity.loading.value ? (
        <span class="bone" />
      ) : (
        <p class="muted">{t("activity.none")}</p>
      )}
    </section>
  );
}

/** The containers in numbers, each the way to those it counts. */
function Counts() {
  const { containers } = useStores();
  const summary = containers.summary.value;
  if (!summary || containers.unknown.value) return <div class="counts" aria-hidden="true" />;
  const stopped = summary.total - summary.running - summary.paused - summary.restarting;
  const counts = [
    { value: summary.total, word: t("counts.total"), href: "/containers" },
    { value: summary.running, word: t("counts.running"), href: link("/containers", { state: "running" }) },
    { value: stopped, word: t("counts.stopped"), href: link("/containers", { state: "stopped" }) },
    {
      value: summary.attention,
      word: t("counts.attention"),
      href: link("/containers", { state: "attention" }),
      tone: summary.attention ? "tone-red" : "",
    },
  ];
  return (
    <ul class="counts">
      {counts.map(({ value, word, href, tone }) => (
        <li key={word}>
          <a href={href}>
            <strong class={tone}>{count(value)}</strong> {word}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Is the host well, is anything broken, what changed lately. */
export function OverviewScreen() {
  const { metrics, containers } = useStores();
  const latest = metrics.latest.value;
  const [engine] = containers.engines.value;
  const about = [
    latest && t("overview.uptime", { time: span(latest.uptime_s) }),
    engine?.version && t("overview.engine", { version: engine.version }),
  ].filter(Boolean);
  return (
    <section class="screen" {...useStaleHost()}>
      <ScreenHead title={latest?.hostname ?? t("nav.overview")} note={about.join(" · ")}>
        <Counts />
      </ScreenHead>
      <EngineNotice />
      <Denied channel="metrics" />
      <Denied channel="containers" />
      <div class="overview">
        <HostCharts />
        <div class="overview-left">
          <Attention />
          <Disks />
        </div>
        <Changes />
      </div>
    </section>
  );
}
