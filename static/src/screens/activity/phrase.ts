import { ACTION_ICONS, actionName } from "../../components/actions.ts";
import type { Tone } from "../../components/condition.tsx";
import { shortImage } from "../../components/container-name.tsx";
import type { IconName } from "../../components/icons.tsx";
import { reasonOf } from "../../i18n/errors.ts";
import { tookMs } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import type { ContainerRef, OperationView } from "../../protocol/messages.gen.ts";
import { type ContainerEvent, type Entry, isContainerEvent, type PlainEvent } from "./timeline.ts";

/** An entry in words: who it is about, and what happened. */
export interface Phrase {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly subject: string;
  /** Set when the subject is a container. */
  readonly container: Pick<ContainerRef, "name" | "project" | "service"> | null;
  readonly text: string;
  /** What only the server or the engine knows of it, in English. */
  readonly words?: string | null;
  readonly by: string | null;
}

type What = Pick<Phrase, "icon" | "tone" | "text">;

/** What happened to a container, without its name. */
export function containerPhrase(event: ContainerEvent): What {
  switch (event.type) {
    case "container.created":
      return {
        icon: "created",
        tone: "grey",
        text: t("event.created", { image: shortImage(event.data.container.image) }),
      };
    case "container.started":
      return { icon: "start", tone: "green", text: t("event.started") };
    case "container.exited": {
      const { exit_code: code, oom_killed: oom, operation } = event.data;
      if (oom) return { icon: "failed", tone: "red", text: t("event.exited.oom") };
      if (code === null) return { icon: "stop", tone: "grey", text: t("event.exited") };
      if (code === 0) return { icon: "done", tone: "grey", text: t("event.exited.normally") };
      // After a stop that was asked for, 137 and 143 only mean that it ended.
      return operation
        ? { icon: "stop", tone: "grey", text: t("event.exited.code", { code }) }
        : { icon: "failed", tone: "red", text: t("event.exited.code", { code }) };
    }
    case "container.restarted":
      return { icon: "restart", tone: "green", text: t("event.restarted") };
    case "container.paused":
      return { icon: "pause", tone: "amber", text: t("event.paused") };
    case "container.unpaused":
      return { icon: "unpause", tone: "green", text: t("event.unpaused") };
    case "container.killed":
      return { icon: "kill", tone: "grey", text: t("event.killed", { signal: event.data.signal }) };
    case "container.oom":
      return { icon: "memory", tone: "red", text: t("event.oom") };
    case "container.renamed":
      return { icon: "rename", tone: "grey", text: t("event.renamed", { old: event.data.old_name }) };
    case "container.health": {
      const { health } = event.data;
      const tone = health === "healthy" ? "green" : health === "unhealthy" ? "red" : "blue";
      return { icon: health, tone, text: t(`event.health.${health}`) };
    }
    case "container.removed":
      return { icon: "remove", tone: "grey", text: t("event.removed") };
    default:
      return unknownPhrase(event);
  }
}

/** Servers may learn new events before this page does: their type is better than nothing. */
function unknownPhrase(event: { readonly type: string }): What {
  return { icon: "activity", tone: "grey", text: event.type };
}

function eventPhrase(event: PlainEvent): Phrase {
  switch (event.type) {
    case "engine.up":
      return {
        icon: "engine",
        tone: "green",
        subject: t("engine.subject"),
        container: null,
        text: t("event.engine.up", { version: event.data.version }),
        by: null,
      };
    case "engine.down":
      return {
        icon: "engine",
        tone: "red",
        subject: t("engine.subject"),
        container: null,
        text: t("event.engine.down"),
        words: event.data.message,
        by: null,
      };
    case "server.started":
      return {
        icon: "server",
        tone: "blue",
        subject: "Pilothouse",
        container: null,
        text: t("event.server.started", { version: event.data.version }),
        by: null,
      };
    default: {
      if (!isContainerEvent(event))
        return { ...unknownPhrase(event), subject: "Pilothouse", container: null, by: null };
      const { container, by } = event.data;
      return { ...containerPhrase(event), subject: container.name, container, by: by ?? null };
    }
  }
}

function operationPhrase(operation: OperationView): Phrase {
  const { action, container_name: name, by, state, duration_ms: ms } = operation;
  const about = { subject: name, container: { name, project: null, service: null }, by };
  switch (state) {
    case "confirmed":
      return {
        ...about,
        icon: ACTION_ICONS[action],
        tone: action === "remove" || action === "stop" || action === "kill" ? "grey" : "green",
        text: t(`${action}.did`, { time: tookMs(ms ?? 0) }),
      };
    case "failed": {
      const reason = reasonOf(operation);
      return {
        ...about,
        icon: "failed",
        tone: "red",
        text: [t(`${action}.failed`), reason?.sentence].filter(Boolean).join(" "),
        words: reason?.words ?? null,
      };
    }
    default:
      return {
        ...about,
        icon: ACTION_ICONS[action],
        tone: "blue",
        text: t("operation.underway", { action: actionName(action) }),
      };
  }
}

function loopPhrase({ lastExit, exits }: Extract<Entry, { kind: "loop" }>): Phrase {
  const { container } = lastExit.data;
  const what = containerPhrase(lastExit);
  return {
    ...what,
    icon: "restart",
    text: t("event.loop", { what: what.text, count: exits }),
    subject: container.name,
    container,
    by: null,
  };
}

export function phraseOf(entry: Exclude<Entry, { kind: "gap" }>): Phrase {
  switch (entry.kind) {
    case "event":
      return eventPhrase(entry.event);
    case "operation":
      return operationPhrase(entry.operation);
    case "loop":
      return loopPhrase(entry);
  }
}

/** Whether every word of `text` is found in what the entry says. */
export function entryMatches(entry: Entry, text: string): boolean {
  if (entry.kind === "gap") return true;
  const { subject, text: said, words, by, container } = phraseOf(entry);
  const hay = [subject, said, words, by, container?.project].join(" ").toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word));
}
