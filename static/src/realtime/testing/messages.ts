// Messages as the server would send them, with only what a test cares about said.

import type {
  ContainersData,
  ContainersSummary,
  ContainerView,
  EngineView,
  MetricsData,
  OperationData,
  OperationView,
} from "../../protocol/messages.gen.ts";
import type { AnyEvent } from "../../protocol/wire.ts";

export const TIMESTAMP = "2026-11-20T09:00:00.000Z";

export function containerView(fields: Partial<ContainerView> = {}): ContainerView {
  const name = fields.name ?? "web";
  return {
    id: name.padEnd(64, "0"),
    name,
    image: "nginx:1.29",
    state: "running",
    status: "Up 3 minutes",
    condition: "running",
    ports: [],
    created: TIMESTAMP,
    engine: "local",
    started_at: TIMESTAMP,
    finished_at: null,
    health: null,
    exit_code: null,
    oom_killed: false,
    restart_count: 0,
    attention: false,
    project: null,
    service: null,
    labels: {},
    is_self: false,
    ...fields,
  };
}

export function engineView(fields: Partial<EngineView> = {}): EngineView {
  return { name: "local", state: "up", since: TIMESTAMP, version: "28.0", code: null, message: null, ...fields };
}

export function containersData(fields: Partial<ContainersData> = {}): ContainersData {
  const containers = fields.containers ?? [];
  return {
    as_of_seq: 0,
    read_at: TIMESTAMP,
    engines: [engineView()],
    containers,
    summary: summaryOf(containers),
    ...fields,
  };
}

function summaryOf(containers: readonly ContainerView[]): ContainersSummary {
  const count = (matches: (container: ContainerView) => boolean) => containers.filter(matches).length;
  return {
    total: containers.length,
    running: count(({ state }) => state === "running"),
    paused: count(({ state }) => state === "paused"),
    restarting: count(({ state }) => state === "restarting"),
    unhealthy: count(({ condition }) => condition === "unhealthy"),
    done: count(({ condition }) => condition === "done"),
    failed: count(({ condition }) => condition === "failed"),
    attention: count(({ attention }) => attention),
  };
}

export function metricsData(fields: Partial<MetricsData> = {}): MetricsData {
  return {
    as_of_seq: 0,
    sampled_at: TIMESTAMP,
    hostname: "ship",
    uptime_s: 86_400,
    cpu: { percent: 12.5, per_core: [10, 15], load: [0.2, 0.3, 0.4] },
    memory: { total: 8_000_000_000, used: 2_000_000_000, available: 6_000_000_000, percent: 25 },
    swap: { total: 0, used: 0, percent: 0 },
    disks: [],
    network: { rx_per_s: 1000, tx_per_s: 500, interfaces: [] },
    disk_io: { read_per_s: 0, write_per_s: 0 },
    temperatures: [],
    ...fields,
  };
}

export function operationView(fields: Partial<OperationView> = {}): OperationView {
  return {
    id: "01JD3KQ5T8ZX6V0W3E9R2M7C4B",
    engine: "local",
    container_id: containerView().id,
    container_name: "web",
    action: "restart",
    state: "requested",
    by: "ann",
    requested_at: TIMESTAMP,
    finished_at: null,
    duration_ms: null,
    code: null,
    message: null,
    ...fields,
  };
}

/** What an operation event says. */
export function operationData(fields: Partial<OperationView> = {}): OperationData {
  return { operation: operationView(fields), command: null, target: null, options: null, before: null };
}

type Envelope = Pick<AnyEvent, "id" | "channel" | "seq" | "prev" | "timestamp">;

let made = 0;

/** An event of `type` about `data`; its seq follows the one made before unless `envelope` says otherwise. */
export function event<T extends AnyEvent["type"]>(
  type: T,
  data: Extract<AnyEvent, { type: T }>["data"],
  envelope: Partial<Envelope> = {},
): AnyEvent {
  made += 1;
  const rest = { id: `event-${made}`, channel: "system", seq: made, prev: made - 1, timestamp: TIMESTAMP };
  return { type, data, ...rest, ...envelope } as AnyEvent;
}

/** What a container event says about `container`. */
export function about(container: Partial<ContainerView> = {}) {
  const { id, name, image, project, service, engine } = containerView(container);
  return {
    engine,
    container: { id, name, image, project, service },
    observed: "event" as const,
    at: TIMESTAMP,
    by: null,
    operation: null,
  };
}
