import { signal } from "@preact/signals";
import { t } from "../i18n/index.ts";
import type { Action, ContainerView } from "../protocol/messages.gen.ts";
import type { OperationStatus, Stores } from "../stores/index.ts";
import type { Condition } from "./condition.tsx";
import type { IconName } from "./icons.tsx";

/** What can be done to a container in each state, the likeliest first. */
const ACTIONS: Record<Condition, readonly Action[]> = {
  running: ["restart", "stop", "pause", "kill", "remove"],
  healthy: ["restart", "stop", "pause", "kill", "remove"],
  starting: ["restart", "stop", "pause", "kill", "remove"],
  unhealthy: ["restart", "stop", "pause", "kill", "remove"],
  paused: ["unpause", "stop", "remove"],
  restarting: ["restart", "stop", "kill", "remove"],
  created: ["start", "remove"],
  done: ["start", "remove"],
  failed: ["start", "remove"],
  dead: ["remove"],
  removing: [],
};

/** What this person can do to `container`: nothing where they may only look, so that no button is there in vain. */
export function actionsOn({ session }: Stores, container: ContainerView): readonly Action[] {
  return session.mayOperate.value ? ACTIONS[container.condition] : [];
}

export const ACTION_ICONS: Record<Action, IconName> = {
  start: "start",
  stop: "stop",
  restart: "restart",
  pause: "pause",
  unpause: "unpause",
  kill: "kill",
  remove: "remove",
};

export function actionName(action: Action): string {
  return t(`${action}.name`);
}

/** Actions that take a running service away: they are confirmed first. */
const DESTRUCTIVE: ReadonlySet<Action> = new Set<Action>(["stop", "kill", "remove"]);

/** What brings back what an action ended. */
const UNDO: { readonly [action in Action]?: Action } = {
  stop: "start",
  kill: "start",
  pause: "unpause",
  unpause: "pause",
};

export function undoOf({ session }: Stores, status: OperationStatus): Action | null {
  return status.phase === "confirmed" && session.mayOperate.value ? (UNDO[status.action] ?? null) : null;
}

export function isPending(status: OperationStatus | undefined): boolean {
  return status?.phase === "sending" || status?.phase === "running";
}

/** Why nothing can be done to `container` at this moment, or null. */
export function whyUnavailable(stores: Stores, container: ContainerView): string | null {
  const { connection, containers, operations } = stores;
  if (!connection.canAct.value) {
    return t(connection.state.value.kind === "offline" ? "unavailable.offline" : "unavailable.connecting");
  }
  const engine = containers.engines.value.find(({ name }) => name === container.engine);
  if (engine?.state === "down") return t("unavailable.engine");
  const status = operations.byContainer.value.get(container.id);
  return isPending(status) ? t("unavailable.busy") : null;
}

interface Question {
  readonly container: ContainerView;
  readonly action: Action;
}

/** The action that waits for a yes. One at a time: the dialog is modal. */
export const question = signal<Question | null>(null);

/** Do `action` now, or ask first where it would take something away (or where `ask` says so). */
export function request(stores: Stores, container: ContainerView, action: Action, { ask = false } = {}): void {
  if (!stores.session.mayOperate.value || whyUnavailable(stores, container)) return;
  const endsThisConsole = container.is_self && action !== "start" && action !== "unpause";
  if (ask || endsThisConsole || DESTRUCTIVE.has(action)) question.value = { container, action };
  else void stores.operations.perform({ id: container.id, name: container.name }, action);
}
