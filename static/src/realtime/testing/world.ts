import { Api } from "../../api/index.ts";
import { RealtimeClient, type RealtimeOptions } from "../client.ts";
import type { CaughtUp, ConnectionState, EventBatch, GapNotice, Problem } from "../events.ts";
import { FakeClock, settled } from "./fake-clock.ts";
import { FakeServer } from "./fake-server.ts";

class FakePage extends EventTarget {
  visibilityState = "visible";
}

/** A client in a world of its own: its server, its clock, its browser, and a record of all it says. */
export class World {
  readonly clock = new FakeClock();
  readonly server = new FakeServer(this.clock);
  readonly window = new EventTarget();
  readonly document = new FakePage();
  readonly client: RealtimeClient;
  /** What random() gives. Half: the middle of every wait. */
  random = 0.5;

  readonly states: ConnectionState[] = [];
  readonly batches: EventBatch[] = [];
  readonly gaps: GapNotice[] = [];
  readonly caughtUps: CaughtUp[] = [];
  readonly refused: Problem[] = [];
  /** The channels that the client was last said to be denied. */
  denied: readonly string[] = [];
  readonly errors: unknown[] = [];
  #ids = 0;

  constructor(options: Partial<RealtimeOptions> = {}) {
    const { clock, server, window, document } = this;
    const api = new Api({ clock, fetch: server.fetch });
    this.client = new RealtimeClient(
      {
        clock,
        window,
        document,
        openSocket: server.openSocket,
        random: () => this.random,
        reportError: (error) => this.errors.push(error),
        newId: () => `command-${++this.#ids}`,
        origin: "http://ship.example",
      },
      api,
      { channels: ["metrics", "containers"], ...options },
    );
    this.client.on("state", (state) => this.states.push(state));
    this.client.on("events", (batch) => this.batches.push(batch));
    this.client.on("gap", (gap) => this.gaps.push(gap));
    this.client.on("caught-up", (caughtUp) => this.caughtUps.push(caughtUp));
    this.client.on("refused", (problem) => this.refused.push(problem));
    this.client.on("denied", (channels) => {
      this.denied = channels;
    });
  }

  /** Connect and be live. */
  async live(): Promise<this> {
    this.client.connect();
    await settled();
    return this;
  }

  /** The seqs of all events that were handed on, in order. */
  get seqs(): number[] {
    return this.batches.flatMap(({ events }) => events.map(({ seq }) => seq));
  }

  get kind(): ConnectionState["kind"] {
    return this.client.state.kind;
  }

  happen(times: number, channel?: string): void {
    for (let i = 0; i < times; i++) this.server.happens(channel);
  }

  /** The tab goes to the background, or comes back. */
  show(visible: boolean): void {
    this.document.visibilityState = visible ? "visible" : "hidden";
    this.document.dispatchEvent(new Event("visibilitychange"));
  }
}

/** The socket is lost, `during` happens, and the client is back. */
export async function interrupted(world: World, during: () => void): Promise<void> {
  world.server.socket.end(1006);
  during();
  await world.clock.run(1000);
}

/** 1, 2, … n: what a client that lost and doubled nothing has seen. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}
