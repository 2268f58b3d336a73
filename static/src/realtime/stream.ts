import type { Api } from "../api/index.ts";
import type { Ack, ConnectedData, EventsPage, Gap, Heartbeat, MissedEvents } from "../protocol/messages.gen.ts";
import { type AnyEvent, isStateChannel, isTimelineChannel, type Sequenced } from "../protocol/wire.ts";
import type { Emitter } from "./emitter.ts";
import type { GapReason, RealtimeEvents } from "./events.ts";
import { bridge, type Hold, loadFor, newHold, widened } from "./hold.ts";
import type { Clock } from "./io.ts";
import { Positions } from "./positions.ts";
import { loadSnapshot, type Snapshot } from "./snapshot.ts";

// Live events that wait for a snapshot. Above it the connection is given up and resumed, which asks for less.
const MOST_HELD = 5000;

/** From where a connection asked to resume. */
export interface Resume {
  lastSeq: number | null;
  epoch: string | null;
}

export interface StreamParts {
  api: Api;
  clock: Clock;
  random: () => number;
  emitter: Emitter<RealtimeEvents>;
  /** Answer a page of a replay. */
  acknowledge(to: number): void;
  /** What arrives cannot be complete: connect again and resume from the positions. */
  fault(): void;
}

/**
 * Turns whatever arrives, over a socket or from a poll, into every event of the wanted channels once and in order, or
 * an explicit gap.
 */
