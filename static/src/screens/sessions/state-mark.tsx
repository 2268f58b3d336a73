import type { Tone } from "../../components/condition.tsx";
import { Icon, type IconName } from "../../components/icons.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { SessionSummary } from "../../protocol/messages.gen.ts";
import { isHandedOver, type Stores } from "../../stores/index.ts";
import { isMe, who } from "./names.ts";

interface Look {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly word: string;
  /** Something goes on by itself. */
  readonly moves?: boolean;
}

/** Where a session stands, in a mark and a word: what waits for somebody comes before what goes on. */
export function lookOf(stores: Stores, session: SessionSummary): Look {
  const { state, taken_by: taken, pending, run } = session;
  if (state === "closed") return { icon: "lock", tone: "grey", word: t("state.closed") };
  if (pending > 0 || run?.state === "waiting") {
    const mine = stores.session.can("approve") && stores.sessions.mayWrite(session.workspace);
    return { icon: "hand", tone: "amber", word: t(mine ? "state.you" : "state.approval") };
  }
  if (isHandedOver(session)) return { icon: "people", tone: "amber", word: t("state.handover") };
  if (taken !== null) {
    const word = isMe(stores, taken) ? t("state.taken.you") : t("state.taken", { who: who(taken) });
    return { icon: "account", tone: "blue", word };
  }
  switch (run?.state) {
    case "queued":
      return { icon: "starting", tone: "blue", word: t("state.queued") };
    case "running":
      return { icon: "progress", tone: "blue", word: t("state.answering"), moves: true };
    case "stopping":
      return { icon: "progress", tone: "blue", word: t("state.stopping"), moves: true };
    case "failed":
      return { icon: "failed", tone: "red", word: t("state.failed") };
    case "stopped":
      return { icon: "stop", tone: "grey", word: t("state.stopped") };
    case "completed":
      return { icon: "done", tone: "grey", word: t("state.answered") };
    default:
      return { icon: "created", tone: "grey", word: t(session.messages > 0 ? "state.answered" : "state.new") };
  }
}

export function StateMark({ session }: { session: SessionSummary }) {
  const { icon, tone, word, moves } = lookOf(useStores(), session);
  return (
    <span class={`mark tone-${tone}`} data-session-state={session.run?.state ?? session.state}>
      <Icon name={icon} class={moves ? "spin" : ""} />
      <span class="clip">{word}</span>
    </span>
  );
}
