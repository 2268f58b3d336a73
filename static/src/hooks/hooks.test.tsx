import { act, cleanup, render } from "@testing-library/preact";
import { afterEach, describe, expect, it } from "vitest";
import { containersData, containerView, metricsData, settled, testStores } from "../stores/testing/test-stores.ts";
import { type RealtimeContainers, StoresContext, useRealtimeContainers, useRealtimeMetrics } from "./index.ts";

afterEach(cleanup);

/** Renders `useHook` and keeps what it returned last. */
function rendered<T>(useHook: () => T) {
  const world = testStores();
  const results: T[] = [];
  const Probe = () => {
    results.push(useHook());
    return null;
  };
  render(
    <StoresContext.Provider value={world.stores}>
      <Probe />
    </StoresContext.Provider>,
  );
  return { ...world, current: () => results.at(-1) as T };
}

describe("useRealtimeContainers", () => {
  it("has everything that its name promises, and follows the data", async () => {
    const { realtime, current } = rendered(useRealtimeContainers);
    expect(Object.keys(current()).sort()).toEqual(
      "connect connectionStatus containers disconnect error getLogs loading performAction source summary".split(" "),
    );
    expect(current()).toMatchObject({ loading: true, containers: [], summary: null, source: null });
    await act(() => realtime.emit("containers", containersData({ containers: [containerView()] })));
    await act(() => realtime.setState({ kind: "live", since: 0 }));
    expect(current()).toMatchObject({ loading: false, connectionStatus: "live", source: "websocket" });
    expect(current().containers).toHaveLength(1);
    await act(() => realtime.setState({ kind: "polling", since: 0, intervalS: 10 }));
    expect(current()).toMatchObject({ connectionStatus: "polling", source: "polling" });
  });

  it("acts on a container by its name, and reads its log", async () => {
    const { realtime, rest, current } = rendered(useRealtimeContainers);
    await act(() => realtime.emit("containers", containersData({ containers: [containerView({ name: "web" })] })));
    void current().performAction("web", "restart", { grace_s: 3 });
    expect(realtime.commands[0]?.data).toEqual({
      container: containerView({ name: "web" }).id,
      action: "restart",
      grace_s: 3,
    });
    rest.answer("GET /api/v1/containers/web/logs", { body: '{"ts":"","stream":"stdout","text":"hello"}\n' });
    const lines: string[] = [];
    for await (const { text } of current().getLogs("web")) lines.push(text);
    expect(lines).toEqual(["hello"]);
  });

  it("connects and disconnects when told to", async () => {
    const { realtime, current } = rendered<RealtimeContainers>(useRealtimeContainers);
    await act(() => current().disconnect());
    expect(current()).toMatchObject({ connectionStatus: "offline", source: null });
    const before = realtime.connects;
    current().connect();
    expect(realtime.connects).toBe(before + 1);
  });
});

describe("useRealtimeMetrics", () => {
  it("has the newest sample and the history", async () => {
    const { realtime, current } = rendered(useRealtimeMetrics);
    expect(current()).toMatchObject({ loading: true, metrics: null, history: [] });
    await act(() => realtime.emit("metrics", metricsData()));
    await settled();
    expect(current()).toMatchObject({ loading: false, metrics: { hostname: "ship" } });
    expect(current().history).toHaveLength(1);
  });
});
