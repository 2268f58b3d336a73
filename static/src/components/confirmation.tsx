import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { useStores } from "../hooks/index.ts";
import { rich, t } from "../i18n/index.ts";
import type { Action, ContainerView } from "../protocol/messages.gen.ts";
import type { ActionOptions } from "../stores/index.ts";
import { actionName, question, whyUnavailable } from "./actions.ts";
import { Button } from "./button.tsx";
import { Overlay } from "./overlay.tsx";
import { publishedPorts } from "./ports.tsx";

const RUNNING = new Set(["running", "paused", "restarting"]);

function consequence(container: ContainerView, action: Action): string {
  switch (action) {
    case "stop":
      return t("confirm.stop");
    case "kill":
      return t("confirm.kill");
    case "remove":
      return RUNNING.has(container.state) ? t("confirm.removeRunning") : t("confirm.remove");
    default:
      return t("confirm.restart");
  }
}

function optionsFor(container: ContainerView, action: Action): ActionOptions {
  const removesRunning = action === "remove" && RUNNING.has(container.state);
  return removesRunning || container.is_self ? { force: true } : {};
}

/** What else would feel it: the rest of the compose project, and whoever uses its ports. */
function Dependents({ container }: { container: ContainerView }) {
  const { containers } = useStores();
  const { project } = container;
  const others = project
    ? containers.list.value.filter((other) => other.project === project && other.id !== container.id)
    : [];
  const ports = publishedPorts(container).map((port) => port.public);
  if (!others.length && !ports.length && !container.is_self) return null;
  return (
    <ul class="dependents">
      {container.is_self && <li>{t("confirm.self")}</li>}
      {project && others.length > 0 && (
        <li>{rich("confirm.project", { project: <strong>{project}</strong>, count: others.length })}</li>
      )}
      {ports.length > 0 && <li>{rich("confirm.ports", { ports: <code>{ports.join(", ")}</code> })}</li>}
    </ul>
  );
}

function Question({ container, action }: { container: ContainerView; action: Action }) {
  const stores = useStores();
  const typed = useSignal("");
  const field = useId();
  const asksName = action === "remove" || container.is_self;
  const named = !asksName || typed.value.trim() === container.name;
  const unavailable = whyUnavailable(stores, container);
  const close = (): void => {
    question.value = null;
  };
  const confirm = (): void => {
    if (!named || unavailable) return;
    close();
    const { id, name } = container;
    void stores.operations.perform({ id, name }, action, optionsFor(container, action));
  };
  const title = t("confirm.title", { action: actionName(action), name: container.name });
  return (
    <Overlay kind="dialog" label={title} onClose={close}>
      <form
        class="confirmation"
        onSubmit={(event) => {
          event.preventDefault();
          confirm();
        }}
      >
        <h2>
          {rich("confirm.title", { action: actionName(action), name: <span class="name">{container.name}</span> })}
        </h2>
        <p>{consequence(container, action)}</p>
        <Dependents container={container} />
        {asksName && (
          <div class="ask-name">
            <label for={field}>{rich("confirm.typeName", { name: <strong>{container.name}</strong> })}</label>
            <div class="field">
              <input
                id={field}
                data-autofocus
                value={typed}
                autocomplete="off"
                autocapitalize="none"
                spellcheck={false}
                onInput={(event) => {
                  typed.value = event.currentTarget.value;
                }}
              />
            </div>
          </div>
        )}
        {unavailable && <p class="tone-red">{unavailable}</p>}
        <div class="confirmation-buttons">
          <Button label={t("confirm.cancel")} onClick={close} />
          <button
            type="submit"
            class={`button ${action === "restart" ? "primary" : "danger"}`}
            disabled={!named || unavailable !== null}
            data-autofocus={asksName ? undefined : true}
          >
            {actionName(action)}
          </button>
        </div>
      </form>
    </Overlay>
  );
}

/** The question before an action that takes something away. Lives once, at the top of the page. */
export function Confirmation() {
  const asked = question.value;
  return asked && <Question key={`${asked.container.id} ${asked.action}`} {...asked} />;
}
