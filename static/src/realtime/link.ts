import type { ConnectedData } from "../protocol/messages.gen.ts";
import type { AnyClientMessage, AnyServerMessage } from "../protocol/wire.ts";
import { Backoff, STEADY_MS } from "./backoff.ts";
import { closePolicy, type Stopped } from "./close-codes.ts";
import type { Cancel, RealtimeIo } from "./io.ts";
import { Socket } from "./socket.ts";
import { Watchdog } from "./watchdog.ts";

// A proxy that swallows the upgrade neither opens the socket nor closes it.
const OPEN_MS = 10_000;
const LOST = 1006;

export type LinkPhase = "idle" | "opening" | "up" | "waiting" | "stopped";

export interface LinkEvents {
  /** Where to connect to, asked anew for every attempt. */
  url(): string;
  up(data: ConnectedData): void;
  /** Everything but `connected`. */
  message(message: AnyServerMessage): void;
  /** The socket has ended or did not open; the next attempt is scheduled. */
  down(wasUp: boolean): void;
  /** The server does not take a message that was sent. */
  tooLarge(): void;
  stopped(stopped: Stopped): void;
  /** Get a new token, or reject. */
  refreshToken?(): Promise<void>;
  /** What has to be waited for before a socket is opened; null for nothing. Never rejects. */
  ready?(): Promise<void> | null;
}

/** Keeps one socket to the server: opens it, notices its end, and decides when to open the next one. */
export class Link {
  readonly #io: RealtimeIo;
  readonly #events: LinkEvents;
  readonly #backoff: Backoff;
  readonly #watchdog: Watchdog;
  #phase: LinkPhase = "idle";
  #socket: Socket | null = null;
  #timer: Cancel = () => undefined;
  #listeners: Cancel[] = [];
  /** The earliest time at which the server wants to hear of us again. */
  #notBefore = 0;
  #upSince = 0;
  #refreshed = false;
  #lastWords: string | null = null;
  /** Attempts since the socket was lost, the one that is due or under way included. */
  attempt = 0;
  /** How many attempts failed since the last one that did not. */
  failedOpens = 0;
  /** When the next attempt is due. */
  retryAt = 0;

  constructor(io: RealtimeIo, events: LinkEvents) {
    this.#io = io;
    this.#events = events;
    this.#backoff = new Backoff(io.random);
    this.#watchdog = new Watchdog(io.clock, {
      ping: () => this.send({ type: "ping" }),
      onDead: () => this.drop(),
    });
  }

  get phase(): LinkPhase {
    return this.#phase;
  }

  /** Open a socket now, unless there is one or one is being opened. */
  connect(): void {
    if (this.#phase === "opening" || this.#phase === "up") return;
    this.#listen();
    this.#open();
  }

  /** End the socket and open no other. */
  disconnect(stopped: Stopped): void {
    this.#discard();
    for (const cancel of this.#listeners.splice(0)) cancel();
    this.#phase = "stopped";
    this.#events.stopped(stopped);
  }

  /** End a socket that cannot be trusted, and open the next one after a short wait. */
  drop(): void {
    if (this.#socket !== null) this.#lost(LOST, "");
  }

  send(message: AnyClientMessage): void {
    this.#socket?.send(message);
  }

  #open(): void {
    this.#timer();
    this.#phase = "opening";
    this.#lastWords = null;
    this.#timer = this.#io.clock.after(OPEN_MS, () => this.#lost(LOST, ""));
    const ready = this.#events.ready?.() ?? null;
    if (ready === null) this.#dial();
    // By then this may have been given up, or begun anew and done.
    else void ready.then(() => this.#phase === "opening" && this.#socket === null && this.#dial());
  }

  #dial(): void {
    this.#socket = new Socket(this.#io, this.#events.url(), {
      message: (message) => this.#heard(message),
      garbled: () => this.drop(),
      closed: (code, reason) => this.#lost(code, reason),
    });
  }

  #heard(message: AnyServerMessage): void {
    this.#watchdog.heard();
    if (message.type === "error" && message.id === null) this.#lastWords = message.data.message;
    if (this.#phase === "up") {
      this.#events.message(message);
      return;
    }
    // Before `connected` nothing has a meaning: what a position is compared with is not known yet.
    if (message.type !== "connected") return;
    this.#timer();
    this.#phase = "up";
    this.#upSince = this.#io.clock.now();
    this.attempt = 0;
    this.failedOpens = 0;
    this.#watchdog.start(message.data.heartbeat_s);
    this.#events.up(message.data);
  }

  #lost(code: number, reason: string): void {
    const wasUp = this.#phase === "up";
    const heldMs = wasUp ? this.#io.clock.now() - this.#upSince : 0;
    this.#discard();
    this.#backoff.held(heldMs);
    if (heldMs >= STEADY_MS) this.#refreshed = false;
    if (!wasUp) this.failedOpens += 1;
    const policy = closePolicy(code, reason, this.#lastWords);
    if (policy.kind === "stop") {
      this.disconnect(policy.stopped);
    } else if (policy.kind === "refresh") {
      void this.#refresh(wasUp, code);
    } else {
      if (policy.dropCommand) this.#events.tooLarge();
      const { leastMs, spreadMs } = policy;
      this.#wait(leastMs, spreadMs === undefined ? this.#backoff.next() : this.#io.random() * spreadMs, wasUp);
    }
  }

  #wait(leastMs: number, waitMs: number, wasUp: boolean): void {
    const now = this.#io.clock.now();
    this.#phase = "waiting";
    this.attempt += 1;
    this.#notBefore = now + leastMs;
    // The least wait is the server's and the same for all; the random part on top keeps them from coming together.
    this.retryAt = now + leastMs + waitMs;
    this.#timer = this.#io.clock.after(leastMs + waitMs, () => this.#open());
    this.#events.down(wasUp);
  }

  /** Once: a token that is refused right after it was got will be refused again, for ever. */
  async #refresh(wasUp: boolean, code: number): Promise<void> {
    const stopped: Stopped = { code, reason: "token_expired", message: "Your sign-in has expired. Sign in again." };
    const refreshToken = this.#events.refreshToken;
    if (this.#refreshed || refreshToken === undefined) {
      this.disconnect(stopped);
      return;
    }
    this.#refreshed = true;
    this.#wait(0, OPEN_MS, wasUp);
    try {
      await refreshToken();
      this.connect();
    } catch {
      if (this.#phase === "waiting") this.disconnect(stopped);
    }
  }

  #discard(): void {
    this.#timer();
    this.#watchdog.stop();
    this.#socket?.drop();
    this.#socket = null;
  }

  #listen(): void {
    if (this.#listeners.length > 0) return;
    const { window, document } = this.#io;
    const on = (target: EventTarget, type: string, listener: () => void) => {
      target.addEventListener(type, listener);
      this.#listeners.push(() => target.removeEventListener(type, listener));
    };
    on(window, "online", () => this.#wake());
    on(window, "pageshow", () => this.#wake());
    on(window, "offline", () => this.#watchdog.probe());
    on(document, "visibilitychange", () => {
      if (document.visibilityState === "visible") this.#wake();
    });
  }

  /** The network or the person is back: is the socket still alive, and if there is none, why wait? */
  #wake(): void {
    if (this.#phase === "up") this.#watchdog.probe();
    else if (this.#phase === "waiting" && this.#io.clock.now() >= this.#notBefore) this.#open();
  }
}
