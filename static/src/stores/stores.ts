import type { Api } from "../api/index.ts";
import type { Clock, Realtime } from "../realtime/index.ts";
import { ActivityStore } from "./activity.ts";
import { ConnectionStore } from "./connection.ts";
import { ContainersStore } from "./containers.ts";
import { MetricsStore } from "./metrics.ts";
import { OperationsStore } from "./operations.ts";

/** Everything that the screens show and do. */
export interface Stores {
  readonly connection: ConnectionStore;
  readonly containers: ContainersStore;
  readonly metrics: MetricsStore;
  readonly activity: ActivityStore;
  readonly operations: OperationsStore;
  readonly api: Api;
  start(): void;
  stop(): void;
}

/** Build the stores over a realtime client and the REST client. */
export function createStores(realtime: Realtime, api: Api, clock: Clock): Stores {
  const metrics = new MetricsStore(realtime, api);
  const connection = new ConnectionStore(realtime, clock, metrics.intervalS);
  const containers = new ContainersStore(realtime, api);
  const activity = new ActivityStore(realtime, clock);
  const operations = new OperationsStore(realtime, clock);
  const all = [connection, containers, metrics, activity, operations];
  return {
    connection,
    containers,
    metrics,
    activity,
    operations,
    api,
    start() {
      for (const store of all) store.start();
      realtime.connect();
    },
    stop() {
      realtime.disconnect();
      for (const store of all) store.stop();
    },
  };
}
