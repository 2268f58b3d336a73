// @vitest-environment node
import { describe, expect, it } from "vitest";
import { containersData, containerView } from "./testing/messages.ts";
import { upTo, World } from "./testing/world.ts";

const polls = (world: World) => world.server.requests.filter(({ url }) => url.searchParams.has("wait"));

/** A world whose socket is lost for good, after `before` events. */
async function polling(before = 0): Promise<World> {
  const world = await new World().live();
  world.happen(before);
  world.server.upgrade = "refuse";
  world.server.socket.end(1006);
  await world.clock.run(3000);
  return world;
}

describe("after two opens that failed", () => {
  it("the page polls, from the position it had", async () => {
    const world = await polling(5);
    expect(world.client.state).toMatchObject({ kind: "polling", intervalS: 10 });
    expect(polls(world)[0]?.url.searchParams.get("after")).toBe("5");
    expect(world.seqs).toEqual(upTo(5));
  });

  it("one is not enough", async () => {
    const world = await new World().live();
    world.server.upgrade = "refuse";
    world.server.socket.end(1006);
    await world.clock.run(260);
    expect(polls(world)).toEqual([]);
  });

  it("a page that never had a socket loads the past and goes on from there", async () => {
    const world = new World();
    world.happen(5);
    world.server.upgrade = "refuse";
    await world.live();
    await world.clock.run(3000);
    world.happen(2);
    await world.clock.run(1000);
    expect(world.kind).toBe("polling");
    expect(world.seqs).toEqual(upTo(7));
    expect(world.gaps).toEqual([]);
    expect(world.caughtUps).toEqual([]);
  });
});

