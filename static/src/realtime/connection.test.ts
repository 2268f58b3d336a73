// @vitest-environment node
import { describe, expect, it } from "vitest";
import { settled } from "./testing/fake-clock.ts";
import { upTo, World } from "./testing/world.ts";

/** Milliseconds from now until the next socket is opened. */
async function nextOpening(world: World, mostMs = 120_000): Promise<number> {
  const { sockets } = world.server;
  const before = sockets.length;
  const start = world.clock.now();
  while (sockets.length === before && world.clock.now() - start < mostMs) await world.clock.run(50);
  return world.clock.now() - start;
}

describe("the state", () => {
  it("is connecting at the first load only, then live", async () => {
    const world = new World();
    expect(world.kind).toBe("connecting");
    await world.live();
    world.server.socket.end(1006);
    await world.clock.run(1000);
    expect(world.states.map(({ kind }) => kind)).toEqual(["live", "reconnecting", "live"]);
  });

  it("counts the tries, and says when the next one is due", async () => {
    const world = await new World().live();
    const lostAt = world.clock.now();
    world.server.upgrade = "swallow";
    world.server.socket.end(1006);
    expect(world.client.state).toEqual({ kind: "reconnecting", attempt: 1, retryAt: lostAt + 250, since: lostAt });
    await world.clock.run(250 + 10_000);
    expect(world.client.state).toMatchObject({
      kind: "reconnecting",
      attempt: 2,
      retryAt: lostAt + 10_750,
      since: lostAt,
    });
  });

  it("is offline since contact was lost when neither socket nor REST works", async () => {
    const world = await new World().live();
    const lostAt = world.clock.now();
    world.server.upgrade = "refuse";
    world.server.rest = "down";
    world.server.socket.end(1006);
    await world.clock.run(60_000);
    expect(world.client.state).toEqual({ kind: "offline", since: lostAt, stopped: null });
  });

  it("is offline, not connecting for ever, when the server was never there", async () => {
    const world = new World();
    world.server.upgrade = "refuse";
    world.server.rest = "down";
    await world.live();
    await world.clock.run(10_000);
    expect(world.kind).toBe("offline");
  });

  it("is told once for each change", async () => {
    const world = await new World().live();
    world.happen(5);
    world.server.socket.heartbeat();
    expect(world.states).toHaveLength(1);
  });
});

describe("waiting for the next try", () => {
  it("doubles up to twenty seconds, with full jitter", async () => {
    const world = await new World().live();
    world.random = 1 - Number.EPSILON;
    world.server.upgrade = "refuse";
    world.server.socket.end(1006);
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) waits.push(await nextOpening(world));
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
    world.random = 0.25;
    await nextOpening(world);
    expect(await nextOpening(world)).toBe(5000);
  });

  it("starts over after thirty seconds of being live, but not for a connection that flaps", async () => {
    const world = await new World().live();
    world.random = 1 - Number.EPSILON;
    for (const expected of [500, 1000, 2000]) {
      world.server.socket.end(1011);
      expect(await nextOpening(world)).toBe(expected);
      await settled();
    }
    await world.clock.run(30_000);
    world.server.socket.end(1011);
    expect(await nextOpening(world)).toBe(500);
  });

  it("ends at once when the network is back", async () => {
    const world = await new World().live();
    world.random = 1 - Number.EPSILON;
    world.server.socket.end(1006);
    world.window.dispatchEvent(new Event("online"));
    await settled();
    expect(world.kind).toBe("live");
  });

  it("ends at once when the person wants it", async () => {
    const world = await new World().live();
    world.server.socket.end(1013);
    world.client.connect();
    await settled();
    expect(world.kind).toBe("live");
  });

  it("gives up an upgrade that a proxy swallowed", async () => {
    const world = new World();
    world.server.upgrade = "swallow";
    await world.live();
    await world.clock.run(10_000);
    expect(world.server.socket.closedByClient).toBe(true);
  });
});

