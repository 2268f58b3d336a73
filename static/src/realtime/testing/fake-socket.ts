import type { ConnectedData } from "../../protocol/messages.gen.ts";
import { type AnyClientMessage, type AnyServerMessage, isStateChannel, type Sequenced } from "../../protocol/wire.ts";
import type { SocketHandlers, SocketLike } from "../io.ts";
import type { FakeLog } from "./fake-log.ts";
import { TIMESTAMP } from "./messages.ts";

export const HEARTBEAT_S = 30;

export interface ServerLimits {
  /** Above it a replay is refused as `too_many`. */
  replayEvents: number;
  pageEvents: number;
}

/** The server's end of one socket, and the wire between: what is sent while it is `stalled` arrives later, or never. */
export class FakeSocket implements SocketLike {
  readonly url: URL;
  readonly received: AnyClientMessage[] = [];
  readonly channels = new Set<string>();
  stalled = false;
  /** Whether the server believes that this socket is there. */
  attached = false;
  closedByClient = false;
  readonly #handlers: SocketHandlers;
  readonly #log: FakeLog;
  readonly #limits: ServerLimits;
  #wire: (() => void)[] = [];
  #held: Sequenced[] | null = null;
  #replay: { position: number; barrier: number; channels: string[] } | null = null;

  constructor(url: string, handlers: SocketHandlers, log: FakeLog, limits: ServerLimits) {
    this.url = new URL(url);
    this.#handlers = handlers;
    this.#log = log;
    this.#limits = limits;
  }

  // The client's end.

  send(text: string): void {
    if (this.stalled) return;
    const message = JSON.parse(text) as AnyClientMessage;
    this.received.push(message);
    if (message.type === "replay-ack" && message.data.to === this.#replay?.position) this.#nextPage();
  }

  close(): void {
    this.closedByClient = true;
  }

  // The server's end.

  /** Send a message, or anything else that fits through a socket. */
  say(message: AnyServerMessage | string | ArrayBuffer): void {
    const data = typeof message === "string" || message instanceof ArrayBuffer ? message : JSON.stringify(message);
    this.#deliver(() => this.#handlers.message(data));
  }

  /** End the socket. A code of 1006 is what a browser reports when nothing was said. */
  end(code: number, reason = ""): void {
    this.attached = false;
    this.#deliver(() => this.#handlers.close(code, reason));
  }

  /** The wire works again: what was under way arrives. */
  unstall(): void {
    this.stalled = false;
    for (const arrive of this.#wire.splice(0)) arrive();
  }

  /** Let the client in, resume it, and be live. */
  admit(connectionId: string, fields: Partial<ConnectedData> = {}): void {
    const query = this.url.searchParams;
    for (const channel of query.get("channels")?.split(",") ?? []) this.channels.add(channel);
    const events = [...this.channels].filter((channel) => !isStateChannel(channel));
    const asked = query.get("last_seq");
    const after = asked === null ? null : Number(asked);
    const barrier = this.#log.head;
    const reason = after === null ? null : this.#refusal(after, query.get("epoch"), events);
    const recovered = after === null ? null : reason === null;
    this.attached = true;
    this.say({
      type: "connected",
      timestamp: TIMESTAMP,
      data: {
        connection_id: connectionId,
        epoch: this.#log.epoch,
        server_seq: barrier,
        floor_seq: this.#log.floor,
        recovered,
        reason,
        channels: Object.fromEntries(
          [...this.channels].map((channel) => [channel, { recovered: isStateChannel(channel) ? null : recovered }]),
        ),
        heartbeat_s: HEARTBEAT_S,
        previous_close: null,
        token_expires_at: null,
        ...fields,
      },
    });
    if (recovered !== true || after === null) return;
    this.#held = [];
    this.#replay = { position: after, barrier, channels: events };
    this.#nextPage();
  }

  publish(event: Sequenced): void {
    if (!this.channels.has(event.channel)) return;
    if (this.#held !== null) this.#held.push(event);
    else this.say(event);
  }

  heartbeat(): void {
    const events = [...this.channels].filter((channel) => !isStateChannel(channel));
    const heads = Object.fromEntries(events.map((channel) => [channel, this.#log.headOf(channel)]));
    this.say({ type: "heartbeat", timestamp: TIMESTAMP, seq: this.#log.head, data: { heads } });
  }

  #refusal(after: number, epoch: string | null, channels: readonly string[]): ConnectedData["reason"] {
    if (epoch !== this.#log.epoch) return "epoch_changed";
    if (after > this.#log.head) return "ahead";
    if (after < this.#log.floor) return "expired";
    return this.#log.read(after, this.#limits.replayEvents, channels).has_more ? "too_many" : null;
  }

  #nextPage(): void {
    const replay = this.#replay;
    if (replay === null) return;
    const page = this.#log.read(replay.position, this.#limits.pageEvents, replay.channels);
    const events = page.events.filter(({ seq }) => seq <= replay.barrier);
    const has_more = page.has_more && (events.at(-1)?.seq ?? replay.barrier) < replay.barrier;
    const from = replay.position;
    const to = has_more ? page.next : replay.barrier;
    replay.position = to;
    this.say({
      type: "missed_events",
      timestamp: TIMESTAMP,
      data: { channels: replay.channels, from, to, events, has_more },
    });
    if (has_more) return;
    this.#replay = null;
    for (const event of this.#held?.splice(0) ?? []) this.say(event);
    this.#held = null;
  }

  #deliver(arrive: () => void): void {
    if (this.stalled) this.#wire.push(arrive);
    else arrive();
  }
}
