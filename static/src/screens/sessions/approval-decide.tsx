import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { letterOf } from "../../components/keyboard.ts";
import { Overlay } from "../../components/overlay.tsx";
import { Reason } from "../../components/reason.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { PermissionView } from "../../protocol/messages.gen.ts";
import { DenyForm } from "./deny-form.tsx";
import { keepFocus } from "./keep-focus.ts";

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

/** Why a decision of this page did not become one. */
export function Failure({ permission }: { permission: PermissionView }) {
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

/** The two ways to answer a request: by a click, or by a key on its card. */
export function Decide({ permission }: { permission: PermissionView }) {
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
