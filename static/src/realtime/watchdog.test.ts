// @vitest-environment node
import { describe, expect, it } from "vitest";
import { HEARTBEAT_S } from "./testing/fake-socket.ts";
import { upTo, World } from "./testing/world.ts";

const BEAT_MS = HEARTBEAT_S * 1000;

const pings = (world: World) => world.server.socket.received.filter(({ type }) => type === "ping").length;

describe("a connection on which nothing arrives", () => {
  it("is given up after one and a half heartbeats", async () => {
    const world = await new World().live();
    world.server.socket.stalled = true;
    await world.clock.run(1.5 * BEAT_MS - 1);
    expect(world.kind).toBe("live");
    await world.clock.run(1);
    expect(world.kind).toBe("reconnecting");
  });

  it("loses nothing by it", async () => {
    const world = await new World().live();
    world.server.socket.stalled = true;
    world.happen(200);
    await world.clock.run(2 * BEAT_MS);
    expect(world.seqs).toEqual(upTo(200));
    expect(world.kind).toBe("live");
  });

  it("is kept as long as frames of any kind come", async () => {
    const world = await new World().live();
    for (let i = 0; i < 20; i++) {
      await world.clock.run(BEAT_MS);
      if (i % 2 === 0) world.server.socket.heartbeat();
      else world.server.socket.say({ type: "pong", id: null, timestamp: "", data: {} });
    }
    expect(world.server.sockets).toHaveLength(1);
  });
});

describe("timers that run late", () => {
  it("do not make a live page look dead when the tab was throttled", async () => {
    const world = await new World().live();
    world.show(false);
    // The tab's timers run once a minute; its frames arrive all the time.
    for (let minute = 0; minute < 10; minute++) {
      world.clock.sleep(BEAT_MS);
      world.server.socket.heartbeat();
      world.clock.sleep(BEAT_MS - 1);
      await world.clock.run(1);
    }
    expect(world.server.sockets).toHaveLength(1);
    expect(world.kind).toBe("live");
  });

  it("ask for a sign of life first when the machine has slept, and take what comes", async () => {
    const world = await new World().live();
    world.clock.sleep(8 * 3600_000);
    await world.clock.run(0);
    expect(pings(world)).toBe(1);
    world.server.socket.heartbeat();
    await world.clock.run(10_000);
    expect(world.server.sockets).toHaveLength(1);
  });

  it("give the connection up when no sign of life comes", async () => {
    const world = await new World().live();
    world.server.socket.stalled = true;
    world.clock.sleep(8 * 3600_000);
    await world.clock.run(4000);
    expect(world.kind).toBe("reconnecting");
  });

  it("do not keep a dead connection in a tab whose timers are always late", async () => {
    const world = await new World().live();
    world.server.socket.stalled = true;
    for (let minute = 0; minute < 3; minute++) {
      world.clock.sleep(2 * BEAT_MS);
      await world.clock.run(0);
    }
    expect(world.server.sockets[0]?.closedByClient).toBe(true);
  });

  it("do not run for ever after the clock was set back", async () => {
    const world = await new World().live();
    world.clock.turnBack(3600_000);
    world.server.socket.stalled = true;
    await world.clock.run(4 * BEAT_MS);
    expect(world.server.sockets[0]?.closedByClient).toBe(true);
  });
});

describe("a probe", () => {
  it.each(["online", "pageshow", "offline"])("is sent on %s, and a dead link found within seconds", async (type) => {
    const world = await new World().live();
    world.server.socket.stalled = true;
    world.window.dispatchEvent(new Event(type));
    await world.clock.run(4000);
    expect(world.kind).toBe("reconnecting");
  });

  it("is sent when the tab is shown again, not when it is hidden", async () => {
    const world = await new World().live();
    world.show(false);
    expect(pings(world)).toBe(0);
    world.show(true);
    expect(pings(world)).toBe(1);
  });

  it("is one, whatever number of signals asks for it", async () => {
    const world = await new World().live();
    world.show(true);
    world.window.dispatchEvent(new Event("online"));
    world.window.dispatchEvent(new Event("pageshow"));
    expect(pings(world)).toBe(1);
  });

  it("changes nothing on a link that answers", async () => {
    const world = await new World().live();
    world.show(true);
    world.server.socket.say({ type: "pong", id: null, timestamp: "", data: {} });
    await world.clock.run(BEAT_MS);
    expect(world.server.sockets).toHaveLength(1);
    expect(world.states).toHaveLength(1);
  });
});
