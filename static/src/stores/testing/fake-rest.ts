interface Answer {
  status?: number;
  body: unknown;
}

/** REST for tests: each path answers what it was told to, anything else 404. */
export class FakeRest {
  readonly requests: string[] = [];
  readonly #answers = new Map<string, Answer>();

  /** `what` is method and path, as in `GET /api/v1/containers`; the query does not matter. A text is sent as it is. */
  answer(what: string, answer: Answer): void {
    this.#answers.set(what, answer);
  }

  readonly fetch = async (target: string, init: RequestInit): Promise<Response> => {
    const what = `${init.method ?? "GET"} ${new URL(target, "http://ship.example").pathname}`;
    this.requests.push(what);
    const { status = 200, body } = this.#answers.get(what) ?? {
      status: 404,
      body: { error: { code: "not_found", message: `Nothing answers ${what}.`, request_id: "request-1" } },
    };
    return new Response(typeof body === "string" ? body : JSON.stringify(body), { status });
  };
}
