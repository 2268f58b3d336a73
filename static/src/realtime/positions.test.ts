// @vitest-environment node
import { describe, expect, it } from "vitest";
import { Positions } from "./positions.ts";

describe("positions", () => {
  it("take each seq of a channel once", () => {
    const positions = new Positions();
    expect(positions.accept("system", 5, 3)).toBe("new");
    expect(positions.accept("system", 5, 3)).toBe("duplicate");
    expect(positions.accept("system", 4, 3)).toBe("duplicate");
    expect(positions.accept("system", 9, 5)).toBe("new");
  });

  it("see a hole, and stay before it", () => {
    const positions = new Positions();
    positions.set("system", 5);
    expect(positions.accept("system", 9, 7)).toBe("hole");
    expect(positions.get("system")).toBe(5);
  });

  it("see none where a heartbeat has lifted them past the event before", () => {
    const positions = new Positions();
    positions.set("system", 5);
    positions.lift("system", 20);
    expect(positions.accept("system", 21, 5)).toBe("new");
  });

  it("are not lifted back, nor given to a channel without one", () => {
    const positions = new Positions();
    positions.set("system", 5);
    positions.lift("system", 3);
    positions.lift("session:1", 9);
    expect(positions.get("system")).toBe(5);
    expect(positions.get("session:1")).toBeUndefined();
  });

  it("resume from the lowest", () => {
    const positions = new Positions();
    expect(positions.lowest()).toBeNull();
    positions.set("system", 5);
    positions.set("session:1", 3);
    expect(positions.lowest()).toBe(3);
    positions.forget("session:1");
    expect(positions.lowest()).toBe(5);
  });
});
