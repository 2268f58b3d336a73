import type { ContainersData, MetricsData, OperationView } from "../../protocol/messages.gen.ts";
import type { Sequenced } from "../../protocol/wire.ts";
import type { Clock, SocketHandlers, SocketLike } from "../io.ts";
import { FakeLog } from "./fake-log.ts";
import { FakeSocket, type ServerLimits } from "./fake-socket.ts";
import { containersData, metricsData, operationView } from "./messages.ts";

interface Waiting {
  finish: () => void;
}

/** A server to be scripted: what it lets in, what it loses, when it is gone. It keeps the rules of docs/protocol.md. */
export class FakeServer {
  readonly log = new FakeLog();
  readonly limits: ServerLimits = { replayEvents: 5000, pageEvents: 500 };
  readonly sockets: FakeSocket[] = [];
  readonly requests: { method: string; url: URL; key: string | null }[] = [];
  /** What an upgrade meets. `swallow`: neither an answer nor an end. */
  upgrade: "admit" | "refuse" | "swallow" | "hold" = "admit";
  /** What REST does. `hang`: never answers. `late`: answers how things are now, when `deliver` is called. */
  rest: "up" | "down" | "hang" | "late" = "up";
  containers: ContainersData = containersData();
  metrics: MetricsData = metricsData();
  /** How a container-action over REST ends; by key, so that a resend finds the same. */
  readonly operations = new Map<string, OperationView>();
  actionEnds: OperationView["state"] = "confirmed";
  refuseActions: { status: number; code: string; message: string } | null = null;
  readonly #clock: Clock;
  #late: (() => void)[] = [];
  readonly #waiting = new Set<Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }

  readonly openSocket = (url: string, handlers: SocketHandlers): SocketLike => {
    const socket = new FakeSocket(url, handlers, this.log, this.limits);
    this.sockets.push(socket);
    const { upgrade } = this;
    const id = `connection-${this.sockets.length}`;
    // An answer never comes before the constructor has returned.
    queueMicrotask(() => {
      if (upgrade === "admit") socket.admit(id);
      else if (upgrade === "refuse") socket.end(1006);
    });
    return socket;
  };

  /** Something happens: it is in the log, then on every socket, then in every poll that waits. */
  happens(channel = "system"): Sequenced {
    return this.#publish(this.log.append(channel));
  }

  happensHidden(channel = "system"): Sequenced {
    return this.#publish(this.log.appendHidden(channel));
  }

  /** Something happens, and a fault of the server keeps it from its sockets. */
  happensUnsent(channel = "system"): Sequenced {
    return this.log.append(channel);
  }

  readonly fetch = async (target: string, init: RequestInit): Promise<Response> => {
    const url = new URL(target, "http://ship.example");
    const method = init.method ?? "GET";
    const key = new Headers(init.headers).get("Idempotency-Key");
    this.requests.push({ method, url, key });
    await Promise.resolve();
    if (this.rest === "down") throw new TypeError("fetch failed");
    if (this.rest === "hang") return this.#never(init.signal);
    const answer = await this.#answer(url, method, key, init.signal ?? null);
    if (this.rest === "late") await new Promise<void>((resolve) => this.#late.push(resolve));
    return answer;
  };

  /** Bring the answers that are under way. */
  deliver(): void {
    for (const arrive of this.#late.splice(0)) arrive();
  }

  #answer(url: URL, method: string, key: string | null, signal: AbortSignal | null): Response | Promise<Response> {
    if (method === "POST") return this.#act(key ?? "");
    switch (url.pathname) {
      case "/api/v1/containers":
        return json({ ...this.containers, as_of_seq: this.log.head });
      case "/api/v1/metrics":
        return json(this.metrics);
      case "/api/v1/events":
        return this.#events(url.searchParams, signal);
      default:
        return failure(404, "not_found", `There is no ${url.pathname}.`);
    }
  }

  #publish(event: Sequenced): Sequenced {
    for (const socket of this.sockets) if (socket.attached) socket.publish(event);
    for (const waiting of [...this.#waiting]) waiting.finish();
    return event;
  }

  async #events(query: URLSearchParams, signal: AbortSignal | null): Promise<Response> {
    const after = Number(query.get("after") ?? this.log.floor);
    const epoch = query.get("epoch");
    if (epoch !== null && epoch !== this.log.epoch) return failure(409, "epoch_changed", "Another history.");
    if (after > this.log.head) return failure(409, "ahead", "Nothing yet.");
    if (after < this.log.floor) return failure(410, "gap", "That is no longer kept.");
    const read = () => this.log.read(after, Number(query.get("limit")), query.getAll("channel"));
    const waitS = Number(query.get("wait") ?? 0);
    if (read().events.length === 0 && waitS > 0) await this.#wait(waitS, signal);
    return json(read());
  }

  #wait(waitS: number, signal: AbortSignal | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = {
        finish: () => {
          cancel();
          this.#waiting.delete(waiting);
          resolve();
        },
      };
      const cancel = this.#clock.after(waitS * 1000, waiting.finish);
      this.#waiting.add(waiting);
      signal?.addEventListener("abort", () => {
        cancel();
        this.#waiting.delete(waiting);
        reject(new DOMException("aborted", "AbortError"));
      });
    });
  }

  #never(signal: AbortSignal | null | undefined): Promise<Response> {
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    });
  }

  #act(key: string): Response {
    if (this.refuseActions !== null) {
      return failure(this.refuseActions.status, this.refuseActions.code, this.refuseActions.message);
    }
    const known = this.operations.get(key);
    const operation = known ?? operationView({ id: `operation-${this.operations.size + 1}` });
    this.operations.set(key, { ...operation, state: this.actionEnds });
    return json({ operation: this.operations.get(key) });
  }
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}

export function failure(status: number, code: string, message: string): Response {
  return json({ error: { code, message, request_id: "request-1" } }, status);
}
