interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** REST for tests: each path answers what it was told to, anything else 404. */
export class FakeRest {
  readonly requests: string[] = [];
  /** What was sent, as JSON, with each of the `requests`; undefined for nothing. */
  readonly bodies: unknown[] = [];
  /** What stood behind the `?` of each of the `requests`. */
  readonly queries: Record<string, string>[] = [];
  /** Nobody answers at all. */
  down = false;
  readonly #answers = new Map<string, Answer>();
  readonly #firsts = new Map<string, Answer[]>();

  /** `what` is method and path, as in `GET /api/v1/containers`; the query does not matter. A text is sent as it is. */
  answer(what: string, answer: Answer): void {
    this.#answers.set(what, answer);
  }

  /** Answer the next request like this, and those after it as before. */
  answerOnce(what: string, answer: Answer): void {
    this.#firsts.set(what, [...(this.#firsts.get(what) ?? []), answer]);
  }

  refuse(what: string, status: number, code: string, headers: Record<string, string> = {}): void {
    this.answer(what, refusal(status, code, headers));
  }

  /** How often `what` was asked for. */
  count(what: string): number {
    return this.requests.filter((request) => request === what).length;
  }

  readonly fetch = async (target: string, init: RequestInit): Promise<Response> => {
    const url = new URL(target, "http://ship.example");
    const what = `${init.method ?? "GET"} ${url.pathname}`;
    this.requests.push(what);
    this.queries.push(Object.fromEntries(url.searchParams));
    this.bodies.push(typeof init.body === "string" ? JSON.parse(init.body) : undefined);
    if (this.down) throw new TypeError("fetch failed");
    const missing = {
      status: 404,
      body: { error: { code: "not_found", message: `Nothing answers ${what}.`, request_id: "request-1" } },
    };
    const {
      status = 200,
      headers = {},
      body,
    }: Answer = this.#firsts.get(what)?.shift() ?? this.#answers.get(what) ?? missing;
    if (status === 204) return new Response(null, { status });
    return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });
  };
}

export function refusal(status: number, code: string, headers: Record<string, string> = {}): Answer {
  return { status, headers, body: { error: { code, message: `Refused: ${code}.`, request_id: "request-1" } } };
}
