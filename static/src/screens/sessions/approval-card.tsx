import { useSignal } from "@preact/signals";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { CopyButton } from "../../components/copy.tsx";
import { useLeft } from "../../components/elapsed.tsx";
import { Icon } from "../../components/icons.tsx";
import { letterOf } from "../../components/keyboard.ts";
import { Overlay } from "../../components/overlay.tsx";
import { Reason } from "../../components/reason.tsx";
import { Ago } from "../../components/time.tsx";
import { useStores } from "../../hooks/index.ts";
import { rich, t } from "../../i18n/index.ts";
import type { PermissionView } from "../../protocol/messages.gen.ts";
import type { Stores } from "../../stores/index.ts";
import { DenyForm } from "./deny-form.tsx";
import { isMe, who } from "./names.ts";

const RISK_TONES = { read: "grey", change: "amber", destructive: "red" } as const;
// Lines of a command that are shown at once; a click shows all.
const SHORT_LINES = 8;
const SHORT_CHARACTERS = 600;

/** Why this person may not decide; null when they may. */
function whyNot({ session, sessions }: Stores, { workspace }: PermissionView): string | null {
  if (session.can("approve")) return sessions.mayWrite(workspace) ? null : t("approval.may");
  return t(session.can("operate") ? "approval.may.signed" : "approval.may");
}

/** Exactly what would be done: nothing of it is left out without saying so. */
function Exactly({ permission }: { permission: PermissionView }) {
  const all = useSignal(false);
  const { call } = permission;
  const command = call.arguments.command;
  const text = typeof command === "string" ? command : JSON.stringify(call.arguments, null, 2);
  const rest = typeof command === "string" ? restOf(call.arguments) : "";
  const full = rest === "" ? text : `${text}\n\n${rest}`;
  const lines = full.split("\n");
  const long = lines.length > SHORT_LINES || full.length > SHORT_CHARACTERS;
  const shown = long && !all.value ? lines.slice(0, SHORT_LINES).join("\n").slice(0, SHORT_CHARACTERS) : full;
  return (
    <div class="exactly">
      <p class="output-head">
        <code class="muted">{call.tool}</code>
        <CopyButton text={full} label={t("approval.copy")} />
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard. */}
      <pre class="code-box" tabIndex={0}>
        {shown}
        {long && !all.value && "…"}
      </pre>
      {long && (
        <Button
          label={t(all.value ? "approval.hide" : "approval.show")}
          icon={all.value ? "up" : "down"}
          kind="plain"
          onClick={() => {
            all.value = !all.value;
          }}
        />
      )}
    </div>
  );
}

/** The arguments beside the command; nothing where it stands alone. */
function restOf({ command: _, ...others }: Record<string, unknown>): string {
  return Object.keys(others).length === 0 ? "" : JSON.stringify(others, null, 2);
}

function Expiry({ permission, may }: { permission: PermissionView; may: boolean }) {
  const { permissions } = useStores();
  const { text, over } = useLeft(permission.expires_at);
  return (
    <span class="approval-expiry">
      <Icon name="clock" class="muted" />
      <span class="muted">{over ? t("approval.expires.now") : t("approval.expires", { time: text })}</span>
      {may && <Button label={t("approval.extend")} kind="plain" onClick={() => void permissions.extend(permission)} />}
    </span>
  );
}

/** Once more, for what cannot be brought back. */
function Sure({ permission, onClose }: { permission: PermissionView; onClose(allowed: boolean): void }) {
  return (
    <Overlay kind="dialog" label={t("approval.sure")} onClose={() => onClose(false)}>
      <form
        class="confirmation"
        onSubmit={(event) => {
          event.preventDefault();
          onClose(true);
        }}
      >
        <h2>{t("approval.sure")}</h2>
        <p>
          <strong>{permission.call.title}</strong>
        </p>
        <p>{t("approval.sure.why")}</p>
        <div class="confirmation-buttons">
          <Button label={t("confirm.cancel")} onClick={() => onClose(false)} />
          <button type="submit" class="button danger" data-autofocus>
            {t("approval.allow")}
          </button>
        </div>
      </form>
    </Overlay>
  );
}

function Failure({ permission }: { permission: PermissionView }) {
  const { permissions } = useStores();
  const decision = permissions.decisions.value.get(permission.id);
  if (decision === undefined || decision.phase === "sending") return null;
  return (
    <p class="tone-red" role="alert">
      {decision.phase === "unknown" ? (
        t("approval.unknown")
      ) : (
        <>
          {t("approval.failed")} <Reason of={decision} />
        </>
      )}
    </p>
  );
}

