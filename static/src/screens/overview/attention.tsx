import { useComputed } from "@preact/signals";
import { ActionMenu } from "../../components/action-menu.tsx";
import { ACTION_ICONS, actionName, actionsOn, request, whyUnavailable } from "../../components/actions.ts";
import { Button } from "../../components/button.tsx";
import { ConditionMark } from "../../components/condition.tsx";
import { ContainerName } from "../../components/container-name.tsx";
import { useStaleContainers } from "../../components/freshness.tsx";
import { Icon } from "../../components/icons.tsx";
import { OperationFailure, OperationProgress, showsProgress } from "../../components/operation-note.tsx";
import { Ago } from "../../components/time.tsx";
import { useStores } from "../../hooks/index.ts";
import { count } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import type { ContainerView } from "../../protocol/messages.gen.ts";
import { containerPath, link } from "../../router.ts";
import { arrange } from "../containers/arrange.ts";
import { useStableList } from "../containers/stable-list.ts";

/** More than this is a list of its own, and there is one. */
const SHOWN = 8;

function why(container: ContainerView): string {
  const { condition, oom_killed: oom, exit_code: code, restart_count: restarts } = container;
  if (condition === "unhealthy") return t("why.unhealthy");
  if (condition === "dead") return t("why.dead");
  if (condition === "restarting") return t("why.restarting", { count: restarts });
  if (oom) return t("why.oom");
  return code === null ? container.status : t("event.exited.code", { code });
}

function AttentionRow({ container }: { container: ContainerView }) {
  const stores = useStores();
  const status = useComputed(() => stores.operations.byContainer.value.get(container.id)).value;
  const unavailable = whyUnavailable(stores, container);
  const since = container.state === "running" ? container.started_at : container.finished_at;
  const [first] = actionsOn(stores, container);
  return (
    <li class="attention" data-container={container.id} data-row-of={container.id}>
      <div class="attention-row">
        <span class="attention-state">
          {status && showsProgress(container, status) ? (
            <OperationProgress container={container} status={status} />
          ) : (
            <ConditionMark container={container} />
          )}
        </span>
        <a class="attention-name clip" href={containerPath(container.name)} data-row>
          <ContainerName container={container} />
        </a>
        <span class="attention-why muted clip">
          {why(container)}
          {since && container.condition !== "unhealthy" && (
            <>
              {" · "}
              <Ago at={since} />
            </>
          )}
        </span>
        <span class="attention-actions">
          {first && first !== "remove" && (
            <Button
              label={t("action.on", { action: actionName(first), name: container.name })}
              icon={ACTION_ICONS[first]}
              kind="plain"
              iconOnly
              unavailable={unavailable}
              onClick={() => request(stores, container, first)}
            />
          )}
          <ActionMenu container={container} />
        </span>
      </div>
      {status && <OperationFailure container={container} status={status} />}
    </li>
  );
}

/** Is anything broken? */
export function Attention() {
  const { containers } = useStores();
  const list = useStableList();
  const waiting = useComputed(() => {
    const how = { text: "", state: "attention", sort: "state", descending: false, grouped: false } as const;
    return arrange(list.value, how)[0]?.containers ?? [];
  }).value;
  const summary = containers.summary.value;
  return (
    <section class="panel attention-panel" {...useStaleContainers()} aria-labelledby="attention">
      <div class="panel-head">
        <h2 id="attention">{t("overview.attention")}</h2>
        {waiting.length > 0 && <span class="muted">{count(waiting.length)}</span>}
        <a class="link" href={link("/containers", waiting.length ? { state: "attention" } : {})}>
          {t("overview.allContainers")}
        </a>
      </div>
      {waiting.length > 0 ? (
        <ul>
          {waiting.slice(0, SHOWN).map((container) => (
            <AttentionRow key={container.id} container={container} />
          ))}
        </ul>
      ) : summary === null ? (
        <span class="bone" />
      ) : containers.unknown.value ? (
        <p class="all-well">{t("containers.unknown")}</p>
      ) : containers.engineDown.value ? (
        <p class="all-well">{t("overview.well.last")}</p>
      ) : (
        <p class="all-well">
          <span class="tone-green">
            <Icon name="healthy" />
          </span>
          {summary.total ? t("overview.well", { count: summary.running }) : t("containers.none")}
        </p>
      )}
    </section>
  );
}
