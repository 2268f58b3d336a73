// @vitest-environment node
import { describe, expect, it } from "vitest";
import { settled } from "./testing/fake-clock.ts";
import { upTo, World } from "./testing/world.ts";

/** The socket is lost, `during` happens, and the client is back. */
async function interrupted(world: World, during: () => void): Promise<void> {
  world.server.socket.end(1006);
  during();
  await world.clock.run(1000);
}

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

describe("a hole", () => {
  it("before a live event is noticed, and filled by resuming", async () => {
    const world = await new World().live();
    world.happen(2);
    world.server.happensUnsent();
    world.happen(1);
    expect(world.seqs).toEqual(upTo(2));
    await world.clock.run(1000);
    expect(world.seqs).toEqual(upTo(4));
    expect(world.server.sockets).toHaveLength(2);
    expect(world.gaps).toEqual([]);
  });

  it("at the end is noticed by the next heartbeat", async () => {
    const world = await new World().live();
    world.happen(2);
    world.server.happensUnsent();
    world.server.socket.heartbeat();
    await world.clock.run(1000);
    expect(world.seqs).toEqual(upTo(3));
  });

  it("that a resume does not fill is told as a gap, and what follows it is shown", async () => {
    const world = await new World().live();
    world.happen(2);
    world.server.socket.end(1006);
    world.happen(3);
    world.server.log.events = world.server.log.events.filter(({ seq }) => seq !== 3);
    await world.clock.run(60_000);
    expect(world.gaps).toMatchObject([{ channels: ["system"], from: 2, to: 3, reason: "hole" }]);
    expect(world.seqs).toEqual([1, 2, 4, 5]);
    world.happen(1);
    expect(world.seqs).toEqual([1, 2, 4, 5, 6]);
    expect(world.server.sockets.length).toBeLessThan(6);
  });
});

describe("a gap", () => {
  it("is told with its reason, and live events wait for the snapshot", async () => {
    const world = await new World().live();
    world.happen(3);
    world.server.limits.replayEvents = 100;
    world.server.rest = "down";
    await interrupted(world, () => world.happen(1000));
    world.happen(2);
    expect(world.seqs).toEqual(upTo(3));
    world.server.rest = "up";
    await world.clock.run(5000);
    world.happen(1);
    expect(world.gaps).toMatchObject([{ channels: ["system"], from: 3, to: 805, reason: "too_many" }]);
    expect(world.seqs).toEqual([...upTo(3), ...upTo(1006).slice(805)]);
    expect(world.caughtUps).toEqual([]);
  });

  it("is told when the events after the position are no longer kept", async () => {
    const world = await new World().live();
    world.happen(3);
    await interrupted(world, () => {
      world.happen(10);
      world.server.log.prune(8);
    });
    expect(world.gaps).toMatchObject([{ from: 3, to: 8, reason: "expired", keptSince: "2026-11-20T09:00:00.000Z" }]);
    expect(world.seqs).toEqual([1, 2, 3, 9, 10, 11, 12, 13]);
  });

  it("is told when the log was replaced, and the new one counts from then on", async () => {
    const world = await new World().live();
    world.happen(5);
    await interrupted(world, () => {
      world.server.log.restore("two", 2);
      world.happen(1);
    });
    world.happen(1);
    expect(world.gaps).toMatchObject([{ from: 5, reason: "epoch_changed" }]);
    // 1 and 2 are those of the backup, with the ids they had; 3 and 4 are new.
    expect(world.batches.at(-2)?.events.map(({ id }) => id)).toEqual(["one-1", "one-2", "two-3"]);
    expect(world.batches.at(-1)?.events.map(({ id }) => id)).toEqual(["two-4"]);
    await interrupted(world, () => world.happen(1));
    expect(world.gaps).toHaveLength(1);
    expect(world.batches.at(-1)?.events.map(({ id }) => id)).toEqual(["two-5"]);
  });

  it("is told when the server has never heard of the position", async () => {
    const world = await new World().live();
    world.happen(5);
    await interrupted(world, () => world.server.log.restore("one", 3));
    world.happen(1);
    expect(world.gaps).toMatchObject([{ from: 5, reason: "ahead" }]);
    expect(world.seqs.at(-1)).toBe(4);
  });

  it("in the middle of a replay is none when REST still has everything", async () => {
    const world = await new World().live();
    world.happen(2);
    world.server.socket.end(1006);
    world.happen(8);
    world.server.upgrade = "hold";
    await world.clock.run(1000);
    const { socket } = world.server;
    world.server.limits.pageEvents = 4;
    socket.admit("slow");
    socket.say({
      type: "gap",
      timestamp: "",
      data: { channels: ["system"], from: 6, to: 10, reason: "not_acknowledged" },
    });
    await settled();
    expect(world.gaps).toEqual([]);
    expect(world.seqs).toEqual(upTo(10));
    expect(world.caughtUps).toEqual([{ count: 8, from: 2, to: 10 }]);
  });

  it("is told again after the next interruption when its snapshot never came", async () => {
    const world = await new World().live();
    world.happen(3);
    world.server.rest = "hang";
    await interrupted(world, () => {
      world.happen(10);
      world.server.log.prune(8);
    });
    world.happen(1);
    world.server.rest = "up";
    await interrupted(world, () => world.happen(1));
    expect(world.gaps).toMatchObject([{ from: 3, to: 8, reason: "expired" }]);
    expect(world.seqs).toEqual([1, 2, 3, 9, 10, 11, 12, 13, 14, 15]);
  });

  it("whose snapshot did not come before the socket was lost is told by the polls, which then go on", async () => {
    const world = await new World().live();
    world.happen(3);
    world.server.rest = "hang";
    await interrupted(world, () => {
      world.happen(10);
      world.server.log.prune(8);
    });
    world.happen(1);
    world.server.upgrade = "refuse";
    world.server.rest = "up";
    world.server.socket.end(1006);
    await world.clock.run(5000);
    world.happen(1);
    await world.clock.run(100);
    expect(world.kind).toBe("polling");
    expect(world.gaps).toMatchObject([{ from: 3, to: 8, reason: "expired" }]);
    expect(world.seqs).toEqual([1, 2, 3, 9, 10, 11, 12, 13, 14, 15]);
  });

  it("does not grow without a bound while its snapshot does not come", async () => {
    const world = await new World().live();
    world.happen(1);
    world.server.rest = "hang";
    await interrupted(world, () => {
      world.happen(2);
      world.server.log.prune(3);
    });
    world.happen(5001);
    expect(world.server.socket.closedByClient).toBe(true);
  });
});