function Decide({ permission }: { permission: PermissionView }) {
  const { connection, permissions } = useStores();
  const asked = useSignal<"allow" | "deny" | null>(null);
  const card = useRef<HTMLDivElement>(null);
  const decision = permissions.decisions.value.get(permission.id);
  const sending = decision?.phase === "sending" ? decision.decision : null;
  const unavailable = connection.canAct.value ? null : t("unavailable.offline");
  const allow = (): void => {
    if (unavailable !== null || sending !== null) return;
    if (permission.call.risk === "destructive") asked.value = "allow";
    else void permissions.decide(permission, "allow", "");
  };
  const deny = (): void => {
    if (unavailable === null && sending === null) asked.value = "deny";
  };
  useEffect(() => {
    const around = card.current?.closest<HTMLElement>(".approval");
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest("input, textarea, dialog")) return;
      const letter = letterOf(event);
      if (letter !== "a" && letter !== "d") return;
      event.preventDefault();
      if (letter === "a") allow();
      else deny();
    };
    around?.addEventListener("keydown", onKey);
    return () => around?.removeEventListener("keydown", onKey);
  });
  useLayoutEffect(
    () => () => keepFocus(card.current, `.approval[data-permission="${permission.id}"]`),
    [permission.id],
  );
  return (
    <div ref={card} class="approval-decide">
      {asked.value === "deny" ? (
        <DenyForm
          onCancel={() => {
            asked.value = null;
            card.current?.closest<HTMLElement>(".approval")?.focus();
          }}
          onDeny={(reason) => {
            asked.value = null;
            card.current?.closest<HTMLElement>(".approval")?.focus();
            void permissions.decide(permission, "deny", reason);
          }}
        />
      ) : (
        <div class="approval-buttons">
          <Button
            label={t(sending === "allow" ? "approval.allowing" : "approval.allow")}
            kind={permission.call.risk === "destructive" ? "danger" : "primary"}
            busy={sending === "allow"}
            unavailable={unavailable}
            onClick={allow}
          />
          <Button
            label={t(sending === "deny" ? "approval.denying" : "approval.deny")}
            busy={sending === "deny"}
            unavailable={unavailable}
            onClick={deny}
          />
        </div>
      )}
      {asked.value === "allow" && (
        <Sure
          permission={permission}
          onClose={(allowed) => {
            asked.value = null;
            if (allowed) void permissions.decide(permission, "allow", "");
          }}
        />
      )}
    </div>
  );
}

/** Where `leaving` had the focus, what `next` selects gets it once the page has changed. */
function keepFocus(leaving: HTMLElement | null, next: string): void {
  if (!leaving?.contains(document.activeElement)) return;
  queueMicrotask(() => {
    if (document.activeElement === document.body) document.querySelector<HTMLElement>(next)?.focus();
  });
}

/** How a request ended, and by whom. */
export function Outcome({ permission }: { permission: PermissionView }) {
  const stores = useStores();
  const { state, decided_by: by, decided_at: at, reason } = permission;
  if (state === "pending") return null;
  const allowed = state === "allowed";
  const when = <Ago at={at ?? permission.requested_at} />;
  const sentence = (() => {
    if (state === "expired") return t("approval.expired");
    if (state === "cancelled") return t("approval.cancelled");
    if (isMe(stores, by)) return rich(`approval.${state}.you`, { when });
    if (by === null && allowed) return rich("approval.allowed.policy", { when });
    return rich(`approval.${state}`, { who: <strong>{who(by)}</strong>, when });
  })();
  return (
    <p class="approval-outcome" data-permission={permission.id} data-state={state}>
      <Icon name={allowed ? "done" : "stop"} class={allowed ? "tone-green" : "muted"} />
      <span>
        {sentence}
        {reason !== null && reason !== "" && state !== "cancelled" && <span class="muted"> — {reason}</span>}
      </span>
    </p>
  );
}

interface ApprovalCardProps {
  permission: PermissionView;
  /** Where it stands among those of other sessions: the session's title and address. */
  session?: { title: string; href: string };
}

/** Something that an agent wants to do, and the place to allow it or not. */
export function ApprovalCard({ permission, session }: ApprovalCardProps) {
  const stores = useStores();
  const title = useId();
  const card = useRef<HTMLElement>(null);
  const { id } = permission;
  useLayoutEffect(() => () => keepFocus(card.current, `[data-tool-of="${id}"] button, [data-composer]`), [id]);
  const { call, container_name: container, requested_by: by, state } = permission;
  const not = whyNot(stores, permission);
  return (
    <article
      ref={card}
      class="approval"
      data-risk={call.risk}
      data-state={state}
      data-permission={permission.id}
      data-row
      data-row-of={permission.id}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a key decides on the card that has the focus.
      tabIndex={0}
      aria-labelledby={title}
    >
      <p class="approval-head">
        <span class={`mark tone-${RISK_TONES[call.risk]}`}>
          <Icon name="hand" />
          {t(`approval.risk.${call.risk}`)}
        </span>
        {state === "pending" && <Expiry permission={permission} may={not === null} />}
      </p>
      <p class="approval-title" id={title}>
        <span class="hidden-text">{t("approval.title")}: </span>
        <strong>{call.title}</strong>
      </p>
      <Exactly permission={permission} />
      <p class="approval-facts muted small">
        {container !== null && <span>{rich("approval.on", { container: <code>{container}</code> })}</span>}
        <span>{t("approval.by", { who: isMe(stores, by) ? t("message.you") : who(by) })}</span>
        {session && (
          <a class="link" href={session.href}>
            {t("approval.session", { title: session.title })}
          </a>
        )}
      </p>
      {state !== "pending" ? (
        <Outcome permission={permission} />
      ) : not === null ? (
        <Decide permission={permission} />
      ) : (
        <p class="approval-not">
          <Icon name="lock" />
          {not}
        </p>
      )}
      {state === "pending" && <Failure permission={permission} />}
    </article>
  );
}
