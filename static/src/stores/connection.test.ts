import { describe, expect, it } from "vitest";
import { about, containersData, event, metricsData, testStores } from "./testing/test-stores.ts";

describe("the chip", () => {
  it("says live with the age of the newest data, and when that is too old", () => {
    const { stores, realtime, clock } = testStores();
    realtime.setState({ kind: "live", since: clock.now() });
    expect(stores.connection.chip.value).toEqual({ kind: "live", ageS: null, fresh: false });
    realtime.emit("metrics", metricsData());
    expect(stores.connection.chip.value).toEqual({ kind: "live", ageS: 0, fresh: true });
    clock.advance(4000);
    expect(stores.connection.chip.value).toEqual({ kind: "live", ageS: 4, fresh: true });
    clock.advance(1000);
    expect(stores.connection.chip.value).toEqual({ kind: "live", ageS: 5, fresh: false });
  });

  it("counts down to the next try", () => {
    const { stores, realtime, clock } = testStores();
    realtime.setState({ kind: "reconnecting", attempt: 3, retryAt: clock.now() + 3500, since: clock.now() });
    expect(stores.connection.chip.value).toEqual({ kind: "reconnecting", attempt: 3, inS: 4 });
    clock.advance(3000);
    expect(stores.connection.chip.value).toEqual({ kind: "reconnecting", attempt: 3, inS: 1 });
    clock.advance(10_000);
    expect(stores.connection.chip.value).toEqual({ kind: "reconnecting", attempt: 3, inS: 0 });
  });

  it("says how often it polls, and since when it is offline", () => {
    const { stores, realtime, clock } = testStores();
    const since = clock.now();
    realtime.setState({ kind: "polling", since, intervalS: 10 });
    expect(stores.connection.chip.value).toEqual({ kind: "polling", everyS: 10, ageS: null });
    realtime.setState({ kind: "offline", since, stopped: null });
    expect(stores.connection.chip.value).toEqual({ kind: "offline", since, stopped: null });
  });
});

describe("what is shown", () => {
  it("is dimmed after ten seconds without contact, and at once when offline", () => {
    const { stores, realtime, clock } = testStores();
    const since = clock.now();
    realtime.setState({ kind: "reconnecting", attempt: 1, retryAt: since, since });
    clock.advance(9000);
    expect(stores.connection.dimmed.value).toBe(false);
    clock.advance(1000);
    expect(stores.connection.dimmed.value).toBe(true);
    realtime.setState({ kind: "live", since: clock.now() });
    expect(stores.connection.dimmed.value).toBe(false);
    realtime.setState({ kind: "offline", since, stopped: null });
    expect(stores.connection.dimmed.value).toBe(true);
  });

  it.each([
    ["connecting", false],
    ["live", true],
    ["reconnecting", true],
    ["polling", true],
    ["offline", false],
  ] as const)("can be acted on while %s: %s", (kind, can) => {
    const { stores, realtime } = testStores();
    const fields = { since: 0, attempt: 1, retryAt: 0, intervalS: 10, stopped: null };
    realtime.setState({ ...fields, kind });
    expect(stores.connection.canAct.value).toBe(can);
  });

  it("has the age of whatever came last", () => {
    const { stores, realtime, clock } = testStores();
    realtime.emit("containers", containersData());
    clock.advance(3000);
    expect(stores.connection.dataAgeS.value).toBe(3);
    realtime.emit("events", { events: [event("container.started", about())], how: "live" });
    clock.advance(1000);
    expect(stores.connection.dataAgeS.value).toBe(1);
  });
});
