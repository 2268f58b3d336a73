import { describe, expect, test } from "vitest";
import type { AnyEvent } from "../../protocol/messages.gen.ts";
import type { ActivityItem, GapMarker } from "../../stores/index.ts";
import { about, containerView, event, operationData } from "../../stores/testing/test-stores.ts";
import { entryMatches, phraseOf } from "./phrase.ts";
import { type Entry, entriesOf, isOfKind, isWithin, itemsOf, seqsOf } from "./timeline.ts";

const WEB = containerView({ name: "web" });
const JOB = containerView({ name: "job" });

function itemsOfEvents(...events: AnyEvent[]): ActivityItem[] {
  return events.map((one) => ({ kind: "event", key: one.id, event: one, missed: false }));
}

function at(second: number): { at: string } {
  return { at: new Date(Date.UTC(2026, 10, 20, 9, 0, second)).toISOString() };
}

function exit(container: typeof WEB, second: number, code: number, by: { operation?: string } = {}): AnyEvent {
  return event("container.exited", { ...about(container), ...at(second), ...by, exit_code: code, oom_killed: false });
}

function start(container: typeof WEB, second: number): AnyEvent {
  return event("container.started", { ...about(container), ...at(second) });
}

function textOf(entry: Entry | undefined): string {
  return entry && entry.kind !== "gap" ? `${phraseOf(entry).subject}: ${phraseOf(entry).text}` : "gap";
}

describe("the timeline", () => {
  test("is newest first", () => {
    const entries = entriesOf(itemsOfEvents(start(WEB, 1), start(JOB, 2)));
    expect(entries.map(textOf)).toEqual(["job: Started", "web: Started"]);
  });

  test("shows an operation and everything it caused as one line that stands for all their events", () => {
    const ends = { operation: "op-1", by: "ann" };
    const events = [
      event("operation.requested", operationData({ id: "op-1" })),
      start(JOB, 1),
      exit(WEB, 2, 143, ends),
      event("container.started", { ...about(WEB), ...ends }),
      event("operation.confirmed", operationData({ id: "op-1", state: "confirmed", duration_ms: 1200 })),
    ];
    const entries = entriesOf(itemsOfEvents(...events));
    expect(entries.map(textOf)).toEqual(["job: Started", "web: Restarted in 1.2 sec"]);
    expect(entries.flatMap(seqsOf).sort((a, b) => a - b)).toEqual(events.map(({ seq }) => seq));
  });

  test("keeps an event whose operation is no longer known", () => {
    const entries = entriesOf(itemsOfEvents(exit(WEB, 1, 143, { operation: "forgotten" })));
    expect(entries.map(textOf)).toEqual(["web: Exited with code 143"]);
  });

  test("folds a crash loop into one line, though other things happen in between", () => {
    const events = [start(WEB, 1), exit(WEB, 2, 3), start(JOB, 3), start(WEB, 4), exit(WEB, 5, 3), start(WEB, 6)];
    const entries = entriesOf(itemsOfEvents(...events));
    expect(entries.map(textOf)).toEqual(["web: Exited with code 3, 2 times", "job: Started"]);
    expect(entries.flatMap(seqsOf)).toHaveLength(events.length);
  });

  test("does not fold a container that ended once, or that something else happened to", () => {
    expect(entriesOf(itemsOfEvents(start(WEB, 1), exit(WEB, 2, 3)))).toHaveLength(2);
    const renamed = event("container.renamed", { ...about(WEB), ...at(3), old_name: "old" });
    expect(entriesOf(itemsOfEvents(exit(WEB, 2, 3), renamed, exit(WEB, 4, 3)))).toHaveLength(3);
  });

  test("does not fold ends that lie far apart", () =>
    expect(entriesOf(itemsOfEvents(exit(WEB, 0, 3), exit(WEB, 3600, 3)))).toHaveLength(2));

  test("keeps a gap in its place", () => {
    const gap: GapMarker = { from: 1, to: 9, reason: "expired", at: 0, keptSince: null };
    const items: ActivityItem[] = [
      ...itemsOfEvents(start(WEB, 1)),
      { kind: "gap", key: "gap", gap },
      ...itemsOfEvents(start(JOB, 2)),
    ];
    expect(entriesOf(items).map(textOf)).toEqual(["job: Started", "gap", "web: Started"]);
  });

  test("shows an event of a kind that this page does not know by its type", () => {
    const strange = { ...event("server.started", { version: "9" }), type: "container.teleported", data: about(WEB) };
    const odd = { ...event("server.started", { version: "9" }), type: "tide.high", data: {} };
    const entries = entriesOf(itemsOfEvents(strange as unknown as AnyEvent, odd as unknown as AnyEvent));
    expect(entries.map(textOf)).toEqual(["Pilothouse: tide.high", "web: container.teleported"]);
  });

  test("marks what was missed, and only that", () => {
    const events = [start(WEB, 1), start(JOB, 2)];
    const [job, web] = entriesOf(itemsOfEvents(...events));
    const range = { from: events[0]?.seq ?? 0, to: events[1]?.seq ?? 0 };
    expect(job && isWithin(job, range)).toBe(true);
    expect(web && isWithin(web, range)).toBe(false);
  });
});

describe("the kinds of the timeline", () => {
  test.each<[string, AnyEvent, boolean]>([
    ["an unasked end with a code", exit(WEB, 1, 1), true],
    ["a normal end", exit(WEB, 1, 0), false],
    ["the end of a container that was stopped", exit(WEB, 1, 137, { operation: "op" }), false],
    ["a failed action", event("operation.failed", operationData({ state: "failed" })), true],
    ["an action that worked", event("operation.confirmed", operationData({ state: "confirmed" })), false],
    ["a lost engine", event("engine.down", { engine: "local", message: "gone" }), true],
    ["a failing health check", event("container.health", { ...about(WEB), health: "unhealthy" }), true],
    ["memory that ran out", event("container.oom", about(WEB)), true],
  ])("problems: %s", (_, one, expected) => {
    const [entry] = entriesOf(itemsOfEvents(one));
    expect(entry && isOfKind(entry, "problems")).toBe(expected);
  });

  test("words find an entry by who, what and whom", () => {
    const [entry] = entriesOf(itemsOfEvents(event("operation.confirmed", operationData({ state: "confirmed" }))));
    expect(entry && entryMatches(entry, "ann web restarted")).toBe(true);
    expect(entry && entryMatches(entry, "bob")).toBe(false);
  });

  test("a container's own timeline holds its events, its operations and every gap", () => {
    const gap: ActivityItem = {
      kind: "gap",
      key: "gap",
      gap: { from: 1, to: 9, reason: "expired", at: 0, keptSince: null },
    };
    const own = [start(WEB, 1), event("operation.requested", operationData({ container_id: WEB.id }))];
    const items = [...itemsOfEvents(...own, start(JOB, 2)), gap];
    expect(itemsOf(items, WEB.id)).toEqual([...itemsOfEvents(...own), gap]);
  });
});
