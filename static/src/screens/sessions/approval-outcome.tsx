import { Icon } from "../../components/icons.tsx";
import { Ago } from "../../components/time.tsx";
import { useStores } from "../../hooks/index.ts";
import { rich, t } from "../../i18n/index.ts";
import type { PermissionView } from "../../protocol/messages.gen.ts";
import { isMe, who } from "./names.ts";

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
