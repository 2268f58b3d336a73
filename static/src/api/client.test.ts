// @vitest-environment node
import { describe, expect, it } from "vitest";
import { FakeClock, settled } from "../realtime/testing/fake-clock.ts";
import { Api } from "./client.ts";
import { ApiError } from "./errors.ts";

type Handler = (url: string, init: RequestInit) => Promise<Response> | Response;

function apiOver(handler: Handler) {
  const clock = new FakeClock();
  const requests: { url: string; init: RequestInit }[] = [];
  const api = new Api({
    clock,
    fetch: async (url, init) => {
      requests.push({ url, init });
      return handler(url, init);
    },
  });
  return { api, clock, requests };
}

/** Answers only when it is aborted. */
const hangs: Handler = (_, { signal }) =>
  new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });

const failed = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error) => error,
  );

/** A body that comes in these chunks, then ends or goes on for ever. */
function streamOf(chunks: readonly (string | Uint8Array)[], end = true) {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks)
        controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
      if (end) controller.close();
    },
    cancel() {
      cancelled = true;
    },
  });
  return { body, isCancelled: () => cancelled };
}

const LINE = { ts: "2026-11-20T09:00:00.123456789Z", stream: "stdout", text: "hello" };

describe("a request", () => {
  it("names all that it asks for", async () => {
    const { api, requests } = apiOver(() => Response.json({}));
    await api.events({ after: 5, epoch: "k3", limit: 10, channels: ["system", "session:1"], waitS: 25 });
    expect(requests[0]?.url).toBe(
      "/api/v1/events?after=5&epoch=k3&limit=10&channel=system&channel=session%3A1&wait=25",
    );
    await api.container("a b/c");
    expect(requests[1]?.url).toBe("/api/v1/containers/a%20b%2Fc");
  });

  it("that acts carries its key and its options", async () => {
    const { api, requests } = apiOver(() => Response.json({}));
    await api.act("web", "stop", { grace_s: 3 }, { key: "01JD", waitS: 20 });
    expect(requests[0]?.url).toBe("/api/v1/containers/web/stop?wait=20");
    expect(requests[0]?.init).toMatchObject({
      method: "POST",
      headers: { "Idempotency-Key": "01JD", "Content-Type": "application/json" },
      body: '{"grace_s":3}',
    });
  });

  it("that is refused rejects with the server's error", async () => {
    const body = { error: { code: "not_found", message: "There is no such container.", request_id: "r-7" } };
    const { api } = apiOver(() => Response.json(body, { status: 404 }));
    const error = await failed(api.container("web"));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      code: "not_found",
      message: "There is no such container.",
      status: 404,
      requestId: "r-7",
      temporary: false,
    });
  });

  it.each([
    ["a proxy's error page", 502, "<html>Bad Gateway</html>", true],
    ["a sign-in page", 200, "<html>Please sign in</html>", false],
  ])("answered by %s rejects as a bad answer", async (_, status, page, temporary) => {
    const { api } = apiOver(() => new Response(page, { status }));
    expect(await failed(api.metrics())).toMatchObject({ code: "bad_answer", status, temporary });
  });

  it("that reaches nobody rejects as a network error", async () => {
    const { api } = apiOver(() => Promise.reject(new TypeError("fetch failed")));
    expect(await failed(api.health())).toMatchObject({ code: "network", status: 0, temporary: true });
  });

  it("without an answer is given up after 15 s, one that may wait after as much more", async () => {
    const { api, clock } = apiOver(hangs);
    const quick = failed(api.containers());
    const slow = failed(api.events({ after: 0, waitS: 25 }));
    clock.advance(15_000);
    expect(await quick).toMatchObject({ code: "timeout", status: 0 });
    clock.advance(24_999);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    expect(await slow).toMatchObject({ code: "timeout" });
  });

  it("that its caller aborts rejects with the caller's reason, before or during it", async () => {
    const { api, clock } = apiOver(hangs);
    const abort = new AbortController();
    const during = failed(api.metricsHistory(abort.signal));
    abort.abort(new Error("not wanted any more"));
    expect(await during).toMatchObject({ message: "not wanted any more" });
    expect(clock.pending).toBe(0);
  });
});

