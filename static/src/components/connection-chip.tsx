import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useStores } from "../hooks/index.ts";
import { reasonOf } from "../i18n/errors.ts";
import { age, clock, count } from "../i18n/format.ts";
import { rich, t } from "../i18n/index.ts";
import { link, route } from "../router.ts";
import type { Chip } from "../stores/index.ts";
import { Button } from "./button.tsx";
import type { Tone } from "./condition.tsx";
import { Icon } from "./icons.tsx";
import { Overlay } from "./overlay.tsx";
import { Reason } from "./reason.tsx";
import { Clock } from "./time.tsx";

interface ChipLook {
  readonly tone: Tone;
  readonly word: string;
  readonly detail: string | null;
  readonly explanation: string;
}

function lookOf(chip: Chip): ChipLook {
  switch (chip.kind) {
    case "connecting":
      return { tone: "grey", word: t("chip.connecting"), detail: null, explanation: t("chip.connecting.why") };
    case "live":
      return {
        tone: chip.fresh ? "green" : "amber",
        word: t("chip.live"),
        detail: chip.ageS === null ? null : age(chip.ageS),
        explanation: chip.fresh ? t("chip.live.why") : t("chip.live.quiet"),
      };
    case "reconnecting":
      return {
        tone: "amber",
        word: t("chip.reconnecting"),
        detail:
          chip.inS > 0
            ? t("chip.reconnecting.in", { attempt: count(chip.attempt), time: age(chip.inS) })
            : t("chip.reconnecting.now", { attempt: count(chip.attempt) }),
        explanation: t("chip.reconnecting.why"),
      };
    case "polling":
      return {
        tone: "blue",
        word: t("chip.polling"),
        detail: age(chip.everyS),
        explanation: t("chip.polling.why"),
      };
    case "offline":
      return {
        tone: "red",
        word: t("chip.offline"),
        detail: t("chip.offline.since", { time: clock(new Date(chip.since)) }),
        explanation: chip.stopped ? stoppedSentence(chip.stopped) : t("chip.offline.why"),
      };
  }
}

type Stopped = NonNullable<Extract<Chip, { kind: "offline" }>["stopped"]>;

function stoppedSentence({ reason, message }: Stopped): string {
  switch (reason) {
    case "disconnected":
    case "done":
      return t("chip.stopped.disconnected");
    case "protocol_error":
      return t("chip.stopped.protocol");
    default:
      return reasonOf({ code: reason, message })?.sentence ?? message;
  }
}

/** How fresh what you see is. Opens the explanation and what can be done about it. */
export function ConnectionChip() {
  const { connection, session } = useStores();
  const open = useSignal(false);
  const place = useRef<HTMLSpanElement>(null);
  const chip = connection.chip.value;
  const expired = session.state.value === "expired";
  const { tone, word, detail, explanation } = expired
    ? { ...lookOf(chip), tone: "amber" as const, word: t("chip.signedOut"), explanation: t("error.signIn") }
    : lookOf(chip);
  const close = (): void => {
    open.value = false;
  };
  return (
    <span class="chip-place" ref={place} data-connection={chip.kind}>
      <button
        type="button"
        class={`chip tone-${tone}`}
        aria-haspopup="dialog"
        aria-expanded={open.value}
        title={explanation}
        onClick={() => {
          open.value = true;
        }}
      >
        <span class="chip-dot" />
        <strong>{word}</strong>
        {detail && <span class="chip-detail">· {detail}</span>}
      </button>
      {open.value && (
        <Overlay kind="menu" label={t("chip.label")} anchor={place.current} onClose={close}>
          <div class="chip-panel">
            <p>
              <strong class={`tone-${tone}`}>{word}.</strong> {explanation}
            </p>
            {connection.dataAgeS.value !== null && (
              <p class="muted">{t("chip.age", { time: age(connection.dataAgeS.value) })}</p>
            )}
            {chip.kind !== "live" && chip.kind !== "connecting" && (
              <Button
                label={t("chip.retry")}
                icon="retry"
                onClick={() => {
                  connection.retryNow();
                  close();
                }}
              />
            )}
          </div>
        </Overlay>
      )}
    </span>
  );
}

/** Beside the chip after a resume: what happened meanwhile, one click away; or that some of it is no longer known. */
export function ResumeNote() {
  const { activity } = useStores();
  const gap = activity.gap.value;
  const caughtUp = activity.caughtUp.value;
  if (gap && route.value.screen !== "activity") {
    return (
      <a class="resume-note tone-amber" href={link("/activity")}>
        <Icon name="gap" />
        <span class="clip">{t("resume.gap")}</span>
      </a>
    );
  }
  // The timeline says it itself.
  if (!caughtUp || route.value.screen === "activity") return null;
  const { from, to } = caughtUp;
  return (
    <a class="resume-note" href={link("/activity", { from: String(from), to: String(to) })}>
      <Icon name="check" />
      <span class="clip">{t("resume.caughtUp", { count: caughtUp.count })}</span>
    </a>
  );
}

/** The engine is not the connection: this browser may be live while Docker itself is down. */
export function EngineBadge() {
  const { containers } = useStores();
  const down = containers.engineDown.value;
  if (!down) return null;
  return (
    <a class="engine-badge" href="/containers" title={reasonOf(down)?.sentence}>
      <Icon name="engine" />
      {t("engine.down")}
    </a>
  );
}

/** The sentence that goes with the badge, at the head of every screen that shows containers. */
export function EngineNotice() {
  const { containers } = useStores();
  const down = containers.engineDown.value;
  if (!down) return null;
  const several = containers.engines.value.length > 1;
  return (
    <div class="notice red" role="status">
      <div>
        {several && <strong>{down.name}: </strong>}
        <Reason of={down} /> {containers.list.value.length > 0 && t("engine.down.kept")}{" "}
        <span class="muted">{rich("since", { time: <Clock at={down.since} /> })}</span>
      </div>
    </div>
  );
}
