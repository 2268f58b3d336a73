import type { Api } from "../api/index.ts";
import type { ConnectedData, ContainerAckData, ContainerActionData } from "../protocol/messages.gen.ts";
import type { AnyServerMessage } from "../protocol/wire.ts";
import type { Stopped } from "./close-codes.ts";
import type { Asked } from "./command-kinds.ts";
import { CommandError, Commands } from "./commands.ts";
import { Contact } from "./contact.ts";
import { Emitter } from "./emitter.ts";
import type { ConnectionState, RealtimeEvents } from "./events.ts";
import type { Cancel, RealtimeIo } from "./io.ts";
import { Link } from "./link.ts";
import { LongPoll } from "./long-poll.ts";
import type { Question, Realtime } from "./realtime.ts";
import { socketUrl } from "./socket.ts";
import { type Resume, Stream } from "./stream.ts";

const FAILED_OPENS_BEFORE_POLLING = 2;
// What the server itself tells. With it there is always a position to resume from.
const ALWAYS = "system";
const DISCONNECTED: Stopped = { code: 0, reason: "disconnected", message: "Disconnected." };

export interface RealtimeOptions {
  channels: readonly string[];
  /** Get a new token after close 4001. Without it, or when it rejects, the client stops and says so. */
  refreshToken?: () => Promise<void>;
  /** What the next socket has to wait for, a token that is being renewed for one; null for nothing. Never rejects. */
  ready?: () => Promise<void> | null;
}

/** One lasting connection to the server, by whatever works: a socket, its successor, polling until there is one again. */
export class RealtimeClient implements Realtime {
  readonly #io: RealtimeIo;
  readonly #emitter: Emitter<RealtimeEvents>;
  readonly #stream: Stream;
  readonly #commands: Commands;
  readonly #poll: LongPoll;
  readonly #link: Link;
  readonly #contact: Contact;
  #asked: Resume = { lastSeq: null, epoch: null };
  #connectionId: string | null = null;
  /** Channels that are wanted, and that this person may not hear. */
  readonly #denied = new Set<string>();

