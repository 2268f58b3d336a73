import { describe, expect, it } from "vitest";
import { callView, permissionView, said, spoken, status } from "../../stores/testing/sessions.ts";
import { entriesOf, processingOf } from "./entries.ts";

const call = (seq: number, run = "run-1") => said("session.tool_call", seq, { session: "s1", run, call: callView() });
const result = (seq: number, run = "run-1") =>
  said("session.tool_result", seq, {
    session: "s1",
    run,
    result: { call: "call-1", ok: true, text: "{}", truncated: false, code: null },
  });
const asked = (seq: number) => said("session.permission_request", seq, { session: "s1", permission: permissionView() });

describe("the transcript", () => {
  it("has a call, its request and its result in one place, where it was first heard of", () => {
    const entries = entriesOf([call(1), spoken(2), asked(3), result(4)]);
    expect(entries.map(({ kind }) => kind)).toEqual(["tool", "message"]);
    expect(entries[0]).toMatchObject({ permission: "p1", result: { ok: true } });
  });

  it("tells calls of two runs apart that have the same id", () => {
    const entries = entriesOf([call(1), result(2), call(3, "run-2")]);
    expect(entries.map((entry) => entry.kind === "tool" && entry.result?.ok)).toEqual([true, undefined]);
  });

  it("shows a request whose call was not told before", () => {
    expect(entriesOf([asked(1)])).toMatchObject([{ kind: "tool", permission: "p1" }]);
  });

  it("says how a run ended only when it did not complete", () => {
    const ends = entriesOf([status(1), status(2, { state: "completed" }), status(3, { id: "r2", state: "failed" })]);
    expect(ends).toMatchObject([{ kind: "end", run: { id: "r2" } }]);
  });

  it("waits for no result of a run that is over", () => {
    expect(entriesOf([call(1), status(2, { state: "stopped" })])[0]).toMatchObject({ kind: "tool", over: true });
  });

  it("passes over a result whose call was not loaded", () => {
    expect(entriesOf([result(9)])).toEqual([]);
  });
});

describe("what a run is doing", () => {
  const step = (seq: number, run: string, detail: string) =>
    said("session.processing", seq, { session: "s1", run, stage: "reading", detail });

  it("is what it said last, and nothing of a run before", () => {
    const events = [step(1, "run-0", "db"), status(2, { state: "queued" }), step(3, "run-1", "web")];
    expect(processingOf(events, "run-1")?.detail).toBe("web");
    expect(processingOf(events.slice(0, 2), "run-1")).toBeNull();
  });
});
