import type { LogOptions } from "../api/index.ts";
import type { ContainersSummary, ContainerView, LogLine } from "../protocol/messages.gen.ts";
import type { Action, ActionOptions, LoadError, OperationStatus } from "../stores/index.ts";
import { useStores } from "./stores-context.ts";
import { type RealtimeConnection, useConnection } from "./use-connection.ts";

export interface RealtimeContainers extends RealtimeConnection {
  containers: readonly ContainerView[];
  /** Null before the first data. */
  summary: ContainersSummary | null;
  loading: boolean;
  error: LoadError | null;
  performAction(idOrName: string, action: Action, options?: ActionOptions): Promise<OperationStatus>;
  getLogs(idOrName: string, options?: LogOptions, signal?: AbortSignal): AsyncGenerator<LogLine, void, undefined>;
}

/** The containers, live, and what can be done with them. */
export function useRealtimeContainers(): RealtimeContainers {
  const { api, containers, operations } = useStores();
  return {
    ...useConnection(),
    containers: containers.list.value,
    summary: containers.summary.value,
    loading: containers.loading.value,
    error: containers.error.value,
    performAction: (idOrName, action, options) =>
      operations.perform(containers.find(idOrName) ?? { id: idOrName, name: idOrName }, action, options),
    getLogs: (idOrName, options, signal) => api.logs(idOrName, options, signal),
  };
}
