import { useComputed } from "@preact/signals";
import { useStores } from "../hooks/index.ts";
import { t } from "../i18n/index.ts";
import { isPending } from "./actions.ts";
import { Button } from "./button.tsx";
import { Icon } from "./icons.tsx";
import { OperationReason, operationSentence } from "./operation-note.tsx";

/**
 * Outcomes for those who do not see the row: spoken for a screen reader always, and shown at the lower edge when the
 * row is gone (a removed container has none).
 */
export function Announcer() {
  const { operations, containers } = useStores();
  const ended = useComputed(() => [...operations.byContainer.value.values()].filter((status) => !isPending(status)));
  const homeless = ended.value.filter((status) => !containers.find(status.containerId));
  return (
    <>
      <div class="hidden-text" role="status">
        {ended.value.map((status) => (
          <p key={status.containerId}>
            {t("outcome", { name: status.containerName, outcome: operationSentence(status) })}{" "}
            <OperationReason status={status} />
          </p>
        ))}
      </div>
      <section class="toasts" aria-label={t("outcomes")}>
        {homeless.map((status) => (
          <div key={status.containerId} class={`toast ${status.phase === "failed" ? "tone-red" : ""}`}>
            <Icon name={status.phase === "confirmed" ? "check" : "unhealthy"} />
            <span>
              <strong>{status.containerName}</strong> {operationSentence(status)} <OperationReason status={status} />
            </span>
            <Button
              label={t("dismiss")}
              icon="close"
              kind="plain"
              iconOnly
              onClick={() => operations.dismiss(status.containerId)}
            />
          </div>
        ))}
      </section>
    </>
  );
}
