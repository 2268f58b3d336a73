// @vitest-environment node
import { describe, expect, it } from "vitest";
import { settled } from "./testing/fake-clock.ts";
import { interrupted, upTo, World } from "./testing/world.ts";

describe("a page that opens", () => {
  it("shows the recent past once, and what happens while that is loaded", async () => {
    const world = new World();
    world.happen(5);
    world.client.connect();
    await Promise.resolve();
    world.happen(2);
    await settled();
    world.happen(1);
    expect(world.seqs).toEqual(upTo(8));
    expect(world.batches[0]?.how).toBe("history");
    expect(world.gaps).toEqual([]);
    expect(world.caughtUps).toEqual([]);
  });

  it("asks for no more than the last 200", async () => {
    const world = new World();
    world.happen(300);
    await world.live();
    expect(world.seqs).toEqual(upTo(300).slice(100));
    expect(world.gaps).toEqual([]);
  });

  it("tells why the past cannot be loaded, and loads it as soon as it can", async () => {
    const world = new World();
    const problems: string[] = [];
    world.client.on("load-failed", ({ code }) => problems.push(code));
    world.happen(3);
    world.server.rest = "down";
    await world.live();
    world.happen(1);
    expect(problems).toEqual(["network"]);
    world.server.rest = "up";
    await world.clock.run(5000);
    expect(world.seqs).toEqual(upTo(4));
  });

  it("shows what happens while the past is on its way", async () => {
    const world = new World();
    world.happen(3);
    world.server.rest = "late";
    await world.live();
    for (let answers = 0; answers < 3; answers++) {
      world.happen(1);
      world.server.deliver();
      await settled();
    }
    world.server.rest = "up";
    world.happen(1);
    expect(world.seqs).toEqual(upTo(7));
    expect(world.server.sockets).toHaveLength(1);
  });

  it("starts anew when its socket is lost before the past was loaded", async () => {
    const world = new World();
    world.server.rest = "hang";
    await world.live();
    world.happen(2);
    world.server.rest = "up";
    await interrupted(world, () => world.happen(1));
    expect(world.seqs).toEqual(upTo(3));
    expect(world.gaps).toEqual([]);
  });
});

describe("a resume", () => {
  it("brings each missed event once, and says how many there were", async () => {
    const world = await new World().live();
    world.happen(3);
    await interrupted(world, () => world.happen(37));
    world.happen(2);
    expect(world.seqs).toEqual(upTo(42));
    expect(world.caughtUps).toEqual([{ count: 37, from: 3, to: 40 }]);
    expect(world.batches.filter(({ how }) => how === "replayed").flatMap(({ events }) => events)).toHaveLength(37);
  });

  it("does not lose what happens between the replay and being live", async () => {
    const world = await new World().live();
    world.server.limits.pageEvents = 10;
    world.server.socket.end(1006);
    world.happen(25);
    world.server.upgrade = "hold";
    await world.clock.run(1000);
    const { socket } = world.server;
    // Each page arrives late, and something happens while it is on its way.
    socket.stalled = true;
    socket.admit("late");
    world.happen(1);
    socket.unstall();
    world.happen(1);
    expect(world.seqs).toEqual(upTo(27));
    expect(socket.received.filter(({ type }) => type === "replay-ack")).toEqual([
      { type: "replay-ack", data: { to: 10 } },
      { type: "replay-ack", data: { to: 20 } },
    ]);
    expect(world.caughtUps).toEqual([{ count: 25, from: 0, to: 25 }]);
  });

  it("goes on from the page it had when it is interrupted itself", async () => {
    const world = await new World().live();
    world.server.limits.pageEvents = 10;
    world.server.socket.end(1006);
    world.happen(25);
    world.server.upgrade = "hold";
    await world.clock.run(1000);
    const first = world.server.socket;
    first.admit("first");
    // The acknowledgement of the first page arrived; now everything after it is lost.
    first.end(1006);
    world.server.upgrade = "admit";
    await world.clock.run(2000);
    expect(world.seqs).toEqual(upTo(25));
    expect(world.gaps).toEqual([]);
  });

  it("says nothing when nothing was missed", async () => {
    const world = await new World().live();
    world.happen(3);
    await interrupted(world, () => undefined);
    expect(world.seqs).toEqual(upTo(3));
    expect(world.caughtUps).toEqual([]);
  });

  it("names the connection before it, so that the server can say why that one ended", async () => {
    const world = await new World().live();
    await interrupted(world, () => undefined);
    expect(world.server.socket.url.searchParams.get("previous")).toBe("connection-1");
  });

  it("asks from the lowest position, and takes only what is new of each channel", async () => {
    const world = await new World({ channels: ["session:1"] }).live();
    world.server.happens("session:1");
    world.happen(4);
    await interrupted(world, () => {
      world.happen(2);
      world.server.happens("session:1");
    });
    expect(world.server.socket.url.searchParams.get("last_seq")).toBe("1");
    expect(world.seqs).toEqual(upTo(8));
  });

  it("works for a channel that was quiet for so long that its own last event is gone", async () => {
    const world = await new World({ channels: ["session:1"] }).live();
    world.server.happens("session:1");
    world.happen(50);
    world.server.socket.heartbeat();
    world.server.log.prune(50);
    await interrupted(world, () => world.happen(1));
    expect(world.server.socket.url.searchParams.get("last_seq")).toBe("51");
    expect(world.gaps).toEqual([]);
    expect(world.seqs).toEqual(upTo(52));
  });

  it("goes on from the end of the replay, also for a channel that had nothing in it", async () => {
    const world = await new World({ channels: ["session:1"] }).live();
    await interrupted(world, () => world.happen(5));
    await interrupted(world, () => world.happen(1));
    expect(world.server.socket.url.searchParams.get("last_seq")).toBe("5");
  });

  it("is not repeated by a listener that fails", async () => {
    const world = new World();
    world.client.on("events", ({ events }) => {
      if (events.length > 0) throw new Error("the screen is broken");
    });
    await world.live();
    world.happen(1);
    await interrupted(world, () => world.happen(1));
    expect(world.seqs).toEqual(upTo(2));
    expect(world.errors).toHaveLength(2);
  });

  it("is not repeated by a listener that reconnects in the middle of an event", async () => {
    const world = await new World().live();
    const off = world.client.on("events", () => {
      off();
      world.client.disconnect();
      world.client.connect();
    });
    world.happen(1);
    await settled();
    expect(world.seqs).toEqual(upTo(1));
    expect(world.server.socket.url.searchParams.get("last_seq")).toBe("1");
  });
});

describe("a hidden event", () => {
  it("moves the position without being shown", async () => {
    const world = await new World().live();
    world.happen(1);
    world.server.happensHidden();
    world.happen(1);
    await interrupted(world, () => {
      world.server.happensHidden();
      world.happen(1);
    });
    expect(world.seqs).toEqual([1, 3, 5]);
    expect(world.server.sockets).toHaveLength(2);
    expect(world.caughtUps).toEqual([{ count: 1, from: 3, to: 5 }]);
  });
});
