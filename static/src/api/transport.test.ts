// @vitest-environment node
import { describe, expect, it } from "vitest";
import { FakeClock, settled } from "../realtime/testing/fake-clock.ts";
import { FakeRest, refusal } from "../stores/testing/fake-rest.ts";
import { Api } from "./client.ts";
import type { ApiError } from "./errors.ts";

const METRICS = "GET /api/v1/metrics";

function world() {
  const clock = new FakeClock();
  const rest = new FakeRest();
  return { clock, rest, api: new Api({ clock, fetch: rest.fetch }) };
}

/** Knows the person again, or not, once a test says so. */
class FakeAuthority {
  readonly asked: string[] = [];
  readonly forbade: string[] = [];
  known: (again: boolean) => void = () => undefined;

  unknown({ code }: ApiError): Promise<boolean> {
    this.asked.push(code);
    return new Promise((resolve) => {
      this.known = resolve;
    });
  }

  forbidden({ code }: ApiError): void {
    this.forbade.push(code);
  }
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "none",
    ({ code }) => code,
  );

describe("a request that is one too many", () => {
  it("is made again after the wait that the server asks for, when that is short and it only reads", async () => {
    const { api, rest, clock } = world();
    rest.answer(METRICS, { body: { hostname: "ship" } });
    rest.answerOnce(METRICS, refusal(429, "rate_limited", { "Retry-After": "2" }));
    const metrics = api.metrics();
    await clock.run(1999);
    expect(rest.count(METRICS)).toBe(1);
    await clock.run(1);
    expect(await metrics).toEqual({ hostname: "ship" });
    expect(clock.pending).toBe(0);
  });

  it.each([
    ["when the wait is long", "60"],
    ["when no wait is told", "soon"],
  ])("is refused %s", async (_, after) => {
    const { api, rest } = world();
    rest.refuse(METRICS, 429, "rate_limited", { "Retry-After": after });
    expect(await codeOf(api.metrics())).toBe("rate_limited");
    expect(rest.count(METRICS)).toBe(1);
  });

  it("says how long to wait", async () => {
    const { api, rest } = world();
    rest.refuse("POST /api/v1/auth/sign-in", 429, "rate_limited", { "Retry-After": "3" });
    const error = await api.identity.signIn({ name: "ann", password: "x" }).catch((reason) => reason);
    expect(error).toMatchObject({ retryAfterS: 3, temporary: true });
  });

  it("is not made again by itself when it changes something", async () => {
    const { api, rest } = world();
    rest.refuse("POST /api/v1/users", 429, "rate_limited", { "Retry-After": "1" });
    expect(await codeOf(api.identity.addUser({ name: "bob", role: "viewer", password: "x" }))).toBe("rate_limited");
  });

  it("is given up with its caller", async () => {
    const { api, rest, clock } = world();
    rest.refuse(METRICS, 429, "rate_limited", { "Retry-After": "5" });
    const abort = new AbortController();
    const metrics = api.metrics(abort.signal).catch((error) => error.message);
    await settled();
    abort.abort(new Error("not wanted any more"));
    expect(await metrics).toBe("not wanted any more");
    expect(clock.pending).toBe(0);
  });
});

describe("an answer without a body", () => {
  it("is what was wanted, where there is nothing to say", async () => {
    const { api, rest } = world();
    rest.answer("DELETE /api/v1/account/logins", { status: 204 });
    expect(await api.identity.endOtherLogins()).toBeUndefined();
  });
});

describe("a log whose reader is not known any more", () => {
  it("is opened again once the reader is", async () => {
    const { api, rest } = world();
    const authority = new FakeAuthority();
    api.obey(authority);
    const LOGS = "GET /api/v1/containers/web/logs";
    rest.answer(LOGS, { body: '{"ts":"","stream":"stdout","text":"hello"}\n' });
    rest.answerOnce(LOGS, refusal(401, "token_expired"));
    const first = api.logs("web").next();
    await settled();
    expect(authority.asked).toEqual(["token_expired"]);
    authority.known(true);
    expect(await first).toMatchObject({ value: { text: "hello" } });
  });

  it("may be opened again when that is found out midway, or when only the rights have changed", async () => {
    const { api, rest } = world();
    const authority = new FakeAuthority();
    api.obey(authority);
    const ended = async (code: string) => {
      rest.answer("GET /api/v1/containers/web/logs", { body: `{"error":{"code":"${code}","message":"Ended."}}\n` });
      const error = await api
        .logs("web")
        .next()
        .catch((reason) => reason);
      const reopens = api.mayReopen(error, new AbortController().signal);
      authority.known(true);
      return reopens;
    };
    expect(await ended("token_expired")).toBe(true);
    expect(await ended("too_busy")).toBe(true);
    expect(await ended("engine_unreachable")).toBe(false);
  });
});

describe("what is forbidden", () => {
  it("is told to whoever keeps the rights, and refused", async () => {
    const { api, rest } = world();
    const authority = new FakeAuthority();
    api.obey(authority);
    rest.refuse(METRICS, 403, "forbidden");
    expect(await codeOf(api.metrics())).toBe("forbidden");
    expect(authority.forbade).toEqual(["forbidden"]);
    expect(authority.asked).toEqual([]);
  });
});
