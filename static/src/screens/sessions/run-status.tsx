import { Button } from "../../components/button.tsx";
import { Elapsed } from "../../components/elapsed.tsx";
import { Icon } from "../../components/icons.tsx";
import { Reason } from "../../components/reason.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { RunView, SessionProcessingData, SessionSummary } from "../../protocol/messages.gen.ts";
import { isOver, type Order } from "../../stores/index.ts";
import { isMe, who } from "./names.ts";

function doing(processing: SessionProcessingData | null): string {
  if (processing === null || processing.stage === "thinking") return t("run.thinking");
  return t(`run.${processing.stage}`, { what: processing.detail ?? t("run.something") });
}

function sentence(run: RunView, processing: SessionProcessingData | null, stopping: boolean): string {
  if (stopping || run.state === "stopping") return t("run.stopping");
  if (run.state === "queued") return t("run.queued");
  if (run.state === "waiting") return t("run.waiting");
  return doing(processing);
}

/** A stop or resume that this page asked for and that did not come about. */
function OrderFailure({ order }: { order: Order }) {
  const { conversation } = useStores();
  if (order.phase === "sending") return null;
  const stop = order.command === "stop";
  return (
    <div class="notice red" role="alert">
      <p>
        {order.phase === "unknown" ? (
          t("run.stop.unknown")
        ) : (
          <>
            {t(stop ? "run.stop.failed" : "run.resume.failed")} <Reason of={order} />
          </>
        )}
      </p>
      <Button label={t("dismiss")} icon="close" kind="plain" iconOnly onClick={() => conversation.orders.dismiss()} />
    </div>
  );
}

interface RunStatusProps {
  session: SessionSummary;
  processing: SessionProcessingData | null;
  mayWrite: boolean;
}

/** What the run does at this moment, for how long, and the way to stop it. */
export function RunStatus({ session, processing, mayWrite }: RunStatusProps) {
  const { connection, conversation } = useStores();
  const { run } = session;
  const order = conversation.orders.order.value;
  const stopping = order?.command === "stop" && order.phase === "sending";
  const offline = connection.canAct.value ? null : t("unavailable.offline");
  return (
    <>
      {run !== null && !isOver(run.state) && (
        <div class="run-status">
          <span class={`mark ${run.state === "waiting" ? "tone-amber" : "tone-blue"}`}>
            <Icon
              name={run.state === "waiting" ? "hand" : "progress"}
              class={run.state === "waiting" || run.state === "queued" ? "" : "spin"}
            />
            <span class="clip">{sentence(run, processing, stopping)}</span>
          </span>
          {run.state === "running" && run.started_at !== null && (
            <span class="muted small">
              <Elapsed from={run.started_at} />
            </span>
          )}
          {mayWrite && (
            <Button
              label={t("run.stop")}
              icon="stop"
              class="run-stop"
              unavailable={offline ?? (stopping || run.state === "stopping" ? t("run.stopping") : null)}
              onClick={() => void conversation.command("stop")}
            />
          )}
        </div>
      )}
      {order && <OrderFailure order={order} />}
    </>
  );
}

/** How a run ended that did not complete. `last`: the way on is here. */
export function RunEnd({ run, last, mayWrite }: { run: RunView; last: boolean; mayWrite: boolean }) {
  const stores = useStores();
  const { connection, conversation } = stores;
  const failed = run.state === "failed";
  const resuming =
    conversation.orders.order.value?.command === "resume" && conversation.orders.order.value.phase === "sending";
  const by = run.stopped_by;
  const ended = by === null ? t("run.stopped") : t("run.stopped.by", { who: isMe(stores, by) ? t("by.you") : who(by) });
  return (
    <div class="run-end" data-state={run.state}>
      <span class={`mark tone-${failed ? "red" : "grey"}`}>
        <Icon name={failed ? "failed" : "stop"} />
        {failed ? t(run.code === "stop_incomplete" ? "run.left" : "run.failed") : ended}
      </span>
      {failed && <span class="run-why">{<Reason of={{ code: run.code, message: run.error }} />}</span>}
      {last && mayWrite && (
        <Button
          label={t("run.resume")}
          icon="retry"
          busy={resuming}
          unavailable={connection.canAct.value ? null : t("unavailable.offline")}
          onClick={() => void conversation.command("resume")}
        />
      )}
    </div>
  );
}
