import { describe, expect, it } from "vitest";
import type { SessionDetail } from "../protocol/messages.gen.ts";
import type { SessionEvent } from "../protocol/wire.ts";
import { CommandError } from "../realtime/index.ts";
import { answerSessions, detail, inShort, runView, spoken, status, summary } from "./testing/sessions.ts";
import { settled, type TestStores, testStores } from "./testing/test-stores.ts";

interface World extends TestStores {
  hear(...events: SessionEvent[]): void;
  load(of: SessionDetail): void;
  seqs(): number[];
}

function world(): World {
  const fakes = testStores();
  answerSessions(fakes, { detail: detail([spoken(1), spoken(2)]) });
  return {
    ...fakes,
    hear: (...events) => fakes.realtime.emit("events", { events, how: "live" }),
    load: (of) => fakes.rest.answer("GET /api/v1/sessions/s1", { body: of }),
    seqs: () => fakes.stores.conversation.events.value?.map(({ seq }) => seq) ?? [],
  };
}

async function opened(): Promise<World> {
  const here = world();
  here.stores.conversation.open("s1");
  await settled();
  return here;
}

const delta = (text: string, message = "m9", run = "run-1") => ({ session: "s1", run, message, text, as_of_seq: 2 });

describe("an open session", () => {
  it("listens to its channel only while it is open", async () => {
    const { stores, realtime } = await opened();
    expect(realtime.channels.has("session:s1")).toBe(true);
    stores.conversation.close();
    expect(realtime.channels.has("session:s1")).toBe(false);
    expect(stores.conversation.events.value).toBeNull();
  });

  it("shows the snapshot and each event after it once", async () => {
    const here = await opened();
    here.hear(spoken(2), spoken(3));
    here.hear(spoken(3), spoken(4));
    expect(here.seqs()).toEqual([1, 2, 3, 4]);
  });

  it("keeps what comes while the snapshot is on its way", async () => {
    const here = world();
    here.stores.conversation.open("s1");
    here.hear(spoken(2), spoken(3));
    await settled();
    expect(here.seqs()).toEqual([1, 2, 3]);
  });

  it("is read anew when something before an event did not come", async () => {
    const here = await opened();
    here.load(detail([spoken(1), spoken(2), spoken(3), spoken(4)]));
    here.hear(spoken(5, {}, 4));
    await settled();
    expect(here.seqs()).toEqual([1, 2, 3, 4, 5]);
  });

  it("is read anew when it was read before its channel was heard", async () => {
    const here = await opened();
    here.load(detail([spoken(1), spoken(2), spoken(3)]));
    here.realtime.emit("subscribed", { channels: ["session:s1"], from: 3 });
    await settled();
    expect(here.seqs()).toEqual([1, 2, 3]);
    here.realtime.emit("subscribed", { channels: ["session:s1"], from: 3 });
    await settled();
    expect(here.rest.count("GET /api/v1/sessions/s1")).toBe(2);
  });

  it("is read anew after a gap, and keeps what was loaded of its past", async () => {
    const here = await opened();
    here.load(detail([spoken(2), spoken(3)], { before: 2 }));
    here.realtime.emit("gap", { channels: ["session:s1"], from: 1, to: 3, reason: "too_many", keptSince: null });
    await settled();
    expect(here.seqs()).toEqual([1, 2, 3]);
    expect(here.stores.conversation.before.value).toBeNull();
  });

  it("keeps nothing that its newest page does not follow", async () => {
    const here = await opened();
    here.load(detail([spoken(8), spoken(9)], { before: 8 }));
    await here.stores.conversation.reload();
    expect(here.seqs()).toEqual([8, 9]);
    expect(here.stores.conversation.before.value).toBe(8);
  });

  it("loads what is older, before what is here", async () => {
    const here = world();
    here.load(detail([spoken(3)], { before: 3 }));
    here.rest.answer("GET /api/v1/sessions/s1/events", { body: { events: [spoken(1), spoken(2)], before: null } });
    here.stores.conversation.open("s1");
    await settled();
    await here.stores.conversation.loadOlder();
    expect(here.seqs()).toEqual([1, 2, 3]);
    expect(here.stores.conversation.before.value).toBeNull();
  });

  it("says why it could not be read, and tries again once the socket is back", async () => {
    const here = world();
    here.rest.refuse("GET /api/v1/sessions/s1", 503, "storage_unavailable");
    here.stores.conversation.open("s1");
    await settled();
    expect(here.stores.conversation.error.value?.code).toBe("storage_unavailable");
    here.load(detail([spoken(1)]));
    here.realtime.setState({ kind: "live", since: 0 });
    await settled();
    expect(here.stores.conversation.error.value).toBeNull();
    expect(here.seqs()).toEqual([1]);
  });

  it("is read again and again while there is no socket, so that its text goes on", async () => {
    const here = await opened();
    here.load(detail([spoken(1)], { session: summary({ run: runView() }), delta: delta("The") }));
    here.realtime.setState({ kind: "polling", since: 0, intervalS: 10 });
    await here.clock.run(10_000);
    expect(here.stores.conversation.delta.value?.text).toBe("The");
    here.load(detail([spoken(1)], { session: summary({ run: runView() }), delta: delta("The cause") }));
    await here.clock.run(3_000);
    await settled();
    expect(here.stores.conversation.delta.value?.text).toBe("The cause");
    here.stores.conversation.close();
    const asked = here.rest.count("GET /api/v1/sessions/s1");
    await here.clock.run(60_000);
    expect(here.rest.count("GET /api/v1/sessions/s1")).toBe(asked);
  });

  it("changes with its summary and its run", async () => {
    const here = await opened();
    here.hear(inShort(3, { title: "Another title" }), status(4, { state: "running" }, 2));
    expect(here.stores.conversation.session.value).toMatchObject({ title: "Another title", run: { state: "running" } });
  });
});

