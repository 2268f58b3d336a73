export { StoresContext, useStores } from "./stores-context.ts";
export { type RealtimeConnection, useConnection } from "./use-connection.ts";
export { type RealtimeContainers, useRealtimeContainers } from "./use-realtime-containers.ts";
export { type RealtimeMetrics, useRealtimeMetrics } from "./use-realtime-metrics.ts";
export { useScrollEnd } from "./use-scroll-end.ts";