describe("a page that polls", () => {
  it("shows each event once, as it happens", async () => {
    const world = await polling(2);
    for (let i = 0; i < 5; i++) {
      world.happen(2);
      await world.clock.run(100);
    }
    expect(world.seqs).toEqual(upTo(12));
  });

  it("waits for events instead of asking again and again", async () => {
    const world = await polling();
    const before = polls(world).length;
    await world.clock.run(100_000);
    expect(polls(world).length - before).toBeLessThanOrEqual(5);
  });

  it("says how many events were missed until the first answer, and no more after it", async () => {
    const world = await new World().live();
    world.server.upgrade = "refuse";
    world.server.socket.end(1006);
    world.happen(4);
    await world.clock.run(3000);
    world.happen(1);
    await world.clock.run(100);
    expect(world.caughtUps).toEqual([{ count: 4, from: 0, to: 4 }]);
    expect(world.batches.at(-1)?.how).toBe("live");
  });

  it("reads pages until it has caught up", async () => {
    const world = await new World().live();
    world.server.upgrade = "refuse";
    world.server.socket.end(1006);
    world.happen(1200);
    await world.clock.run(3000);
    expect(world.seqs).toEqual(upTo(1200));
    expect(world.caughtUps).toEqual([{ count: 1200, from: 0, to: 1200 }]);
  });

  it("reads the states every ten seconds, and soon after something happened", async () => {
    const world = await polling();
    const lists: number[] = [];
    world.client.on("containers", ({ containers }) => lists.push(containers.length));
    world.server.containers = containersData({ containers: [containerView()] });
    await world.clock.run(10_000);
    expect(lists).toEqual([1]);
    world.server.containers = containersData({ containers: [containerView(), containerView({ name: "db" })] });
    await world.clock.run(2000);
    world.happen(1);
    await world.clock.run(10);
    expect(lists).toEqual([1, 2]);
  });

  it("does not read the states for each of many events", async () => {
    const world = await polling();
    let lists = 0;
    world.client.on("containers", () => {
      lists += 1;
    });
    for (let i = 0; i < 50; i++) {
      world.happen(1);
      await world.clock.run(20);
    }
    expect(lists).toBeLessThanOrEqual(2);
  });

  it("keeps trying the socket, and returns to it without a gap or a double", async () => {
    const world = await polling(3);
    world.happen(2);
    await world.clock.run(5000);
    const tries = world.server.sockets.length;
    world.happen(2);
    world.server.upgrade = "hold";
    while (world.server.sockets.length === tries) await world.clock.run(100);
    // The socket was asked for from 7, and polls bring 8 and 9 before it is let in.
    world.happen(2);
    await world.clock.run(100);
    world.server.upgrade = "admit";
    world.server.socket.admit("back");
    world.happen(2);
    await world.clock.run(60);
    expect(world.kind).toBe("live");
    expect(world.seqs).toEqual(upTo(11));
    expect(world.gaps).toEqual([]);
    expect(world.caughtUps).toEqual([]);
  });

  it("stops polling when the socket is back", async () => {
    const world = await polling();
    world.server.upgrade = "admit";
    await world.clock.run(40_000);
    expect(world.kind).toBe("live");
    const before = world.server.requests.length;
    world.server.socket.heartbeat();
    await world.clock.run(40_000);
    expect(world.server.requests).toHaveLength(before);
  });

  it("tells a gap when its position is no longer kept", async () => {
    const world = await new World().live();
    world.happen(3);
    world.server.upgrade = "refuse";
    world.server.socket.end(1006);
    world.happen(10);
    world.server.log.prune(8);
    await world.clock.run(5000);
    world.happen(1);
    await world.clock.run(100);
    expect(world.gaps).toMatchObject([{ from: 3, to: 8, reason: "expired" }]);
    expect(world.seqs).toEqual([1, 2, 3, 9, 10, 11, 12, 13, 14]);
  });

  it("tells a gap when the log was replaced, and the socket that was asked for the old one is not believed", async () => {
    const world = await polling(5);
    world.server.upgrade = "hold";
    const tries = world.server.sockets.length;
    while (world.server.sockets.length === tries) await world.clock.run(100);
    const asked = world.server.socket;
    world.server.log.restore("two", 2);
    world.happen(1);
    await world.clock.run(5000);
    asked.admit("late");
    world.server.upgrade = "admit";
    await world.clock.run(30_000);
    world.happen(1);
    expect(world.gaps.map(({ reason }) => reason)).toEqual(["epoch_changed"]);
    expect(world.batches.at(-1)?.events.map(({ id }) => id)).toEqual(["two-4"]);
    expect(world.kind).toBe("live");
  });

  it("does not take what a socket brings late from a log that was replaced", async () => {
    const world = await polling(5);
    world.server.upgrade = "hold";
    const tries = world.server.sockets.length;
    while (world.server.sockets.length === tries) await world.clock.run(100);
    const late = world.server.socket;
    late.stalled = true;
    late.admit("late");
    late.publish(world.server.log.append("system"));
    late.publish(world.server.log.append("system"));
    late.attached = false;
    world.server.log.restore("two", 5);
    world.server.upgrade = "refuse";
    world.happen(1);
    await world.clock.run(3000);
    expect(world.gaps.map(({ reason }) => reason)).toEqual(["epoch_changed"]);
    late.unstall();
    await world.clock.run(3000);
    expect(world.kind).toBe("live");
    late.end(1012);
    world.server.upgrade = "admit";
    await world.clock.run(30_000);
    world.happen(1);
    const ids = world.batches.flatMap(({ events }) => events.map(({ id }) => id));
    expect(ids.slice(5)).toEqual(["one-1", "one-2", "one-3", "one-4", "one-5", "two-6", "two-7"]);
  });

  it("tells a gap when the log itself has a hole", async () => {
    const world = await polling(2);
    world.server.happensUnsent();
    world.server.log.events.pop();
    world.happen(2);
    await world.clock.run(5000);
    expect(world.gaps).toMatchObject([{ from: 2, to: 3, reason: "hole" }]);
    expect(world.seqs).toEqual([1, 2, 4, 5]);
  });

  it("does not ask in a tight loop when the answers are errors", async () => {
    const world = await polling();
    world.server.rest = "down";
    world.happen(1);
    const before = world.server.requests.length;
    await world.clock.run(10_000);
    expect(world.kind).toBe("offline");
    expect(world.server.requests.length - before).toBeLessThan(20);
  });

  it("is polling again, with everything, as soon as REST is back", async () => {
    const world = await polling(1);
    world.server.rest = "down";
    world.happen(5);
    await world.clock.run(30_000);
    expect(world.kind).toBe("offline");
    world.server.rest = "up";
    await world.clock.run(30_000);
    expect(world.kind).toBe("polling");
    expect(world.seqs).toEqual(upTo(6));
  });

  it("gives up a request that hangs", async () => {
    const world = await polling();
    world.server.rest = "hang";
    world.happen(1);
    await world.clock.run(41_000);
    expect(world.kind).toBe("offline");
  });
});
