import { useStores } from "../hooks/index.ts";
import { t } from "../i18n/index.ts";
import type { ContainerView } from "../protocol/messages.gen.ts";
import { containerPath, link } from "../router.ts";
import { ACTION_ICONS, actionName, actionsOn, request, whyUnavailable } from "./actions.ts";
import { ConditionMark } from "./condition.tsx";
import { Icon } from "./icons.tsx";
import { MoreMenu } from "./more-menu.tsx";

function Entries({ container, onDone }: { container: ContainerView; onDone(): void }) {
  const stores = useStores();
  const unavailable = whyUnavailable(stores, container);
  return (
    <>
      <div class="menu-head">
        <strong class="clip">{container.name}</strong>
        <ConditionMark container={container} />
      </div>
      {stores.session.mayOperate.value && unavailable && <p class="menu-reason">{unavailable}</p>}
      <ul class="menu">
        <li>
          <a class="menu-entry" href={link(containerPath(container.name), { tab: "logs" })} onClick={onDone}>
            <Icon name="logs" />
            {t("action.logs")}
          </a>
        </li>
        {actionsOn(stores, container).map((action) => (
          <li key={action}>
            <button
              type="button"
              class={`menu-entry ${action === "remove" || action === "kill" ? "tone-red" : ""}`}
              disabled={unavailable !== null}
              onClick={() => {
                onDone();
                request(stores, container, action);
              }}
            >
              <Icon name={ACTION_ICONS[action]} />
              {actionName(action)}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The button that opens every action on a container. */
export function ActionMenu({ container }: { container: ContainerView }) {
  return (
    <MoreMenu label={t("action.more", { name: container.name })}>
      {(close) => <Entries container={container} onDone={close} />}
    </MoreMenu>
  );
}
