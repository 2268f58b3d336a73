import type { EventsPage } from "../../protocol/messages.gen.ts";
import type { Sequenced } from "../../protocol/wire.ts";
import { about, event } from "./messages.ts";

/** The server's event log, small: one global order, `prev` per channel, a floor, an epoch. */
export class FakeLog {
  epoch = "one";
  floor = 0;
  events: Sequenced[] = [];
  #head = 0;
  readonly #heads = new Map<string, number>();

  get head(): number {
    return this.#head;
  }

  headOf(channel: string): number {
    return this.#heads.get(channel) ?? 0;
  }

  append(channel: string): Sequenced {
    this.#head += 1;
    const seq = this.#head;
    const prev = this.headOf(channel);
    this.#heads.set(channel, seq);
    const stored = event("container.started", about(), { id: `${this.epoch}-${seq}`, channel, seq, prev });
    this.events.push(stored);
    return stored;
  }

  /** Append an event that this client may not see: it is told its place in the order only. */
  appendHidden(channel: string): Sequenced {
    const { seq, prev } = this.append(channel);
    const skip = { type: "skip" as const, channel, seq, prev };
    this.events[this.events.length - 1] = skip;
    return skip;
  }

  prune(upto: number): void {
    this.floor = upto;
    this.events = this.events.filter(({ seq }) => seq > upto);
  }

  /** The log of a backup takes this one's place. */
  restore(epoch: string, head: number): void {
    this.epoch = epoch;
    this.events = this.events.filter(({ seq }) => seq <= head);
    this.#head = head;
    this.#heads.clear();
    for (const { channel, seq } of this.events) this.#heads.set(channel, seq);
  }

  read(after: number, limit: number, channels: readonly string[]): EventsPage {
    const matching = this.events.filter(({ seq, channel }) => seq > after && channels.includes(channel));
    const events = matching.slice(0, limit);
    const has_more = matching.length > limit;
    const next = has_more ? (events.at(-1)?.seq ?? after) : Math.max(after, this.#head);
    return { epoch: this.epoch, floor: this.floor, head: this.#head, next, events, has_more };
  }
}
