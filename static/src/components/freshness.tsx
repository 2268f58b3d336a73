import { useStores } from "../hooks/index.ts";
import { age } from "../i18n/format.ts";
import { t } from "../i18n/index.ts";

/** The attribute that dims what the host says: set while this page has been out of touch for too long. */
export function useStaleHost(): { "data-stale": true | undefined } {
  const { connection } = useStores();
  return { "data-stale": connection.dimmed.value || undefined };
}

/** The same for containers, which also stand still while the engine is down. */
export function useStaleContainers(): { "data-stale": true | undefined } {
  const { connection, containers } = useStores();
  return { "data-stale": connection.dimmed.value || containers.engineDown.value !== null || undefined };
}

/** Beside the chip while the screen is dimmed: how old it is. */
export function DataAge() {
  const { connection } = useStores();
  const seconds = connection.dataAgeS.value;
  if (!connection.dimmed.value || seconds === null) return null;
  return <span class="data-age muted">{t("chip.old", { time: age(seconds) })}</span>;
}
