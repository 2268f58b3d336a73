// @vitest-environment node
import { describe, expect, it } from "vitest";
import { settled } from "./testing/fake-clock.ts";
import { interrupted, upTo, World } from "./testing/world.ts";

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