  constructor(io: RealtimeIo, api: Api, options: RealtimeOptions) {
    this.#io = io;
    this.#contact = new Contact(io.clock);
    this.#emitter = new Emitter(io.reportError);
    const parts = { api, clock: io.clock, random: io.random, emitter: this.#emitter };
    this.#stream = new Stream({
      ...parts,
      acknowledge: (to) => this.#link.send({ type: "replay-ack", data: { to } }),
      fault: () => this.#link.drop(),
    });
    for (const channel of [ALWAYS, ...options.channels]) this.#stream.channels.add(channel);
    this.#commands = new Commands({ api, clock: io.clock });
    this.#poll = new LongPoll({ ...parts, stream: this.#stream, onResult: (works) => this.#polled(works) });
    this.#link = new Link(io, {
      url: () => this.#url(),
      up: (data) => this.#up(data),
      message: (message) => this.#take(message),
      down: (wasUp) => this.#down(wasUp),
      tooLarge: () => this.#commands.tooLarge(),
      stopped: (stopped) => this.#stop(stopped),
      ...(options.refreshToken === undefined ? {} : { refreshToken: options.refreshToken }),
      ...(options.ready === undefined ? {} : { ready: options.ready }),
    });
  }

  get state(): ConnectionState {
    return this.#contact.state;
  }

  on<K extends keyof RealtimeEvents>(kind: K, listener: (value: RealtimeEvents[K]) => void): Cancel {
    return this.#emitter.on(kind, listener);
  }

  connect(): void {
    this.#contact.stopped = null;
    // What was denied may be allowed by now.
    for (const channel of this.#denied) this.#stream.channels.add(channel);
    this.#denied.clear();
    this.#link.connect();
    this.#tell();
  }

  disconnect(): void {
    this.#link.disconnect(DISCONNECTED);
  }

  subscribe(channels: readonly string[]): void {
    const fresh = channels.filter((channel) => !this.#stream.channels.has(channel));
    for (const channel of fresh) this.#stream.channels.add(channel);
    if (this.#link.phase === "up") this.#askFor(fresh);
  }

  unsubscribe(channels: readonly string[]): void {
    const [first, ...others] = channels.filter((channel) => channel !== ALWAYS && this.#stream.channels.has(channel));
    if (first === undefined) return;
    for (const channel of [first, ...others]) {
      this.#denied.delete(channel);
      this.#stream.forget(channel);
    }
    if (this.#link.phase === "up") {
      this.#link.send({ type: "unsubscribe", id: this.#io.newId(), data: { channels: [first, ...others] } });
    }
  }

  act(data: ContainerActionData): Promise<ContainerAckData> {
    return this.#perform("container-action", data, this.newId());
  }

  ask<K extends Question>(type: K, data: Asked[K]["data"], id: string): Promise<Asked[K]["outcome"]> {
    return this.#perform(type, data, id);
  }

  newId(): string {
    return this.#io.newId();
  }

  authorise(token: string): void {
    if (this.#link.phase !== "up") return;
    this.#link.send({ type: "refresh_token", id: this.#io.newId(), data: { token } });
  }

  #perform<K extends keyof Asked>(type: K, data: Asked[K]["data"], id: string): Promise<Asked[K]["outcome"]> {
    if (this.#contact.state.kind === "offline") {
      return Promise.reject(new CommandError("offline", "There is no connection to Pilothouse. Nothing was done."));
    }
    return this.#commands.perform(type, data, id);
  }

  #askFor([first, ...others]: readonly string[]): void {
    if (first === undefined) return;
    this.#link.send({ type: "subscribe", id: this.#io.newId(), data: { channels: [first, ...others] } });
  }

  #deny(channels: readonly string[]): void {
    for (const channel of channels) {
      this.#denied.add(channel);
      this.#stream.forget(channel);
    }
    this.#emitter.emit("denied", [...this.#denied]);
  }

  #url(): string {
    this.#asked = this.#stream.resume;
    return socketUrl(this.#io.origin, this.#stream.channels, this.#asked, this.#connectionId);
  }

  #up(data: ConnectedData): void {
    this.#contact.heard();
    this.#connectionId = data.connection_id;
    this.#poll.stop();
    this.#contact.pollWorks = null;
    const forbidden = Object.entries(data.channels).filter(([, status]) => status.forbidden === true);
    this.#deny(forbidden.map(([channel]) => channel));
    this.#stream.connected(data, this.#asked);
    // The stream may have found the socket to be of no use.
    if (this.#link.phase !== "up") return;
    // What was subscribed to while the socket was being opened is not in its address.
    this.#askFor([...this.#stream.channels].filter((channel) => !Object.hasOwn(data.channels, channel)));
    this.#tell();
    this.#commands.overSocket((message) => this.#link.send(message));
  }

  #take(message: AnyServerMessage): void {
    this.#contact.heard();
    switch (message.type) {
      case "missed_events":
        this.#stream.missedEvents(message);
        break;
      case "gap":
        this.#stream.gap(message);
        break;
      case "heartbeat":
        this.#stream.heartbeat(message);
        break;
      case "ack":
        this.#stream.acked(message);
        if (message.data.from !== null) {
          this.#emitter.emit("subscribed", { channels: message.data.channels, from: message.data.from });
        }
        break;
      case "metrics":
        this.#emitter.emit("metrics", message.data);
        break;
      case "containers":
        this.#stream.containersCame();
        this.#emitter.emit("containers", message.data);
        break;
      case "delta":
        if (this.#stream.channels.has(message.channel)) this.#emitter.emit("delta", message.data);
        break;
      case "container-ack":
      case "message-ack":
      case "command-ack":
      case "permission-ack":
        this.#commands.acked(message);
        break;
      case "error":
        if (!this.#commands.refused(message)) this.#emitter.emit("refused", message.data);
        break;
      case "unsubscribed":
        this.#deny(message.data.channels);
        break;
      case "connected":
      case "pong":
      case "token_refreshed":
        break;
      default:
        // Events, those that this page does not know yet included. A newer server may say more than that.
        if (typeof message.seq === "number" && typeof message.prev === "number") this.#stream.event(message);
    }
  }

  #down(wasUp: boolean): void {
    if (wasUp) {
      this.#stream.lost();
      this.#commands.nowhere();
    }
    if (this.#link.failedOpens >= FAILED_OPENS_BEFORE_POLLING) this.#poll.start();
    this.#tell();
  }

  #polled(works: boolean): void {
    if (works) {
      this.#contact.heard();
      this.#commands.overRest();
    } else {
      this.#stream.lost();
      this.#commands.nowhere();
    }
    this.#contact.pollWorks = works;
    this.#tell();
  }

  #stop(stopped: Stopped): void {
    this.#poll.stop();
    this.#contact.pollWorks = null;
    this.#stream.lost();
    this.#commands.nowhere();
    this.#commands.failAll("offline", stopped.message);
    this.#contact.stopped = stopped;
    this.#tell();
  }

  #tell(): void {
    if (this.#contact.look(this.#link)) this.#emitter.emit("state", this.#contact.state);
  }
}
