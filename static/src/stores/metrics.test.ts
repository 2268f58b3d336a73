import { describe, expect, it } from "vitest";
import type { MetricsPoint } from "../protocol/messages.gen.ts";
import { metricsData, settled, testStores } from "./testing/test-stores.ts";

const point = (at: number, cpu_percent = 1): MetricsPoint => ({
  at,
  cpu_percent,
  memory_percent: 2,
  rx_per_s: 3,
  tx_per_s: 4,
  read_per_s: 5,
  write_per_s: 6,
});

const sampledAt = (at: number) => ({ sampled_at: new Date(at * 1000).toISOString() });

describe("the metrics", () => {
  it("begin with what the server remembers, and go on with what it sends", async () => {
    const { stores, realtime, rest } = testStores();
    rest.answer("GET /api/v1/metrics/history", { body: { interval_s: 2, points: [point(1000), point(1002)] } });
    realtime.setState({ kind: "live", since: 0 });
    await settled();
    realtime.emit("metrics", metricsData({ ...sampledAt(1004), cpu: { percent: 42, per_core: [], load: null } }));
    expect(stores.metrics.history.value.map(({ at, cpu_percent }) => [at, cpu_percent])).toEqual([
      [1000, 1],
      [1002, 1],
      [1004, 42],
    ]);
    expect(stores.metrics.latest.value?.cpu.percent).toBe(42);
    expect(stores.metrics.intervalS.value).toBe(2);
  });

  it("have each sample once, whichever way it came", async () => {
    const { stores, realtime, rest } = testStores();
    realtime.emit("metrics", metricsData(sampledAt(1002)));
    rest.answer("GET /api/v1/metrics/history", { body: { interval_s: 2, points: [point(1000), point(1002)] } });
    realtime.setState({ kind: "live", since: 0 });
    await settled();
    expect(stores.metrics.history.value.map(({ at }) => at)).toEqual([1000, 1002]);
  });

  it("fill in what was sampled during an interruption", async () => {
    const { stores, realtime, rest } = testStores();
    realtime.setState({ kind: "live", since: 0 });
    await settled();
    realtime.emit("metrics", metricsData(sampledAt(1000)));
    realtime.setState({ kind: "reconnecting", attempt: 1, retryAt: 0, since: 0 });
    rest.answer("GET /api/v1/metrics/history", { body: { interval_s: 2, points: [point(1000), point(1010)] } });
    realtime.setState({ kind: "live", since: 0 });
    await settled();
    expect(stores.metrics.history.value.map(({ at }) => at)).toEqual([1000, 1010]);
  });

  it("reach back five minutes and no further", () => {
    const { stores, realtime } = testStores();
    for (let at = 0; at <= 1000; at += 2) realtime.emit("metrics", metricsData(sampledAt(at)));
    expect(stores.metrics.history.value[0]?.at).toBe(700);
    expect(stores.metrics.history.value).toHaveLength(151);
  });

  it("hold at most 600 points", () => {
    const { stores, realtime } = testStores();
    for (let at = 0; at < 100; at += 0.1) realtime.emit("metrics", metricsData(sampledAt(at)));
    expect(stores.metrics.history.value).toHaveLength(600);
  });

  it("show why there are none, as long as there are none", async () => {
    const { stores, realtime, rest } = testStores();
    rest.answer("GET /api/v1/metrics/history", {
      status: 503,
      body: { error: { code: "no_sample_yet", message: "Soon.", request_id: "r-1" } },
    });
    expect(stores.metrics.loading.value).toBe(true);
    realtime.setState({ kind: "live", since: 0 });
    await settled();
    expect(stores.metrics.error.value).toEqual({ code: "no_sample_yet", message: "Soon.", requestId: "r-1" });
    realtime.emit("metrics", metricsData());
    expect(stores.metrics.error.value).toBeNull();
    expect(stores.metrics.loading.value).toBe(false);
  });
});
