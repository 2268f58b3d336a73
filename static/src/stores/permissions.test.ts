import { describe, expect, it } from "vitest";
import type { PermissionView } from "../protocol/messages.gen.ts";
import type { SessionEvent } from "../protocol/wire.ts";
import { CommandError } from "../realtime/index.ts";
import { answerSessions, detail, inShort, permissionView, said } from "./testing/sessions.ts";
import { settled, testStores } from "./testing/test-stores.ts";

const P1 = permissionView();
const ALLOWED = permissionView({ state: "allowed", decided_by: "bob", decided_at: "2026-11-20T09:00:00.000Z" });

async function world(pending: readonly PermissionView[] = [P1]) {
  const fakes = testStores();
  answerSessions(fakes, { pending, detail: detail([], { permissions: [ALLOWED] }) });
  await settled();
  await fakes.stores.permissions.refresh();
  const hear = (...events: SessionEvent[]) => fakes.realtime.emit("events", { events, how: "live" });
  const waits = () => fakes.stores.permissions.pending.value.map(({ id }) => id);
  const known = () => fakes.stores.permissions.known.value.get("p1");
  return { ...fakes, hear, waits, known };
}

describe("what waits for a decision", () => {
  it("is read when a session's count of it changes", async () => {
    const here = await world([]);
    answerSessions(here, { pending: [P1] });
    here.hear(inShort(5, { pending: 1 }));
    await settled();
    expect(here.waits()).toEqual(["p1"]);
  });

  it("is not read again for each message", async () => {
    const here = await world();
    const asked = here.rest.count("GET /api/v1/permissions");
    here.hear(inShort(5, { pending: 1 }), inShort(6, { pending: 1 }));
    await settled();
    expect(here.rest.count("GET /api/v1/permissions")).toBe(asked);
  });

  it("is read once more, and not once for each, when changes come while it is being read", async () => {
    const here = await world();
    const asked = here.rest.count("GET /api/v1/permissions");
    for (let seq = 5; seq < 15; seq++) here.hear(inShort(seq, { pending: 0 }, "session.permission_decision"));
    await settled();
    await settled();
    expect(here.rest.count("GET /api/v1/permissions") - asked).toBe(2);
  });

  it("that somebody else decided says by whom", async () => {
    const here = await world();
    answerSessions(here, { pending: [], detail: detail([], { permissions: [ALLOWED] }) });
    here.hear(inShort(5, { pending: 0 }, "session.permission_decision"));
    await settled();
    await settled();
    expect(here.waits()).toEqual([]);
    expect(here.known()).toMatchObject({ state: "allowed", decided_by: "bob" });
  });

  it("is told by the session that is open at once", async () => {
    const here = await world([]);
    here.hear(said("session.permission_request", 5, { session: "s1", permission: P1 }));
    expect(here.waits()).toEqual(["p1"]);
    here.hear(said("session.permission_decision", 6, { session: "s1", permission: ALLOWED }));
    expect(here.waits()).toEqual([]);
  });

  it("never waits again once it was decided, and keeps the longer time", async () => {
    const here = await world();
    const longer = permissionView({ expires_at: "2026-11-20T10:30:00.000Z" });
    here.stores.permissions.put([longer, P1]);
    expect(here.known()?.expires_at).toBe(longer.expires_at);
    here.stores.permissions.put([ALLOWED, P1]);
    expect(here.known()?.state).toBe("allowed");
  });
});

describe("a decision", () => {
  it("is sent once, and what became of it is the server's to say", async () => {
    const here = await world();
    const done = here.stores.permissions.decide(P1, "allow", " ");
    void here.stores.permissions.decide(P1, "deny", "");
    expect(here.realtime.questions.map(({ data }) => data)).toEqual([{ permission: "p1", decision: "allow" }]);
    expect(here.known()?.state).toBe("pending");
    here.realtime.questions[0]?.resolve(ALLOWED);
    await done;
    expect(here.known()?.state).toBe("allowed");
    expect(here.stores.permissions.decisions.value.size).toBe(0);
  });

  it("that comes too late shows who was first", async () => {
    const here = await world();
    const done = here.stores.permissions.decide(P1, "deny", "Not now");
    expect(here.realtime.questions[0]?.data).toMatchObject({ decision: "deny", reason: "Not now" });
    here.realtime.questions[0]?.reject(new CommandError("already_decided", "bob allowed this."));
    await done;
    expect(here.known()).toMatchObject({ state: "allowed", decided_by: "bob" });
    expect(here.stores.permissions.decisions.value.size).toBe(0);
  });

  it("without an answer is sent again under the same id", async () => {
    const here = await world();
    const done = here.stores.permissions.decide(P1, "allow", "");
    here.realtime.questions[0]?.reject(new CommandError("no_answer", "Nobody said."));
    await done;
    expect(here.stores.permissions.decisions.value.get("p1")?.phase).toBe("unknown");
    void here.stores.permissions.decide(P1, "allow", "");
    expect(new Set(here.realtime.questions.map(({ id }) => id)).size).toBe(1);
  });

  it("can wait for longer", async () => {
    const here = await world();
    const longer = permissionView({ expires_at: "2026-11-20T10:30:00.000Z" });
    here.rest.answer("POST /api/v1/permissions/p1/extend", { body: longer });
    await here.stores.permissions.extend(P1);
    expect(here.known()?.expires_at).toBe(longer.expires_at);
    expect(here.stores.permissions.decisions.value.size).toBe(0);
  });
});
