import { describe, expect, it } from "vitest";
import type { SessionEvent } from "../protocol/wire.ts";
import { answerSessions, inShort, said, summary, workspaceView } from "./testing/sessions.ts";
import { settled, testStores } from "./testing/test-stores.ts";

async function world(answers: Parameters<typeof answerSessions>[1] = {}) {
  const fakes = testStores();
  answerSessions(fakes, { sessions: [summary()], ...answers });
  await fakes.stores.sessions.refresh();
  const hear = (...events: SessionEvent[]) => fakes.realtime.emit("events", { events, how: "live" });
  return { ...fakes, hear };
}

const ids = ({ stores }: Pick<Awaited<ReturnType<typeof world>>, "stores">) =>
  stores.sessions.list.value.map(({ id }) => id);

describe("the list of sessions", () => {
  it("hears the workspaces that the person takes part in", async () => {
    const { realtime } = await world({ workspaces: [workspaceView(), workspaceView({ id: "w2" })] });
    expect(realtime.channels).toEqual(new Set(["workspace:w1", "workspace:w2"]));
  });

  it("has what changed last at its head", async () => {
    const here = await world({ sessions: [summary(), summary({ id: "s2", updated_at: "2026-11-20T08:00:00.000Z" })] });
    expect(ids(here)).toEqual(["s1", "s2"]);
    here.hear(inShort(5, { id: "s2", updated_at: "2026-11-20T10:00:00.000Z" }));
    expect(ids(here)).toEqual(["s2", "s1"]);
  });

  it("shows a session that somebody else began", async () => {
    const here = await world();
    here.hear(inShort(5, { id: "s9", updated_at: "2026-11-20T10:00:00.000Z" }, "session.opened"));
    expect(ids(here)).toEqual(["s9", "s1"]);
  });

  it("does not go back to an older summary", async () => {
    const here = await world();
    here.hear(inShort(7, { title: "New" }));
    here.hear(inShort(6, { title: "Old" }));
    expect(here.stores.sessions.find("s1")?.title).toBe("New");
  });

  it("is read anew after a gap in a workspace, and takes lower seqs from another log", async () => {
    const here = await world();
    here.hear(inShort(7, { title: "New" }));
    here.rest.answer("GET /api/v1/sessions", {
      body: { as_of_seq: 2, sessions: [summary({ title: "Restored" })], next: null },
    });
    const gap = { channels: ["workspace:w1"], from: 7, to: 2, reason: "epoch_changed", keptSince: null } as const;
    here.realtime.emit("gap", gap);
    await settled();
    expect(here.stores.sessions.find("s1")?.title).toBe("Restored");
  });

  it("keeps what is shown when it cannot be read again", async () => {
    const here = await world();
    here.rest.refuse("GET /api/v1/sessions", 503, "storage_unavailable");
    await here.stores.sessions.refresh();
    expect(ids(here)).toEqual(["s1"]);
    expect(here.stores.sessions.error.value?.code).toBe("storage_unavailable");
  });

  it("loads what is older from where it ended", async () => {
    const here = await world();
    here.rest.answerOnce("GET /api/v1/sessions", { body: { as_of_seq: 0, sessions: [summary()], next: "here" } });
    await here.stores.sessions.refresh();
    const older = summary({ id: "s0", updated_at: "2026-11-19T09:00:00.000Z" });
    here.rest.answer("GET /api/v1/sessions", { body: { as_of_seq: 0, sessions: [older], next: null } });
    await here.stores.sessions.loadOlder();
    expect(here.rest.queries.at(-1)).toMatchObject({ before: "here" });
    expect(ids(here)).toEqual(["s1", "s0"]);
    expect(here.stores.sessions.next.value).toBeNull();
  });

  it("says in which sessions a person is wanted", async () => {
    const here = await world();
    const handover = { reason: "Asked for one.", summary: "", requested_by: "ann", requested_at: "" };
    here.hear(inShort(5, { handover }));
    expect(here.stores.sessions.handedOver.value.map(({ id }) => id)).toEqual(["s1"]);
    here.hear(inShort(6, { handover, taken_by: "bob" }));
    expect(here.stores.sessions.handedOver.value).toEqual([]);
  });
});

describe("a new session", () => {
  it("is in the list at once, and its workspace is heard when it came with it", async () => {
    const here = await world({ workspaces: [] });
    answerSessions(here, { workspaces: [workspaceView({ id: "w5" })] });
    here.rest.answer("POST /api/v1/sessions", { status: 201, body: summary({ id: "s5", workspace: "w5" }) });
    await here.stores.sessions.open({}, "key");
    await settled();
    expect(here.stores.sessions.find("s5")).toBeDefined();
    expect(here.realtime.channels.has("workspace:w5")).toBe(true);
  });
});

describe("what a person may in a workspace", () => {
  it("follows from their part in it; an administrator outside may all", async () => {
    const { stores } = await world({
      workspaces: [
        workspaceView({ id: "reads", role: "viewer" }),
        workspaceView({ id: "writes", role: "member" }),
        workspaceView({ id: "owns", role: "owner" }),
        workspaceView({ id: "governs", role: null }),
      ],
    });
    const rights = ["reads", "writes", "owns", "governs"].map((id) => [
      stores.sessions.mayWrite(id),
      stores.sessions.owns(id),
    ]);
    expect(rights).toEqual([
      [false, false],
      [true, false],
      [true, true],
      [true, true],
    ]);
  });

  it("is the policy that somebody set last, wherever", async () => {
    const here = await world();
    const policy = { mode: "ask_always", tools: [], set_by: "bob", set_at: "" } as const;
    here.hear(said("workspace.policy", 5, { workspace: "w1", policy: { ...policy, tools: [] } }));
    expect(here.stores.sessions.policies.value.get("w1")?.mode).toBe("ask_always");
  });
});
