import { useComputed } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icons.tsx";
import { Reason } from "../../components/reason.tsx";
import { Ago } from "../../components/time.tsx";
import { useScrollEnd, useStores } from "../../hooks/index.ts";
import { language, t } from "../../i18n/index.ts";
import type { SessionChangedData, SessionSummary } from "../../protocol/messages.gen.ts";
import { isOver } from "../../stores/index.ts";
import { type Entry, entriesOf, processingOf } from "./entries.ts";
import { Message, Writing } from "./message.tsx";
import { isMe, who } from "./names.ts";
import { RunEnd, RunStatus } from "./run-status.tsx";
import { ToolCall } from "./tool-call.tsx";

/** This close to the end counts as being there: fractions of pixels, and a line. */
const END_PX = 32;

const LOG_TONES = { info: "muted", warning: "tone-amber", error: "tone-red" } as const;

function Note({ change, at }: { change: SessionChangedData; at: string }) {
  const stores = useStores();
  const by = isMe(stores, change.by) ? t("message.you") : who(change.by);
  const sentence =
    change.change === "title"
      ? t("note.title", { who: by, title: change.title ?? "" })
      : t(`note.${change.change}`, { who: by });
  return (
    <p class="note muted">
      {sentence} · <Ago at={at} />
    </p>
  );
}

interface EntryViewProps {
  entry: Entry;
  /** The id of the run that can be resumed, if any. */
  resumable: string | null;
  mayWrite: boolean;
}

function EntryView({ entry, resumable, mayWrite }: EntryViewProps) {
  switch (entry.kind) {
    case "message":
      return <Message message={entry.message} />;
    case "tool":
      return <ToolCall entry={entry} />;
    case "end":
      return <RunEnd run={entry.run} last={entry.run.id === resumable} mayWrite={mayWrite} />;
    case "log":
      return <p class={`log-entry mono ${LOG_TONES[entry.log.level]}`}>{entry.log.text}</p>;
    case "error":
      return (
        <p class="log-entry tone-red">
          <Reason of={entry.error} />
        </p>
      );
    case "note":
      return <Note change={entry.change} at={entry.at} />;
    case "handover":
      return (
        <p class="note tone-amber">
          {t("handover.wanted")} {entry.handover.reason}
        </p>
      );
  }
}

/** Entries whose events did not change are not rendered again: a session may be long. */
function Entries({ entries, resumable, mayWrite }: Omit<EntryViewProps, "entry"> & { entries: readonly Entry[] }) {
  const tongue = language.value;
  // biome-ignore lint/correctness/useExhaustiveDependencies: all of it speaks the chosen language.
  return useMemo(
    () => (
      <>
        {entries.map((entry) => (
          <EntryView key={entry.key} entry={entry} resumable={resumable} mayWrite={mayWrite} />
        ))}
      </>
    ),
    [entries, resumable, mayWrite, tongue],
  );
}

/** The run to resume: the last one, where it did not complete and nobody else answers. */
function resumableOf({ state, run, taken_by: taken }: SessionSummary): string | null {
  if (state === "closed" || taken !== null || run === null) return null;
  return run.state === "failed" || run.state === "stopped" ? run.id : null;
}

/** All that was said and done. It keeps to the newest until somebody scrolls up, and never pulls them back down. */
export function Transcript({ session, mayWrite }: { session: SessionSummary; mayWrite: boolean }) {
  const { conversation } = useStores();
  const entries = useComputed(() => entriesOf(conversation.events.value ?? [])).value;
  const delta = conversation.delta.value;
  const { run } = session;
  const events = conversation.events.value ?? [];
  const processing = run === null || isOver(run.state) ? null : processingOf(events, run.id);
  const newest = entries.at(-1)?.key ?? "";
  const { scroller, away, readTo, onScroll, toEnd } = useScrollEnd<HTMLElement, string>({
    atEnd: useRef(true),
    nearPx: END_PX,
    newest,
    oldest: entries[0]?.key ?? "",
    moved: [entries, delta?.text, run?.state, processing],
  });
  return (
    <div class="transcript-frame">
      <section
        class="transcript"
        ref={scroller}
        aria-label={t("session.transcript")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard.
        tabIndex={0}
        onScroll={onScroll}
      >
        <div class="transcript-body">
          {conversation.before.value !== null && (
            <Button
              label={t("session.older")}
              class="transcript-older"
              busy={conversation.loadingOlder.value}
              onClick={() => void conversation.loadOlder()}
            />
          )}
          {entries.length === 0 && delta === null && (
            <div class="empty">
              <h2>{t("session.empty")}</h2>
              <p>{t("session.empty.next")}</p>
            </div>
          )}
          <Entries entries={entries} resumable={resumableOf(session)} mayWrite={mayWrite} />
          {delta !== null && <Writing delta={delta} runner={run?.runner ?? session.runner} />}
          <RunStatus session={session} processing={processing} mayWrite={mayWrite} />
        </div>
      </section>
      {away.value && (
        <button type="button" class="log-jump" onClick={toEnd}>
          <Icon name="bottom" />
          {t(newest === readTo.value && delta === null ? "session.toEnd" : "session.newer")}
        </button>
      )}
    </div>
  );
}
