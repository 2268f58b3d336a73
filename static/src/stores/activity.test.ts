import { describe, expect, it } from "vitest";
import { eventsOfContainer } from "./activity.ts";
import { about, containerView, event, operationData, testStores } from "./testing/test-stores.ts";

const started = (name = "web", envelope = {}) => event("container.started", about({ name }), envelope);

describe("the timeline", () => {
  it("is loading until the past was read, also when there is none", () => {
    const { stores, realtime } = testStores();
    expect(stores.activity.loading.value).toBe(true);
    realtime.emit("events", { events: [], how: "history" });
    expect(stores.activity.loading.value).toBe(false);
    expect(stores.activity.items.value).toEqual([]);
  });

  it("is oldest first, and marks what was missed", () => {
    const { stores, realtime } = testStores();
    realtime.emit("events", { events: [started()], how: "history" });
    realtime.emit("events", { events: [started(), started()], how: "replayed" });
    realtime.emit("events", { events: [started()], how: "live" });
    const missed = stores.activity.items.value.map((item) => item.kind === "event" && item.missed);
    expect(missed).toEqual([false, true, true, false]);
  });

  it("keeps the newest thousand", () => {
    const { stores, realtime } = testStores();
    const events = Array.from({ length: 1500 }, (_, i) => started("web", { id: `e${i}` }));
    for (let i = 0; i < events.length; i += 300)
      realtime.emit("events", { events: events.slice(i, i + 300), how: "live" });
    expect(stores.activity.items.value).toHaveLength(1000);
    expect(stores.activity.items.value[0]?.key).toBe("e500");
  });

  it("shows an event once, also when a restored backup brings it again", () => {
    const { stores, realtime } = testStores();
    const kept = started();
    realtime.emit("events", { events: [kept, started()], how: "live" });
    realtime.emit("gap", { channels: ["system"], from: 2, to: 0, reason: "epoch_changed", keptSince: null });
    realtime.emit("events", { events: [kept, started()], how: "history" });
    expect(stores.activity.items.value.map(({ kind }) => kind)).toEqual(["event", "event", "gap", "event"]);
  });

  it("says what was caught up until that is dismissed", () => {
    const { stores, realtime, clock } = testStores();
    realtime.emit("caught-up", { count: 37, from: 3, to: 40 });
    expect(stores.activity.caughtUp.value).toEqual({ count: 37, from: 3, to: 40, at: clock.now() });
    stores.activity.dismissCaughtUp();
    expect(stores.activity.caughtUp.value).toBeNull();
  });

  it("keeps a gap in its place after its notice was dismissed", () => {
    const { stores, realtime } = testStores();
    realtime.emit("events", { events: [started()], how: "live" });
    realtime.emit("gap", {
      channels: ["system"],
      from: 1,
      to: 9,
      reason: "expired",
      keptSince: "2026-11-20T09:12:00Z",
    });
    realtime.emit("events", { events: [started()], how: "history" });
    expect(stores.activity.gap.value).toMatchObject({
      from: 1,
      to: 9,
      reason: "expired",
      keptSince: "2026-11-20T09:12:00Z",
    });
    stores.activity.dismissGap();
    expect(stores.activity.gap.value).toBeNull();
    expect(stores.activity.items.value.map(({ kind }) => kind)).toEqual(["event", "gap", "event"]);
  });

  it("has the events of one container, its operations included, newest first", () => {
    const { stores, realtime } = testStores();
    const { id } = containerView({ name: "web" });
    const unknown = { ...started(), type: "disk.full", data: { mount: "/" } } as unknown as ReturnType<typeof started>;
    const events = [
      started("web"),
      started("db"),
      event("operation.confirmed", operationData({ container_id: id })),
      unknown,
    ];
    realtime.emit("events", { events, how: "live" });
    const types = eventsOfContainer(stores.activity.items.value, id).map(({ type }) => type);
    expect(types).toEqual(["operation.confirmed", "container.started"]);
  });
});
