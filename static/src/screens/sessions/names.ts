import { en } from "../../i18n/en.ts";
import { type MessageKey, t } from "../../i18n/index.ts";
import type { MessageView, RunnerName } from "../../protocol/messages.gen.ts";
import type { Stores } from "../../stores/index.ts";
import { actorName } from "../audit/phrase.ts";

/** The principal that this page acts as; where nobody signs in everybody is the machine's own user. */
export function me({ session }: Stores): string {
  return session.session.value?.user?.name ?? "local";
}

export function isMe(stores: Stores, by: string | null): boolean {
  return by === me(stores);
}

/** A principal in a sentence. */
export function who(by: string | null): string {
  return actorName(by);
}

/** What a runner is called: as the server says, or as this page knows. */
export function runnerName({ sessions }: Stores, runner: string): string {
  const told = sessions.runners.value.find(({ name }) => name === runner)?.label;
  const key = `runner.${runner as RunnerName}`;
  if (Object.hasOwn(en, key)) return t(key as Extract<MessageKey, `runner.${string}`>);
  return told ?? runner;
}

export function speakerName(stores: Stores, { speaker, by }: Pick<MessageView, "speaker" | "by">): string {
  if (speaker === "assistant") return runnerName(stores, by);
  return isMe(stores, by) ? t("message.you") : who(by);
}
