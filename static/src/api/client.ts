import type {
  ContainerDetail,
  ContainersData,
  EventsPage,
  HealthAnswer,
  LogLine,
  MetricsData,
  MetricsHistory,
  OperationAnswer,
} from "../protocol/messages.gen.ts";
import type { Action, ActionOptions } from "../protocol/wire.ts";
import type { Clock } from "../realtime/io.ts";
import { errorFrom, isRecord } from "./errors.ts";
import { readNdjson } from "./ndjson.ts";
import { TimeLimit } from "./time-limit.ts";

const TIMEOUT_MS = 15_000;

export interface EventsQuery {
  /** Return events with a greater seq; without it from the oldest that is kept. */
  after?: number;
  /** The epoch that `after` belongs to: another one is an error with status 409. */
  epoch?: string;
  limit?: number;
  channels?: readonly string[];
  /** How long the server may wait for a first event, in seconds. */
  waitS?: number;
}

export interface LogOptions {
  /** How many of the newest lines to begin with. */
  tail?: number;
  /** Only lines after this time, RFC 3339. */
  since?: string;
  /** Stay, and yield lines as they are written. */
  follow?: boolean;
}

export interface CommandOptions {
  /** A ULID: the same one for every resend of this command. */
  key: string;
  /** How long the server may wait for the outcome, in seconds; afterwards it answers with the operation as it is. */
  waitS?: number;
}

export interface ApiIo {
  fetch(url: string, init: RequestInit): Promise<Response>;
  clock: Clock;
}

type Query = Record<string, string | number | boolean | readonly string[] | undefined>;

/** The server's REST. Every method rejects with `ApiError`, or with the signal's reason when it is aborted. */
export class Api {
  readonly #io: ApiIo;

  constructor(io: ApiIo) {
    this.#io = io;
  }

  containers(signal?: AbortSignal): Promise<ContainersData> {
    return this.#get("/api/v1/containers", {}, signal);
  }

  container(id: string, signal?: AbortSignal): Promise<ContainerDetail> {
    return this.#get(`/api/v1/containers/${encodeURIComponent(id)}`, {}, signal);
  }

  metrics(signal?: AbortSignal): Promise<MetricsData> {
    return this.#get("/api/v1/metrics", {}, signal);
  }

  metricsHistory(signal?: AbortSignal): Promise<MetricsHistory> {
    return this.#get("/api/v1/metrics/history", {}, signal);
  }

  health(signal?: AbortSignal): Promise<HealthAnswer> {
    return this.#get("/health", {}, signal);
  }

  events({ after, epoch, limit, channels, waitS }: EventsQuery, signal?: AbortSignal): Promise<EventsPage> {
    const query = { after, epoch, limit, channel: channels, wait: waitS };
    return this.#get("/api/v1/events", query, signal, (waitS ?? 0) * 1000 + TIMEOUT_MS);
  }

  act(
    id: string,
    action: Action,
    options: ActionOptions,
    { key, waitS }: CommandOptions,
    signal?: AbortSignal,
  ): Promise<OperationAnswer> {
    const init = {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": key },
      body: JSON.stringify(options),
    };
    const url = address(`/api/v1/containers/${encodeURIComponent(id)}/${action}`, { wait: waitS });
    return this.#json(url, init, signal, (waitS ?? 0) * 1000 + TIMEOUT_MS);
  }

  /**
   * Yield a container's log lines, oldest first. Abort `signal` to end a followed log: it ends without an error.
   *
   * An error that the server meets midway is thrown when it is reached, after the lines before it.
   */
  async *logs(id: string, options: LogOptions = {}, signal?: AbortSignal): AsyncGenerator<LogLine, void, undefined> {
    const url = address(`/api/v1/containers/${encodeURIComponent(id)}/logs`, { ...options });
    const limit = new TimeLimit(this.#io.clock, signal, TIMEOUT_MS);
    try {
      const response = await this.#io.fetch(url, { signal: limit.signal });
      if (!response.ok) throw errorFrom(await bodyOf(response), response.status);
      limit.lift();
      if (response.body === null) return;
      for await (const line of readNdjson(response.body)) {
        if (isRecord(line) && "error" in line) throw errorFrom(line, response.status);
        yield line as LogLine;
      }
    } catch (error) {
      if (signal?.aborted === true) return;
      throw limit.explain(error);
    } finally {
      limit.end();
    }
  }

  #get<T>(path: string, query: Query, signal?: AbortSignal, timeoutMs = TIMEOUT_MS): Promise<T> {
    return this.#json(address(path, query), {}, signal, timeoutMs);
  }

  /** The time limit covers the body too: a proxy may send the head and then stall. */
  async #json<T>(url: string, init: RequestInit, signal: AbortSignal | undefined, timeoutMs: number): Promise<T> {
    const limit = new TimeLimit(this.#io.clock, signal, timeoutMs);
    try {
      const response = await this.#io.fetch(url, { ...init, signal: limit.signal });
      const body = await bodyOf(response);
      if (!response.ok || body === undefined) throw errorFrom(body, response.status);
      return body as T;
    } catch (error) {
      throw limit.explain(error);
    } finally {
      limit.end();
    }
  }
}

/** The JSON of a body, or undefined for something else: a proxy's page, for one. */
async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function address(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}
