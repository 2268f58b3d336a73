import { useComputed, useSignal } from "@preact/signals";
import { Button } from "../../components/button.tsx";
import { Denied } from "../../components/denied.tsx";
import { FilterField } from "../../components/filter-field.tsx";
import { FilterLinks } from "../../components/filter-links.tsx";
import { useStaleHost } from "../../components/freshness.tsx";
import { LoadFailure } from "../../components/load-failure.tsx";
import { NothingFound } from "../../components/nothing-found.tsx";
import { ScreenHead } from "../../components/screen-head.tsx";
import { Clock } from "../../components/time.tsx";
import { useStores } from "../../hooks/index.ts";
import { rich, t } from "../../i18n/index.ts";
import { query, setQuery } from "../../router.ts";
import { entryMatches } from "./phrase.ts";
import { entriesOf, isOfKind, KINDS } from "./timeline.ts";
import { type SeqRange, Timeline } from "./timeline-view.tsx";

/** Lines at first, and how many more at a time: a thousand at once would make a phone wait. */
const PAGE = 200;

/** The range in the address, if it is one. */
function rangeFromAddress(): SeqRange | null {
  const [from, to] = [query("from"), query("to")].map((text) => (/^\d+$/.test(text) ? Number(text) : null));
  return from != null && to != null ? { from, to } : null;
}

function CaughtUpNotice() {
  const { activity } = useStores();
  const caughtUp = activity.caughtUp.value;
  if (!caughtUp) return null;
  return (
    <div class="notice marked" role="status">
      <p>
        <strong>{t("resume.caughtUp", { count: caughtUp.count })}</strong>{" "}
        {rich("resume.marked", { time: <Clock at={caughtUp.at} /> })}
      </p>
      <Button
        label={t("dismiss")}
        icon="close"
        kind="plain"
        iconOnly
        onClick={() => {
          activity.dismissCaughtUp();
          setQuery({ from: "", to: "" });
        }}
      />
    </div>
  );
}

function GapNotice() {
  const { activity } = useStores();
  const gap = activity.gap.value;
  if (!gap) return null;
  return (
    <div class="notice amber" role="status">
      <p>
        <strong>{t("resume.gap")}</strong>{" "}
        {gap.keptSince ? rich("gap.before", { time: <Clock at={gap.keptSince} /> }) : t("gap.some")} {t("gap.next")}
      </p>
      <Button label={t("dismiss")} icon="close" kind="plain" iconOnly onClick={() => activity.dismissGap()} />
    </div>
  );
}

const LINES = [46, 62, 38, 54, 70, 44];

function Skeleton() {
  return (
    <div class="timeline skeleton" aria-hidden="true">
      {LINES.map((width) => (
        <div class="event" key={width}>
          <span class="bone" />
          <span class="bone" />
          <span class="bone" style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}

/** Everything that happened, as far back as this page holds it. */
export function ActivityScreen() {
  const { activity, connection } = useStores();
  const pages = useSignal(1);
  const all = useComputed(() => entriesOf(activity.items.value));
  const kind = KINDS.find((known) => known === query("kind"));
  const text = query("q").trim();
  const found = all.value.filter((entry) => (!kind || isOfKind(entry, kind)) && (!text || entryMatches(entry, text)));
  const shown = found.slice(0, pages.value * PAGE);
  const { error, loading, caughtUp } = activity;
  if (error.value) return <LoadFailure error={error.value} onRetry={() => connection.retryNow()} />;
  return (
    <section class="screen" {...useStaleHost()} aria-busy={loading.value}>
      <ScreenHead title={t("nav.activity")} />
      <CaughtUpNotice />
      <GapNotice />
      <Denied channel="system" />
      <div class="tools">
        <FilterField label={t("activity.filter")} />
        <FilterLinks
          label={t("activity.kinds")}
          name="kind"
          chosen={kind ?? ""}
          choices={[
            { value: "", label: t("activity.all") },
            ...KINDS.map((value) => ({ value, label: t(`activity.${value}`) })),
          ]}
        />
      </div>
      {loading.value ? (
        <Skeleton />
      ) : found.length ? (
        <Timeline entries={shown} marked={rangeFromAddress() ?? caughtUp.value} />
      ) : all.value.length ? (
        <NothingFound filters={["q", "kind"]} />
      ) : (
        <div class="empty">
          <h2>{t("activity.none")}</h2>
          <p>{t("activity.none.next")}</p>
        </div>
      )}
      {found.length > shown.length && (
        <Button
          label={t("activity.older")}
          onClick={() => {
            pages.value += 1;
          }}
        />
      )}
    </section>
  );
}
