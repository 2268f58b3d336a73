import type { AnyClientMessage, AnyServerMessage } from "../protocol/wire.ts";
import type { RealtimeIo, SocketLike } from "./io.ts";
import type { Resume } from "./stream.ts";

export interface SocketEvents {
  message(message: AnyServerMessage): void;
  /** A frame that is no message: what it said is lost. */
  garbled(): void;
  closed(code: number, reason: string): void;
}

/**
 * One socket, from its opening to its end. After `drop` it is deaf and mute: a frame that a half-open old socket still
 * brings must not be taken for one of its successor.
 */
export class Socket {
  readonly #socket: SocketLike;
  #open = true;

  constructor(io: RealtimeIo, url: string, events: SocketEvents) {
    this.#socket = io.openSocket(url, {
      message: (data) => {
        if (!this.#open) return;
        const message = decode(data);
        if (message === null) events.garbled();
        else events.message(message);
      },
      close: (code, reason) => {
        if (!this.#open) return;
        this.#open = false;
        events.closed(code, reason);
      },
    });
  }

  send(message: AnyClientMessage): void {
    if (this.#open) this.#socket.send(JSON.stringify(message));
  }

  /** Be done with it. A browser may take a minute to close a dead link; nobody waits for that. */
  drop(): void {
    this.#open = false;
    this.#socket.close();
  }
}

/** The address of the socket for these channels, as a continuation of `previous` (a connection id) from `resume`. */
export function socketUrl(origin: string, channels: Iterable<string>, resume: Resume, previous: string | null): string {
  const url = new URL("/ws", origin);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.searchParams.set("channels", [...channels].join(","));
  if (resume.lastSeq !== null && resume.epoch !== null) {
    url.searchParams.set("last_seq", String(resume.lastSeq));
    url.searchParams.set("epoch", resume.epoch);
  }
  if (previous !== null) url.searchParams.set("previous", previous);
  return url.href;
}

/** A server may know more types than this page: any message has a `type`, and what has a place in the order is an event. */
function decode(data: unknown): AnyServerMessage | null {
  if (typeof data !== "string") return null;
  try {
    const value: unknown = JSON.parse(data);
    const isMessage = typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
    return isMessage ? (value as AnyServerMessage) : null;
  } catch {
    return null;
  }
}
