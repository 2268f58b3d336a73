import type { MetricsData, MetricsPoint } from "../protocol/messages.gen.ts";
import type { LoadError } from "../stores/index.ts";
import { useStores } from "./stores-context.ts";
import { type RealtimeConnection, useConnection } from "./use-connection.ts";

export interface RealtimeMetrics extends RealtimeConnection {
  /** Null before the first data. */
  metrics: MetricsData | null;
  /** The last five minutes, oldest first. */
  history: readonly MetricsPoint[];
  loading: boolean;
  error: LoadError | null;
}

/** The host's metrics, live. */
export function useRealtimeMetrics(): RealtimeMetrics {
  const { latest, history, loading, error } = useStores().metrics;
  return {
    ...useConnection(),
    metrics: latest.value,
    history: history.value,
    loading: loading.value,
    error: error.value,
  };
}
