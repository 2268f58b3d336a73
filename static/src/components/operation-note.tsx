import { useStores } from "../hooks/index.ts";
import { tookMs } from "../i18n/format.ts";
import { t } from "../i18n/index.ts";
import type { ContainerView } from "../protocol/messages.gen.ts";
import type { OperationStatus } from "../stores/index.ts";
import { actionName, isPending, request, undoOf } from "./actions.ts";
import { Button } from "./button.tsx";
import { Icon } from "./icons.tsx";
import { Reason } from "./reason.tsx";

/** One sentence for where an operation stands. */
export function operationSentence(status: OperationStatus): string {
  switch (status.phase) {
    case "sending":
    case "running":
      return t(`${status.action}.doing`);
    case "confirmed":
      return t(`${status.action}.did`, { time: tookMs(status.durationMs ?? 0) });
    case "failed":
      return t(`${status.action}.failed`);
    case "unknown":
      return t("operation.unknown", { action: actionName(status.action) });
  }
}

/** Why it failed. Of an unknown end the sentence says all. */
export function OperationReason({ status }: { status: OperationStatus }) {
  return status.phase === "failed" ? <Reason of={status} /> : null;
}

/** Whether where the operation stands says more than the container's own state: not once what was started has failed. */
export function showsProgress(container: ContainerView, status: OperationStatus | undefined): boolean {
  if (status === undefined || isPending(status)) return status !== undefined;
  const { attention, state, finished_at: finishedAt } = container;
  const failedSince = attention && state !== "running" && finishedAt && Date.parse(finishedAt) > status.startedAt;
  return status.phase === "confirmed" && !failedSince;
}

/** In the row while it runs, and for a few seconds after the engine confirmed it. */
export function OperationProgress({ container, status }: { container: ContainerView; status: OperationStatus }) {
  const stores = useStores();
  const undo = undoOf(stores, status);
  if (!isPending(status) && status.phase !== "confirmed") return null;
  return (
    <span class={`mark tone-${isPending(status) ? "blue" : "green"}`}>
      <Icon name={isPending(status) ? "progress" : "check"} class={isPending(status) ? "spin" : ""} />
      <span class="clip">{operationSentence(status)}</span>
      {undo && (
        <button type="button" class="undo link" onClick={() => request(stores, container, undo)}>
          {undo === "start" ? t("operation.startAgain") : actionName(undo)}
        </button>
      )}
    </span>
  );
}

/** Below the row until somebody has read it: what failed, why, and what to do. */
export function OperationFailure({ container, status }: { container: ContainerView; status: OperationStatus }) {
  const stores = useStores();
  if (status.phase !== "failed" && status.phase !== "unknown") return null;
  return (
    <div class={`notice ${status.phase === "failed" ? "red" : "amber"}`}>
      <p>
        <strong>{operationSentence(status)}</strong> <OperationReason status={status} />
      </p>
      {stores.session.mayOperate.value && (
        <Button label={t("retry")} icon="retry" onClick={() => request(stores, container, status.action)} />
      )}
      <Button
        label={t("dismiss")}
        icon="close"
        kind="plain"
        iconOnly
        onClick={() => stores.operations.dismiss(container.id)}
      />
    </div>
  );
}
