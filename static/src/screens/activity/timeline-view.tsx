import { useSignal } from "@preact/signals";
import { Icon } from "../../components/icons.tsx";
import { Ago, Clock, ClockSeconds } from "../../components/time.tsx";
import { day, tookMs } from "../../i18n/format.ts";
import { rich, t } from "../../i18n/index.ts";
import { containerPath } from "../../router.ts";
import type { GapMarker } from "../../stores/index.ts";
import { containerPhrase, phraseOf } from "./phrase.ts";
import { type ContainerEvent, type Entry, isWithin, seqsOf, timeOfEntry } from "./timeline.ts";

export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

function gapSentence(gap: GapMarker) {
  if (gap.keptSince) return rich("gap.before", { time: <Clock at={gap.keptSince} /> });
  return t(gap.reason === "epoch_changed" || gap.reason === "ahead" ? "gap.epoch" : "gap.some");
}

function GapRow({ gap }: { gap: GapMarker }) {
  return (
    <li class="event event-gap">
      <span class="event-time">
        <ClockSeconds at={gap.at} />
      </span>
      <span class="event-icon tone-amber">
        <Icon name="gap" />
      </span>
      <p class="event-gap-text">
        {gapSentence(gap)} {t("gap.next")}
      </p>
    </li>
  );
}

/** A crash loop may hold hundreds; the newest tell as much. */
const MOST_STEPS = 30;

function Steps({ entry }: { entry: Extract<Entry, { kind: "operation" | "loop" }> }) {
  const start = new Date(timeOfEntry(entry)).getTime();
  return (
    <ul class="effects">
      {stepsOf(entry)
        .slice(-MOST_STEPS)
        .map((event) => {
          const { icon, tone, text } = containerPhrase(event);
          const at = event.data.at ?? event.timestamp;
          return (
            <li key={event.seq}>
              <span class={`tone-${tone}`}>
                <Icon name={icon} />
              </span>
              {text}
              <span class="muted">
                {entry.kind === "loop" ? <ClockSeconds at={at} /> : `+${tookMs(Math.max(0, Date.parse(at) - start))}`}
              </span>
            </li>
          );
        })}
    </ul>
  );
}

function stepsOf(entry: Exclude<Entry, { kind: "gap" }>): readonly ContainerEvent[] {
  if (entry.kind === "event") return [];
  return entry.kind === "loop" ? entry.events : entry.effects;
}

interface EntryRowProps {
  entry: Exclude<Entry, { kind: "gap" }>;
  marked: boolean;
  /** The container's own page does not say its name on every line. */
  named: boolean;
}

function EntryRow({ entry, marked, named }: EntryRowProps) {
  const open = useSignal(false);
  const { icon, tone, subject, container, text, words, by } = phraseOf(entry);
  const at = timeOfEntry(entry);
  const steps = stepsOf(entry).length;
  const uncertain = entry.kind === "event" && "observed" in entry.event.data && entry.event.data.observed === "resync";
  return (
    <li class="event" data-marked={marked || undefined} data-row-of={entry.key} data-seqs={seqsOf(entry).join(" ")}>
      <span class="event-time">
        <ClockSeconds at={at} />
      </span>
      <span class={`event-icon tone-${tone}`}>
        <Icon name={icon} />
      </span>
      <div class="event-text">
        {named && (
          <span class="event-subject">
            {container ? (
              <a href={containerPath(container.name)} data-row data-container={container.name}>
                {subject}
              </a>
            ) : (
              subject
            )}
          </span>
        )}
        <span class="event-what">
          {text}
          {words && (
            <small class="words" lang="en">
              {" "}
              {words}
            </small>
          )}
          {uncertain && (
            <span class="muted" title={t("event.resync.why")}>
              {" "}
              {t("event.resync")}
            </span>
          )}
        </span>
        {steps > 0 && (
          <button
            type="button"
            class="event-more"
            aria-expanded={open.value}
            onClick={() => {
              open.value = !open.value;
            }}
          >
            <Icon name={open.value ? "down" : "right"} />
            {t("activity.effects", { count: steps })}
          </button>
        )}
        {open.value && entry.kind !== "event" && <Steps entry={entry} />}
      </div>
      <span class="event-by muted clip">{by && t("activity.by", { who: by })}</span>
      <span class="event-ago muted">
        <Ago at={at} />
      </span>
    </li>
  );
}

interface TimelineProps {
  /** Newest first. */
  entries: readonly Entry[];
  marked?: SeqRange | null;
  named?: boolean;
}

/** What happened, newest first, a heading for each day. */
export function Timeline({ entries, marked = null, named = true }: TimelineProps) {
  const days: { readonly name: string; readonly entries: Entry[] }[] = [];
  for (const entry of entries) {
    const name = day(new Date(timeOfEntry(entry)));
    const last = days.at(-1);
    if (last?.name === name) last.entries.push(entry);
    else days.push({ name, entries: [entry] });
  }
  return (
    <div class="timeline">
      {days.map(({ name, entries: within }) => (
        <section key={name} class="day" aria-label={name}>
          <h2 class="day-name">{name}</h2>
          <ol>
            {within.map((entry) =>
              entry.kind === "gap" ? (
                <GapRow key={entry.key} gap={entry.gap} />
              ) : (
                <EntryRow key={entry.key} entry={entry} marked={isWithin(entry, marked)} named={named} />
              ),
            )}
          </ol>
        </section>
      ))}
    </div>
  );
}
