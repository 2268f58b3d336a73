import type { Tone } from "../../components/condition.tsx";
import type { IconName } from "../../components/icons.tsx";
import { reasonOf } from "../../i18n/errors.ts";
import { type MessageKey, t } from "../../i18n/index.ts";
import { peopleEn } from "../../i18n/people.en.ts";
import type { Action, AuditAction, AuditData, AuditOutcome } from "../../protocol/messages.gen.ts";

const CONTAINER_ACTIONS: readonly Action[] = ["start", "stop", "restart", "pause", "unpause", "kill", "remove"];

export const OUTCOMES: readonly AuditOutcome[] = ["ok", "refused", "failed", "requested"];

const KIND = "audit.kind.";
export const ACTIONS = Object.keys(peopleEn)
  .filter((key) => key.startsWith(KIND))
  .map((key) => key.slice(KIND.length) as AuditAction);

const MARKS: Record<AuditOutcome, { icon: IconName; tone: Tone }> = {
  ok: { icon: "done", tone: "green" },
  refused: { icon: "failed", tone: "amber" },
  failed: { icon: "failed", tone: "red" },
  requested: { icon: "starting", tone: "blue" },
};

/** Servers may learn new outcomes and actions before this page does. */
export function outcomeMark(outcome: AuditOutcome): { icon: IconName; tone: Tone; word: string } {
  const mark = MARKS[outcome] ?? { icon: "activity", tone: "grey" };
  return { ...mark, word: OUTCOMES.includes(outcome) ? t(`audit.outcome.${outcome}`) : outcome };
}

export function actionWord(action: AuditAction): string {
  return ACTIONS.includes(action) ? t(`audit.kind.${action}`) : action;
}

/** The reason in a few words where there are some; else the sentence that an error gets everywhere. */
function because(code: string | null): string | null {
  if (code === null) return null;
  const key = `audit.why.${code}`;
  if (Object.hasOwn(peopleEn, key)) return t(key as Extract<MessageKey, `audit.why.${string}`>);
  return reasonOf({ code, message: null })?.sentence ?? code;
}

function ruling({ decision }: AuditData["detail"]): "allowed" | "denied" | "decided" {
  return decision === "allowed" || decision === "denied" ? decision : "decided";
}

/** What was done: `Restarted web`, `Sign-in refused: wrong name or password`. */
export function auditPhrase({ action, outcome, target, code, detail }: AuditData): string {
  // Refusals that came faster than they can be written are told together.
  if (detail.left_out) return t("audit.left_out", { kinds: detail.left_out });
  if (!ACTIONS.includes(action)) return [action, target].filter(Boolean).join(" ");
  const on = { target: target ?? t("audit.something") };
  const verb = action === "container_action" ? CONTAINER_ACTIONS.find((known) => known === detail.action) : undefined;
  // The target is a person when an administrator did it; else the id of a sign-in, which tells nobody anything.
  if (outcome === "ok" && action === "session_revoked" && detail.sign_ins) return t("audit.session_revoked.all", on);
  if (outcome === "ok" && action === "permission_decided") return t(`audit.permission_${ruling(detail)}`, on);
  if (outcome === "ok") return t(`audit.${verb ?? action}`, on);
  const what = t(`audit.${verb ?? action}.noun`, on);
  if (outcome === "requested")
    return action === "permission_requested" ? t(`audit.${action}`, on) : t("audit.requested", { what });
  const why = because(code);
  const ending = outcome === "refused" ? "refused" : "failed";
  return why ? t(`audit.${ending}.because`, { what, why }) : t(`audit.${ending}`, { what });
}

/** A principal's id in words: `ann`, `ann, token ci`, `token ci`, `this machine`. */
export function actorName(actor: string | null): string {
  if (actor === null || actor === "") return t("audit.nobody");
  if (actor === "local" || actor === "console") return t(`audit.${actor}`);
  const at = actor.indexOf(":");
  if (at < 0) return actor;
  const [who, name] = [actor.slice(0, at), actor.slice(at + 1)];
  return who === "token" ? t("audit.token", { name }) : t("audit.tokenOf", { who, name });
}
