import { useStores } from "../hooks/index.ts";
import { t } from "../i18n/index.ts";
import { Icon } from "./icons.tsx";

type Channel = "containers" | "metrics" | "system";

/** In place of what the person may not see: who could let them. Null for those who may. */
export function Denied({ channel }: { channel: Channel }) {
  const { connection } = useStores();
  if (!connection.denied.value.has(channel)) return null;
  return (
    <div class="notice" role="status">
      <p class="denied">
        <Icon name="lock" />
        {t(`denied.${channel}`)}
      </p>
    </div>
  );
}
