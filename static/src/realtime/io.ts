// Everything the client needs of the outside world, so that tests can be the world.

/** Takes back a timer or a listener; harmless when called again or too late. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since the Unix epoch. May jump: the machine sleeps, its clock is set. */
  now(): number;
  /** Call `action` once, `delayMs` from now or (hidden tabs, sleep) much later. */
  after(delayMs: number, action: () => void): Cancel;
}

/** What is needed of a WebSocket. */
export interface SocketLike {
  send(text: string): void;
  close(): void;
}

/** What a WebSocket tells. */
export interface SocketHandlers {
  message(data: unknown): void;
  /** Once; also when it did not open at all. */
  close(code: number, reason: string): void;
}

export interface RealtimeIo {
  clock: Clock;
  /** Open a WebSocket to an absolute ws:// or wss:// URL. */
  openSocket(url: string, handlers: SocketHandlers): SocketLike;
  /** A number in [0, 1). */
  random(): number;
  /** A new ULID. */
  newId(): string;
  /** Gets what a listener of the client throws; the stream goes on. */
  reportError(error: unknown): void;
  /** Where `online`, `offline` and `pageshow` are heard. */
  window: EventTarget;
  /** Where `visibilitychange` is heard. */
  document: EventTarget & { readonly visibilityState: string };
  /** The page's own address, as in `http://127.0.0.1:8100`. */
  origin: string;
}