describe("a container's log", () => {
  const read = async (lines: AsyncGenerator<{ text: string }>) => {
    const texts: string[] = [];
    for await (const { text } of lines) texts.push(text);
    return texts;
  };

  it("is read line by line, however it is cut", async () => {
    const bytes = new TextEncoder().encode(`${JSON.stringify({ ...LINE, text: "배포 ✓" })}\n${JSON.stringify(LINE)}\n`);
    const chunks = Array.from(bytes, (byte) => Uint8Array.of(byte));
    const { api, requests } = apiOver(() => new Response(streamOf(chunks).body));
    expect(await read(api.logs("web", { tail: 200, since: "2026-11-20T09:00:00Z", follow: true }))).toEqual([
      "배포 ✓",
      "hello",
    ]);
    expect(requests[0]?.url).toBe("/api/v1/containers/web/logs?tail=200&since=2026-11-20T09%3A00%3A00Z&follow=true");
  });

  it("has its last line also without a newline, and no line for a keep-alive", async () => {
    const { api } = apiOver(() => new Response(streamOf(["\n\n", JSON.stringify(LINE)]).body));
    expect(await read(api.logs("web"))).toEqual(["hello"]);
  });

  it("throws the error that the server met midway, after the lines before it", async () => {
    const error = { error: { code: "engine_down", message: "The engine went away.", request_id: "r-1" } };
    const { api } = apiOver(() => new Response(streamOf([`${JSON.stringify(LINE)}\n${JSON.stringify(error)}\n`]).body));
    const lines = api.logs("web");
    expect(await lines.next()).toMatchObject({ value: { text: "hello" } });
    expect(await failed(lines.next())).toMatchObject({ code: "engine_down", message: "The engine went away." });
  });

  it("of a container that is gone throws the server's error", async () => {
    const body = { error: { code: "not_found", message: "Gone.", request_id: "r-1" } };
    const { api } = apiOver(() => Response.json(body, { status: 404 }));
    expect(await failed(api.logs("web").next())).toMatchObject({ code: "not_found", status: 404 });
  });

  it("can be followed for longer than any request may take", async () => {
    const { body } = streamOf([`${JSON.stringify(LINE)}\n`], false);
    const { api, clock } = apiOver(() => new Response(body));
    const lines = api.logs("web", { follow: true });
    await lines.next();
    expect(clock.pending).toBe(0);
    await lines.return();
  });

  it("ends without an error when it is aborted", async () => {
    const abort = new AbortController();
    const { api } = apiOver((_, { signal }) => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(`${JSON.stringify(LINE)}\n`));
          signal?.addEventListener("abort", () => controller.error(signal.reason));
        },
      });
      return new Response(body);
    });
    const lines = api.logs("web", { follow: true }, abort.signal);
    await lines.next();
    const end = lines.next();
    abort.abort();
    expect(await end).toEqual({ done: true, value: undefined });
  });

  it("releases its connection when the reader stops early", async () => {
    const { body, isCancelled } = streamOf([`${JSON.stringify(LINE)}\n`.repeat(3)], false);
    const { api } = apiOver(() => new Response(body));
    for await (const _ of api.logs("web")) break;
    await settled();
    expect(isCancelled()).toBe(true);
  });

  it("does not let a line grow without a bound", async () => {
    const { body, isCancelled } = streamOf(
      Array.from({ length: 5 }, () => "x".repeat(1024 * 1024)),
      false,
    );
    const { api } = apiOver(() => new Response(body));
    expect(await failed(api.logs("web").next())).toBeInstanceOf(ApiError);
    expect(isCancelled()).toBe(true);
  });
});
