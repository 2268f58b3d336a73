import { useComputed } from "@preact/signals";
import { ActionMenu } from "../../components/action-menu.tsx";
import { ACTION_ICONS, actionName, actionsOn, isPending, request, whyUnavailable } from "../../components/actions.ts";
import { Button } from "../../components/button.tsx";
import { ConditionMark } from "../../components/condition.tsx";
import { ContainerName, ImageName } from "../../components/container-name.tsx";
import { OperationFailure, OperationProgress } from "../../components/operation-note.tsx";
import { Ports } from "../../components/ports.tsx";
import { Age } from "../../components/time.tsx";
import { useStores } from "../../hooks/index.ts";
import { count } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import type { ContainerView } from "../../protocol/messages.gen.ts";
import { containerPath, linkWith, route } from "../../router.ts";
import { isUp } from "./arrange.ts";

const QUICK_ACTIONS = 2;
const COLUMNS = 7;

function QuickActions({ container }: { container: ContainerView }) {
  const stores = useStores();
  const unavailable = whyUnavailable(stores, container);
  return (
    <span class="quick">
      {actionsOn(stores, container)
        .filter((action) => action !== "remove" && action !== "kill")
        .slice(0, QUICK_ACTIONS)
        .map((action) => (
          <Button
            key={action}
            label={t("action.on", { action: actionName(action), name: container.name })}
            icon={ACTION_ICONS[action]}
            kind="plain"
            iconOnly
            unavailable={unavailable}
            onClick={() => request(stores, container, action)}
          />
        ))}
    </span>
  );
}

/** One container. Renders again only when its own object, its operation or its being chosen changes. */
export function ContainerRow({ container }: { container: ContainerView }) {
  const { operations } = useStores();
  const { id, name } = container;
  const status = useComputed(() => operations.byContainer.value.get(id)).value;
  const chosen = useComputed(() => {
    const at = route.value;
    return at.screen === "containers" && at.container === name;
  }).value;
  // The list stays as it is beside the container, so its filter goes along.
  const href = useComputed(() => linkWith({}, containerPath(name)));
  const pending = isPending(status);
  const since = (isUp(container) ? container.started_at : container.finished_at) ?? container.created;
  return (
    <>
      <tr class="row" data-row-of={id} data-container={id} data-chosen={chosen || undefined}>
        <td class="cell-state clip">
          {status && pending ? (
            <OperationProgress container={container} status={status} />
          ) : (
            <ConditionMark container={container} />
          )}
        </td>
        <td class="cell-name clip">
          <a href={href} data-row aria-current={chosen ? "page" : undefined} title={name}>
            <ContainerName container={container} />
          </a>
        </td>
        <td class="cell-image clip">
          {status?.phase === "confirmed" ? (
            <OperationProgress container={container} status={status} />
          ) : (
            <ImageName image={container.image} />
          )}
        </td>
        <td class="cell-ports clip">
          <Ports container={container} limit={3} />
        </td>
        <td class="cell-restarts">{container.restart_count > 0 && count(container.restart_count)}</td>
        <td class="cell-age">
          <Age at={since} />
        </td>
        <td class="cell-actions">
          <QuickActions container={container} />
          <ActionMenu container={container} />
        </td>
      </tr>
      {status && (status.phase === "failed" || status.phase === "unknown") && (
        <tr class="row-failure" data-container={id}>
          <td colSpan={COLUMNS}>
            <OperationFailure container={container} status={status} />
          </td>
        </tr>
      )}
    </>
  );
}
