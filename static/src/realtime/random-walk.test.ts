// @vitest-environment node
import { describe, expect, it } from "vitest";
import { World } from "./testing/world.ts";

/** A small generator (mulberry32), so that a failing walk can be walked again. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Walk {
  readonly world = new World({ channels: ["metrics", "containers", "session:1"] });
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = generator(seed);
    const { server } = this.world;
    server.limits.pageEvents = 4;
    server.limits.replayEvents = 30;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#next() * choices.length)] as T;
  }

  /** Things happen, in either channel; one in five may not be seen by this client. */
  happen(): void {
    const { server } = this.world;
    for (let i = this.pick([1, 1, 2, 5]); i > 0; i--) {
      const channel = this.pick(["system", "session:1"]);
      if (this.pick([0, 0, 0, 0, 1]) === 1) server.happensHidden(channel);
      else server.happens(channel);
    }
  }

  async step(): Promise<void> {
    const { world } = this;
    const { server, clock } = world;
    world.random = this.#next();
    const newest = server.sockets.at(-1);
    const steps: (() => unknown)[] = [
      () => this.happen(),
      () => this.happen(),
      () => newest?.heartbeat(),
      () => clock.run(this.pick([10, 300, 3000, 20_000])),
      () => clock.run(this.pick([10, 300, 3000, 20_000])),
      () => newest?.attached && newest.end(this.pick([1006, 1011, 1012, 4000, 4002])),
      // Back while something happens: between the new socket's opening and its answer, and in its replay.
      async () => {
        if (newest?.attached) newest.end(1006);
        this.happen();
        world.client.connect();
        this.happen();
        await Promise.resolve();
        this.happen();
      },
      () => {
        if (newest) newest.stalled = true;
      },
      () => this.pick(server.sockets).unstall(),
      () => {
        server.upgrade = this.pick(["admit", "admit", "refuse", "swallow"]);
      },
      () => {
        server.rest = this.pick(["up", "up", "down"]);
      },
      () => this.pick([0, 0, 1]) === 1 && server.happensUnsent("system"),
      () => this.pick([0, 0, 0, 1]) === 1 && server.log.prune(Math.max(server.log.floor, server.log.head - 10)),
      () => clock.sleep(this.pick([1000, 100_000])),
      () => world.window.dispatchEvent(new Event(this.pick(["online", "offline", "pageshow"]))),
    ];
    await this.pick(steps)();
  }

  /** Everything works again, for long enough. */
  async calm(): Promise<void> {
    const { server, clock } = this.world;
    server.upgrade = "admit";
    server.rest = "up";
    await clock.run(120_000);
    server.socket.heartbeat();
    await clock.run(60_000);
  }
}

describe("whatever happens", () => {
  const seeds = Array.from({ length: 60 }, (_, i) => i + 1);

  it.each(seeds)("each event is shown once and in order, or lies in a gap that is told (walk %i)", async (seed) => {
    const walk = new Walk(seed);
    const { world } = walk;
    const { log } = world.server;
    const all = new Map<number, string>();
    const remember = () => {
      for (const { seq, type } of log.events) all.set(seq, type);
    };
    world.client.connect();
    for (let i = 0; i < 80; i++) {
      await walk.step();
      remember();
    }
    await walk.calm();

    expect(world.kind).toBe("live");
    const shown = world.batches.flatMap(({ events }) => events);
    for (const channel of ["system", "session:1"]) {
      const seqs = shown.filter((event) => event.channel === channel).map(({ seq }) => seq);
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    }
    const seen = new Set(shown.map(({ seq }) => seq));
    const first = Math.min(...seen);
    const inGap = (seq: number) => world.gaps.some(({ from, to }) => from < seq && seq <= to);
    const lost = [...all].filter(([seq, type]) => type !== "skip" && seq > first && !seen.has(seq) && !inGap(seq));
    expect(lost).toEqual([]);
  });
});
