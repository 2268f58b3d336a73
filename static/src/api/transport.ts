import type { Clock } from "../realtime/io.ts";
import { wait } from "../realtime/wait.ts";
import { ApiError, errorFrom } from "./errors.ts";
import { TimeLimit } from "./time-limit.ts";

export const TIMEOUT_MS = 15_000;
// A wait that hardly anybody notices; a longer one is for the caller to explain.
const MOST_WAIT_S = 5;
// A 401 may also be about what was sent, a wrong code for one.
const UNKNOWN: ReadonlySet<string> = new Set([
  "unauthenticated",
  "invalid_token",
  "token_expired",
  "token_revoked",
  "session_ended",
  "session_reused",
]);

export interface ApiIo {
  fetch(url: string, init: RequestInit): Promise<Response>;
  clock: Clock;
}

export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

export interface Wanted {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Query;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: object;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  /** Part of signing in itself: a refusal is the answer, and nobody is asked about it. */
  anonymous?: boolean;
}

/** Whoever knows what to do when the server does not take a request from the person at this page. */
export interface Authority {
  /**
   * The server does not know who asks. Resolves, possibly much later, with whether the same person is known again, so
   * that the request can be repeated. Never rejects.
   */
  unknown(error: ApiError): Promise<boolean>;
  /** The server knows who asks, and this person may not. */
  forbidden(error: ApiError): void;
}

/** Requests in the server's one format. Rejects with `ApiError`, or with the signal's reason when that is aborted. */
export class Transport {
  readonly #io: ApiIo;
  /** Null: what the server says stands. */
  authority: Authority | null = null;

  constructor(io: ApiIo) {
    this.#io = io;
  }

  /** Resolves with the JSON of the answer; undefined for an answer that has none by intent (204). */
  json<T>(path: string, wanted: Wanted = {}): Promise<T> {
    return this.#insist(wanted, async () => {
      // The time limit covers the body too: a proxy may send the head and then stall.
      const limit = this.#limit(wanted);
      try {
        const response = await this.#send(path, wanted, limit);
        const body = await bodyOf(response);
        if (!response.ok || (body === undefined && response.status !== 204)) throw failed(body, response);
        return body as T;
      } catch (error) {
        throw limit.explain(error);
      } finally {
        limit.end();
      }
    });
  }

  /** Resolves once the server has begun to answer. What follows has no time limit; `limit.end()` when it is read. */
  open(path: string, wanted: Wanted = {}): Promise<{ response: Response; limit: TimeLimit }> {
    return this.#insist(wanted, async () => {
      const limit = this.#limit(wanted);
      try {
        const response = await this.#send(path, wanted, limit);
        if (!response.ok) throw failed(await bodyOf(response), response);
        limit.lift();
        return { response, limit };
      } catch (error) {
        limit.end();
        throw limit.explain(error);
      }
    });
  }

  /** Whether the sender of what failed with `error` is known again, so that it may work now. May take very long. */
  async recover(error: ApiError, signal?: AbortSignal): Promise<boolean> {
    if (this.authority === null || !UNKNOWN.has(error.code)) return false;
    return unlessAborted(this.authority.unknown(error), signal);
  }

  #limit({ signal, timeoutMs = TIMEOUT_MS }: Wanted): TimeLimit {
    return new TimeLimit(this.#io.clock, signal, timeoutMs);
  }

  #send(path: string, { method, query = {}, headers, body }: Wanted, { signal }: TimeLimit): Promise<Response> {
    const init: RequestInit = { signal };
    if (method !== undefined) init.method = method;
    if (headers !== undefined || body !== undefined) {
      init.headers = { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers };
    }
    if (body !== undefined) init.body = JSON.stringify(body);
    return this.#io.fetch(address(path, query), init);
  }

  /** Once more where that can help. */
  async #insist<T>(wanted: Wanted, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ApiError) || !(await this.#mayRepeat(error, wanted))) throw error;
      return attempt();
    }
  }

  async #mayRepeat(error: ApiError, { method = "GET", signal, anonymous = false }: Wanted): Promise<boolean> {
    const { authority } = this;
    if (anonymous) return false;
    if (UNKNOWN.has(error.code) && authority !== null) return this.recover(error, signal);
    if (error.status === 403) authority?.forbidden(error);
    if (error.status !== 429 || method !== "GET" || error.retryAfterS === null) return false;
    if (error.retryAfterS > MOST_WAIT_S) return false;
    const never = new AbortController().signal;
    await wait(this.#io.clock, error.retryAfterS * 1000, signal ?? never);
    signal?.throwIfAborted();
    return true;
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort);
    void promise.then((value) => {
      signal.removeEventListener("abort", abort);
      resolve(value);
    });
  });
}

function failed(body: unknown, response: Response): ApiError {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return errorFrom(body, response.status, Number.isFinite(seconds) && seconds >= 0 ? seconds : null);
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
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}