describe("what is being written", () => {
  it("is shown until its message is there", async () => {
    const here = await opened();
    here.realtime.emit("delta", delta("The ca"));
    here.realtime.emit("delta", delta("The cause"));
    expect(here.stores.conversation.delta.value?.text).toBe("The cause");
    here.hear(spoken(3, { id: "m9" }));
    expect(here.stores.conversation.delta.value).toBeNull();
  });

  it("does not come back when it arrives after its message, or after the end of its run", async () => {
    const here = await opened();
    here.hear(spoken(3, { id: "m9" }));
    here.realtime.emit("delta", delta("The"));
    expect(here.stores.conversation.delta.value).toBeNull();
    here.hear(status(4, { state: "stopped" }));
    here.realtime.emit("delta", delta("And", "m10"));
    expect(here.stores.conversation.delta.value).toBeNull();
  });

  it("of another session is not shown here", async () => {
    const here = await opened();
    here.realtime.emit("delta", { ...delta("The"), session: "s2" });
    expect(here.stores.conversation.delta.value).toBeNull();
  });
});

describe("a stop", () => {
  async function running(): Promise<World> {
    const here = world();
    here.load(detail([spoken(1), status(2)], { session: summary({ run: runView() }) }));
    here.stores.conversation.open("s1");
    await settled();
    return here;
  }

  it("is under way until the server says how it ended", async () => {
    const here = await running();
    const done = here.stores.conversation.command("stop");
    expect(here.realtime.questions[0]).toMatchObject({ type: "command", data: { session: "s1", command: "stop" } });
    expect(here.stores.conversation.orders.order.value?.phase).toBe("sending");
    here.realtime.questions[0]?.resolve(runView({ state: "stopped", stopped_by: "ann" }));
    await done;
    expect(here.stores.conversation.orders.order.value).toBeNull();
    expect(here.stores.conversation.session.value?.run?.state).toBe("stopped");
  });

  it("is done when its event says so, whenever the answer comes", async () => {
    const here = await running();
    void here.stores.conversation.command("stop");
    here.hear(status(3, { state: "stopped" }));
    expect(here.stores.conversation.orders.order.value).toBeNull();
  });

  it("says why it did not work, until that is dismissed", async () => {
    const here = await running();
    const done = here.stores.conversation.command("stop");
    here.realtime.questions[0]?.reject(new CommandError("forbidden", "No."));
    await done;
    expect(here.stores.conversation.orders.order.value).toMatchObject({ phase: "failed", code: "forbidden" });
    here.stores.conversation.orders.dismiss();
    expect(here.stores.conversation.orders.order.value).toBeNull();
  });

  it("without an answer is neither done nor failed", async () => {
    const here = await running();
    const done = here.stores.conversation.command("stop");
    here.realtime.questions[0]?.reject(new CommandError("no_answer", "Nobody said."));
    await done;
    expect(here.stores.conversation.orders.order.value?.phase).toBe("unknown");
  });
});