describe("a close code", () => {
  it.each([1001, 1012])("%i spreads a herd over ten seconds", async (code) => {
    const opened: number[] = [];
    for (let i = 0; i < 10; i++) {
      const world = await new World().live();
      world.random = i / 10;
      world.server.socket.end(code);
      opened.push(await nextOpening(world));
    }
    expect(opened).toEqual([50, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000]);
  });

  it("1013 waits at least five seconds, also when the network seems to be back", async () => {
    const world = await new World().live();
    world.random = 0;
    world.server.socket.end(1013);
    world.window.dispatchEvent(new Event("online"));
    expect(await nextOpening(world)).toBe(5000);
  });

  it("4008 waits as long as the server asks for", async () => {
    const world = await new World().live();
    world.random = 0;
    world.server.socket.end(4008, "retry_after=12");
    expect(await nextOpening(world)).toBe(12_000);
  });

  it.each([1005, 1006, 1011, 4000, 4002, 4999])("%i backs off", async (code) => {
    const world = await new World().live();
    world.server.socket.end(code);
    expect(await nextOpening(world)).toBe(250);
  });

  it.each([
    [1000, "done"],
    [4500, "token_revoked"],
    [4501, "protocol_error"],
    [4503, "forbidden"],
  ])("%i stops the client, which says why", async (code, reason) => {
    const world = await new World().live();
    world.server.socket.end(code);
    expect(await nextOpening(world)).toBeGreaterThan(60_000);
    expect(world.client.state).toMatchObject({ kind: "offline", stopped: { code, reason } });
    expect(world.clock.pending).toBe(0);
  });

  it("that stops is explained with the error that came before it", async () => {
    const world = await new World().live();
    const data = { code: "invalid_request", message: "last_seq is a whole number.", temporary: false };
    world.server.socket.say({ type: "error", id: null, timestamp: "", data });
    world.server.socket.end(4501, "invalid_request");
    expect(world.client.state).toMatchObject({ stopped: { message: "last_seq is a whole number." } });
  });

  it("that stops can be overruled by the person", async () => {
    const world = await new World().live();
    world.happen(1);
    world.server.socket.end(4503);
    world.happen(1);
    world.client.connect();
    await settled();
    expect(world.kind).toBe("live");
    expect(world.seqs).toEqual(upTo(2));
  });

  it("4001 gets a new token and connects at once", async () => {
    let refreshed = 0;
    const refreshToken = async () => {
      refreshed += 1;
    };
    const world = await new World({ refreshToken }).live();
    world.server.socket.end(4001);
    await settled();
    expect(refreshed).toBe(1);
    expect(world.kind).toBe("live");
  });

  it("4001 again right after a new token stops, instead of reconnecting for ever", async () => {
    let refreshed = 0;
    const refreshToken = async () => {
      refreshed += 1;
    };
    const world = await new World({ refreshToken }).live();
    world.server.socket.end(4001);
    await settled();
    world.server.socket.end(4001);
    await world.clock.run(60_000);
    expect(refreshed).toBe(1);
    expect(world.client.state).toMatchObject({ kind: "offline", stopped: { reason: "token_expired" } });
  });

  it("4001 stops when there is no new token", async () => {
    const world = await new World({ refreshToken: () => Promise.reject(new Error("signed out")) }).live();
    world.server.socket.end(4001);
    await settled();
    expect(world.client.state).toMatchObject({ kind: "offline", stopped: { reason: "token_expired" } });
  });
});

describe("disconnecting", () => {
  it("ends the socket and every timer, and is no error", async () => {
    const world = await new World().live();
    world.client.disconnect();
    expect(world.server.socket.closedByClient).toBe(true);
    expect(world.clock.pending).toBe(0);
    expect(world.client.state).toMatchObject({ kind: "offline", stopped: { reason: "disconnected" } });
  });

  it("while a socket is being opened leaves none behind", async () => {
    const world = new World();
    world.client.connect();
    world.client.disconnect();
    await settled();
    expect(world.kind).toBe("offline");
    expect(world.clock.pending).toBe(0);
  });
});
