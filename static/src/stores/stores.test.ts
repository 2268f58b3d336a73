import { describe, expect, it } from "vitest";
import { settled, testStores } from "./testing/test-stores.ts";

describe("the stores", () => {
  it("connect when they start, and let go of everything when they stop", async () => {
    const { stores, realtime, clock } = testStores();
    expect(realtime.connects).toBe(1);
    realtime.setState({ kind: "live", since: clock.now() });
    await settled();
    stores.stop();
    expect(realtime.listeners).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
