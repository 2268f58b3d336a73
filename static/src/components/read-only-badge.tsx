import { useStores } from "../hooks/index.ts";
import { t } from "../i18n/index.ts";
import { Icon } from "./icons.tsx";

/** Why there are no actions: nobody may change anything here, or this person may not. */
export function ReadOnlyBadge() {
  const { session } = useStores();
  if (session.mayOperate.value) return null;
  const why = t(session.readOnly.value ? "readOnly.server" : "readOnly.role");
  return (
    <span class="read-only-badge" title={why}>
      <Icon name="lock" />
      <span class="read-only-word">{t("readOnly.badge")}</span>
      <span class="hidden-text">. {why}</span>
    </span>
  );
}