describe("an older socket", () => {
  it("that was only stalled is not heard any more once there is another", async () => {
    const world = await new World().live();
    world.happen(1);
    const old = world.server.socket;
    old.stalled = true;
    world.happen(3);
    await world.clock.run(60_000);
    expect(world.server.sockets).toHaveLength(2);
    old.unstall();
    world.happen(1);
    old.end(1006);
    expect(world.seqs).toEqual(upTo(5));
    expect(world.kind).toBe("live");
  });
});

describe("a message", () => {
  it("that comes before the socket was let in changes nothing", async () => {
    const world = await new World().live();
    world.happen(3);
    world.server.upgrade = "hold";
    world.server.socket.end(1006);
    world.happen(4);
    await world.clock.run(1000);
    const heads = { system: 3 };
    world.server.socket.say({ type: "heartbeat", timestamp: "", seq: 7, data: { heads } });
    world.server.socket.admit("late");
    expect(world.seqs).toEqual(upTo(7));
  });

  it("of an event type that this page does not know is handed on, and keeps its place", async () => {
    const world = await new World().live();
    world.server.socket.say(
      '{"type":"disk.full","id":"x","channel":"system","seq":1,"prev":0,"timestamp":"","data":{}}',
    );
    await interrupted(world, () => undefined);
    expect(world.seqs).toEqual([1]);
    expect(world.server.socket.url.searchParams.get("last_seq")).toBe("1");
  });

  it("of an unknown type without a place in the order is passed over", async () => {
    const world = await new World().live();
    world.server.socket.say('{"type":"weather","timestamp":"","data":{"wind":"NW"}}');
    world.happen(1);
    expect(world.seqs).toEqual([1]);
  });

  it.each([["{"], ["[]"], ["null"], [new ArrayBuffer(4)]])(
    "that is none (%s) ends the socket, not the order",
    async (frame) => {
      const world = await new World().live();
      world.happen(1);
      world.server.socket.say(frame);
      world.happen(1);
      await world.clock.run(1000);
      expect(world.server.sockets).toHaveLength(2);
      expect(world.seqs).toEqual(upTo(2));
    },
  );

  it("of a channel that is not wanted is not handed on", async () => {
    const world = await new World({ channels: ["session:1"] }).live();
    world.client.unsubscribe(["session:1"]);
    world.server.happens("session:1");
    world.happen(1);
    expect(world.seqs).toEqual([2]);
    expect(world.server.socket.received.map(({ type }) => type)).toEqual(["unsubscribe"]);
  });
});

describe("a channel that is added later", () => {
  it("is complete from where the server says", async () => {
    const world = await new World().live();
    world.happen(3);
    world.client.subscribe(["session:1"]);
    const { socket } = world.server;
    socket.channels.add("session:1");
    socket.say({ type: "ack", id: "command-1", timestamp: "", data: { channels: ["session:1"], from: 3 } });
    world.server.happens("session:1");
    await interrupted(world, () => world.server.happens("session:1"));
    expect(world.server.socket.url.searchParams.get("channels")).toBe("system,metrics,containers,session:1");
    expect(world.server.socket.url.searchParams.get("last_seq")).toBe("3");
    expect(world.seqs).toEqual(upTo(5));
  });

  it("is given up when the server forbids it, and that is told", async () => {
    const world = new World({ channels: ["session:1"] });
    world.server.upgrade = "hold";
    await world.live();
    world.server.socket.admit("one", {
      channels: { system: { recovered: null }, "session:1": { recovered: null, forbidden: true } },
    });
    await settled();
    expect(world.refused).toMatchObject([{ code: "forbidden" }]);
    world.server.upgrade = "admit";
    await interrupted(world, () => undefined);
    expect(world.server.socket.url.searchParams.get("channels")).toBe("system");
  });
});
