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
import { ApiError, errorFrom, isRecord } from "./errors.ts";
import { IdentityApi } from "./identity.ts";
import { readNdjson } from "./ndjson.ts";
import { SessionsApi } from "./sessions.ts";
import type { TimeLimit } from "./time-limit.ts";
import { type ApiIo, type Authority, type Query, TIMEOUT_MS, Transport } from "./transport.ts";

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

/** The server's REST. Every method rejects with `ApiError`, or with the signal's reason when it is aborted. */
export class Api {
  readonly #transport: Transport;
  /** Who is here, and what they may: signing in, accounts, tokens, the audit trail. */
  readonly identity: IdentityApi;
  /** The assistant's sessions, and what its agents ask leave for. */
  readonly sessions: SessionsApi;

  constructor(io: ApiIo) {
    this.#transport = new Transport(io);
    this.identity = new IdentityApi(this.#transport);
    this.sessions = new SessionsApi(this.#transport);
  }

  /** From now on `authority` is asked about what the server does not take from this person. */
  obey(authority: Authority): void {
    this.#transport.authority = authority;
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
    return this.#transport.json(`/api/v1/containers/${encodeURIComponent(id)}/${action}`, {
      method: "POST",
      headers: { "Idempotency-Key": key },
      body: options,
      query: { wait: waitS },
      timeoutMs: (waitS ?? 0) * 1000 + TIMEOUT_MS,
      signal,
    });
  }

  /**
   * Yield a container's log lines, oldest first. Abort `signal` to end a followed log: it ends without an error.
   *
   * An error that the server meets midway is thrown when it is reached, after the lines before it.
   */
  async *logs(id: string, options: LogOptions = {}, signal?: AbortSignal): AsyncGenerator<LogLine, void, undefined> {
    const path = `/api/v1/containers/${encodeURIComponent(id)}/logs`;
    let limit: TimeLimit | null = null;
    try {
      const opened = await this.#transport.open(path, { query: { ...options }, signal });
      limit = opened.limit;
      const { body, status } = opened.response;
      if (body === null) return;
      for await (const line of readNdjson(body)) {
        if (isRecord(line) && "error" in line) throw errorFrom(line, status);
        yield line as LogLine;
      }
    } catch (error) {
      if (signal?.aborted === true) return;
      throw limit?.explain(error) ?? error;
    } finally {
      limit?.end();
    }
  }

  /**
   * Resolves with whether a stream that ended with `error` may be opened again: its token had run out, and the person is
   * known again; or what the person may see has changed meanwhile. Waits for a sign-in where one is needed.
   */
  async mayReopen(error: unknown, signal: AbortSignal): Promise<boolean> {
    if (!(error instanceof ApiError) || signal.aborted) return false;
    // Only the last line of a stream that was opened bears an error with this status.
    if (error.code === "too_busy" && error.status === 200) return true;
    return this.#transport.recover(error, signal).catch(() => false);
  }

  #get<T>(path: string, query: Query, signal?: AbortSignal, timeoutMs = TIMEOUT_MS): Promise<T> {
    return this.#transport.json(path, { query, signal, timeoutMs });
  }
}