export class Stream {
  /** The channels that are wanted, of both kinds. */
  readonly channels = new Set<string>();
  readonly #parts: StreamParts;
  readonly #positions = new Positions();
  readonly #replaying = new Set<string>();
  #hold: Hold | null = null;
  /** Since contact was lost. */
  #missed: { from: number; count: number } | null = null;
  /** The epoch of the socket's log; the positions take it over when they mean something in it. */
  #epoch: string | null = null;
  /** Where a hole was met: a second time at the same place, and resuming does not help. */
  #hole = "";
  readonly #broken = new Set<string>();

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  get resume(): Resume {
    return { lastSeq: this.#positions.lowest(), epoch: this.#positions.epoch };
  }

  get eventChannels(): string[] {
    return [...this.channels].filter((channel) => !isStateChannel(channel));
  }

  forget(channel: string): void {
    this.channels.delete(channel);
    this.#positions.forget(channel);
    this.#replaying.delete(channel);
    this.#hold?.channels.delete(channel);
  }

  /** Contact was lost: what comes once it is found again was missed. */
  lost(): void {
    this.#release();
    this.#replaying.clear();
    const from = this.#positions.lowest();
    if (from !== null) this.#missed ??= { from, count: 0 };
  }

  /** A socket was let in. `asked` is what its URL said. */
  connected(data: ConnectedData, asked: Resume): void {
    this.#release();
    this.#epoch = data.epoch;
    // A poll may have moved the positions into a newer log since this socket was asked for.
    const sameLog = data.epoch === this.#positions.epoch;
    const unknown: string[] = [];
    for (const channel of this.eventChannels) {
      const status = data.channels[channel];
      if (status?.recovered === true && sameLog && !this.#broken.has(channel)) {
        if (this.#positions.get(channel) === undefined) this.#positions.set(channel, asked.lastSeq ?? data.server_seq);
        this.#replaying.add(channel);
      } else if (status !== undefined) {
        unknown.push(channel);
      }
    }
    const hole = unknown.some((channel) => this.#broken.has(channel));
    if (unknown.length > 0) this.#resync(unknown, data.reason ?? (hole ? "hole" : null));
    else this.#positions.epoch ??= data.epoch;
  }

  /** `subscribe` was answered: the new channels are complete from there on. */
  acked({ data }: Ack): void {
    for (const channel of data.channels) {
      const isNew = this.channels.has(channel) && this.#positions.get(channel) === undefined;
      if (isNew && data.from !== null && !isStateChannel(channel) && !this.#isHeld(channel)) {
        this.#positions.set(channel, data.from);
      }
    }
  }

  event(event: Sequenced): void {
    this.#take([event]);
  }

  missedEvents({ data }: MissedEvents): void {
    const channels = data.channels.filter((channel) => this.channels.has(channel) && !this.#isHeld(channel));
    const behind = channels.find((channel) => (this.#positions.get(channel) ?? data.from) < data.from);
    if (behind !== undefined) {
      this.#foundHole(behind);
      return;
    }
    if (!this.#take(data.events)) return;
    for (const channel of channels) this.#positions.lift(channel, data.to);
    if (data.has_more) {
      this.#parts.acknowledge(data.to);
      return;
    }
    for (const channel of data.channels) this.#replaying.delete(channel);
    this.#settle();
  }

  gap({ data }: Gap): void {
    const channels = data.channels.filter((channel) => this.channels.has(channel));
    for (const channel of channels) this.#replaying.delete(channel);
    if (channels.length > 0) this.#resync(channels, data.reason);
  }

  /** Everything of a channel that caught up was sent before its heartbeat: lift it, or see that something is missing. */
  heartbeat({ seq, data }: Heartbeat): void {
    for (const channel of this.eventChannels) {
      const position = this.#positions.get(channel);
      if (position === undefined || this.#replaying.has(channel) || this.#isHeld(channel)) continue;
      if ((data.heads[channel] ?? 0) > position) {
        this.#foundHole(channel);
        return;
      }
      this.#positions.lift(channel, seq);
    }
  }

  /** A list of containers came by itself. */
  containersCame(): void {
    if (this.#hold !== null) this.#hold.containersCame = true;
  }

  /** Take a page that was polled with `resume`. Returns why it does not follow what was seen: then `restore`. */
  page(page: EventsPage): GapReason | null {
    if (page.epoch !== this.#positions.epoch) return "epoch_changed";
    if (this.#handOn(page.events) !== null) return "hole";
    for (const channel of this.eventChannels) this.#positions.lift(channel, page.next);
    if (!page.has_more) this.#settle();
    return null;
  }

  /**
   * Load a snapshot while there is no socket: at first, or because of `reason`. Changes nothing once `signal` is aborted.
   *
   * Rejects with ApiError; the positions are then as they were.
   */
  async restore(reason: GapReason | null, signal: AbortSignal): Promise<void> {
    const hold = newHold(this.eventChannels, reason, null);
    const snapshot = await loadSnapshot(this.#parts.api, [...hold.channels], null, signal);
    if (!signal.aborted) this.#goOn(hold, snapshot);
  }

  #isHeld(channel: string): boolean {
    return this.#hold?.channels.has(channel) === true;
  }

  #take(events: readonly Sequenced[]): boolean {
    const hole = this.#handOn(events);
    if (hole !== null) this.#foundHole(hole);
    else if ((this.#hold?.events.length ?? 0) > MOST_HELD) this.#parts.fault();
    return hole === null;
  }

  /** Hand on what is new of `events`, up to the first before which something is missing; return that one's channel. */
  #handOn(events: readonly Sequenced[]): string | null {
    const fresh: AnyEvent[] = [];
    let hole: string | null = null;
    for (const event of events) {
      if (!this.channels.has(event.channel)) continue;
      if (this.#isHeld(event.channel)) {
        this.#hold?.events.push(event);
        continue;
      }
      const verdict = this.#positions.accept(event.channel, event.seq, event.prev);
      if (verdict === "hole") {
        hole = event.channel;
        break;
      }
      if (verdict === "new" && event.type !== "skip") fresh.push(event);
    }
    this.#countMissed(fresh);
    if (fresh.length > 0) {
      this.#parts.emitter.emit("events", { events: fresh, how: this.#missed === null ? "live" : "replayed" });
    }
    return hole;
  }

  /** Only what the timeline shows is "caught up": the rest is looked at where it happens. */
  #countMissed(events: readonly AnyEvent[]): void {
    if (this.#missed === null) return;
    this.#missed.count += events.filter(({ channel }) => isTimelineChannel(channel)).length;
  }

  #foundHole(channel: string): void {
    const hole = `${channel} ${this.#positions.get(channel)}`;
    if (this.#hole === hole) this.#broken.add(channel);
    this.#hole = hole;
    this.#parts.fault();
  }

  /** Say what was caught up, once nothing is missing any more. */
  #settle(): void {
    if (this.#replaying.size > 0 || this.#hold !== null) return;
    const missed = this.#missed;
    this.#missed = null;
    if (missed === null || missed.count === 0) return;
    this.#parts.emitter.emit("caught-up", { ...missed, to: this.#positions.lowest() ?? missed.from });
  }

  /** Hold the live events of `channels` until a snapshot has been loaded. */
  #resync(channels: readonly string[], reason: GapReason | null): void {
    const more = newHold(channels, reason, this.#epoch);
    const hold = this.#hold === null ? more : widened(this.#hold, more);
    this.#hold = hold;
    const onProblem = (problem: RealtimeEvents["load-failed"]) => this.#parts.emitter.emit("load-failed", problem);
    void loadFor(hold, this.#parts, onProblem).then((snapshot) => {
      if (snapshot === null) return;
      this.#hold = null;
      this.#goOn(hold, snapshot);
    });
  }

  #release(): void {
    this.#hold?.abort.abort();
    this.#hold = null;
  }

  /** Go on from a snapshot: say what is missing before it, hand on its past, then what was held. */
  #goOn(hold: Hold, snapshot: Snapshot): void {
    const { emitter } = this.#parts;
    const before = new Map<string, number>();
    for (const channel of hold.channels) {
      const position = this.#positions.get(channel);
      if (position !== undefined) before.set(channel, position);
      this.#positions.set(channel, snapshot.to);
      this.#broken.delete(channel);
    }
    const epoch = this.#positions.epoch;
    const replaced = hold.reason === "ahead" || (epoch !== null && epoch !== snapshot.epoch);
    this.#positions.epoch = snapshot.epoch;
    this.#hole = "";

    const { gap, events } = bridge(hold, snapshot, before, replaced);
    if (!hold.containersCame) emitter.emit("containers", snapshot.containers);
    if (gap !== null) {
      // What came back from beyond a gap is history; the gap says that it is not all.
      this.#missed = null;
      emitter.emit("gap", gap);
    }
    this.#countMissed(events);
    const whole = before.size > 0 && gap === null;
    emitter.emit("events", { events, how: whole ? "replayed" : "history" });
    this.#take(hold.events);
    this.#settle();
  }
}
