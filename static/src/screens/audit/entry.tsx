import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { CopyButton } from "../../components/copy.tsx";
import { Icon } from "../../components/icons.tsx";
import { ClockSeconds } from "../../components/time.tsx";
import { absolute } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import type { AuditEntry } from "../../protocol/messages.gen.ts";
import { linkWith, query } from "../../router.ts";
import { deviceName } from "../account/parts/device.ts";
import { actorName, auditPhrase, outcomeMark } from "./phrase.ts";

// As many as a person compares by eye; the copy has all of them.
const CHAIN_SHOWN = 12;

function Details({ entry, id }: { entry: AuditEntry; id: string }) {
  const { data, seq, timestamp, chain } = entry;
  const facts: [string, string | null][] = [
    [t("audit.detail.time"), absolute(new Date(timestamp))],
    [t("audit.detail.actor"), data.actor],
    [t("audit.detail.target"), data.target],
    [t("audit.detail.address"), data.address],
    [t("audit.detail.agent"), data.agent],
    [t("audit.action"), data.action],
    [t("audit.detail.code"), data.code],
    ...Object.entries(data.detail),
    [t("audit.detail.seq"), String(seq)],
  ];
  return (
    <dl class="audit-details" id={id}>
      {facts.map(
        ([name, value]) =>
          value !== null && (
            <div class="fact" key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
      <div class="fact">
        <dt>{t("audit.detail.chain")}</dt>
        <dd>
          <span class="with-copy">
            <code title={chain}>{chain.slice(0, CHAIN_SHOWN)}…</code>
            <CopyButton text={chain} label={t("audit.detail.chain.copy")} />
          </span>
        </dd>
      </div>
    </dl>
  );
}

/** One line of the trail; a click opens all that is known of it. */
export function Entry({ entry }: { entry: AuditEntry }) {
  const open = useSignal(false);
  const panel = useId();
  const { data, timestamp } = entry;
  const { icon, tone, word } = outcomeMark(data.outcome);
  const who = actorName(data.actor);
  return (
    <li class="audit" data-row-of={entry.seq}>
      <div class="audit-line">
        <span class="audit-time">
          <ClockSeconds at={timestamp} />
        </span>
        <span class={`audit-outcome mark tone-${tone}`}>
          <Icon name={icon} />
          {word}
        </span>
        <button
          type="button"
          class="audit-what"
          data-row
          aria-expanded={open.value}
          aria-controls={panel}
          onClick={() => {
            open.value = !open.value;
          }}
        >
          {auditPhrase(data)}
          {data.repeated > 0 && !data.detail.left_out && (
            <span class="muted"> {t("audit.repeated", { count: data.repeated })}</span>
          )}
        </button>
        <span class="audit-who">
          {data.actor ? (
            <a class="clip" href={linkWith({ actor: data.actor })} title={t("audit.actor.only", { who })}>
              {who}
            </a>
          ) : (
            <span class="muted">{who}</span>
          )}
        </span>
        <span
          class="audit-from muted clip"
          title={[data.address, data.agent && deviceName(data.agent)].filter(Boolean).join(" · ")}
        >
          {data.address}
        </span>
        <Icon name={open.value ? "down" : "right"} class="audit-fold" />
      </div>
      {open.value && (
        <>
          <Details entry={entry} id={panel} />
          {data.actor && query("actor") !== data.actor && (
            <a class="button" href={linkWith({ actor: data.actor })}>
              {t("audit.actor.only", { who })}
            </a>
          )}
        </>
      )}
    </li>
  );
}
