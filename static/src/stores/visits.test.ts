import { describe, expect, it } from "vitest";
import { Api } from "../api/index.ts";
import type { SessionView } from "../protocol/messages.gen.ts";
import { CommandError } from "../realtime/index.ts";
import { FakeClock } from "../realtime/testing/fake-clock.ts";
import { SessionStore } from "./session.ts";
import { createStores } from "./stores.ts";
import { FakeRealtime } from "./testing/fake-realtime.ts";
import { FakeRest } from "./testing/fake-rest.ts";
import { fakeSessionIo, grant, signedIn, signedOut } from "./testing/fake-session.ts";
import { containersData, containerView, settled } from "./testing/test-stores.ts";
import { Visits } from "./visits.ts";

async function visited(view: SessionView) {
  const clock = new FakeClock();
  const rest = new FakeRest();
  const realtimes: FakeRealtime[] = [];
  rest.answer("GET /api/v1/auth/session", { body: view });
  rest.answer("POST /api/v1/auth/sign-out", { status: 204 });
  const api = new Api({ clock, fetch: rest.fetch });
  const session = new SessionStore(fakeSessionIo(api, clock));
  api.obey(session);
  const visits = new Visits(session, () => {
    const realtime = new FakeRealtime();
    realtimes.push(realtime);
    return createStores(realtime, api, clock, session);
  });
  let left = 0;
  const stop = visits.start(() => {
    left += 1;
  });
  await settled();
  const signIn = (name: string, token = "token-9") => {
    rest.answer("POST /api/v1/auth/sign-in", { body: grant(signedIn(name), token) });
    return session.signIn(name, "a long password");
  };
  const realtime = () => realtimes.at(-1) as FakeRealtime;
  return { visits, session, rest, clock, realtime, realtimes, signIn, stop, left: () => left };
}

async function expired(name = "ann") {
  const world = await visited(signedIn(name));
  world.realtime().setState({ kind: "live", since: 0 });
  world.realtime().emit("containers", containersData({ containers: [containerView()] }));
  world.rest.refuse("POST /api/v1/auth/refresh", 401, "session_ended");
  await world.session.refresh().catch(() => undefined);
  return world;
}

describe("the stores of a person", () => {
  it("rest until somebody is signed in", async () => {
    const { realtime, signIn } = await visited(signedOut());
    expect(realtime().connects).toBe(0);
    await signIn("ann");
    expect(realtime().connects).toBe(1);
  });

  it("stay through the end of a sign-in, and go on where they were when the same person is back", async () => {
    const { visits, session, realtime, realtimes, signIn } = await expired();
    const before = visits.stores.value;
    expect(session.state.value).toBe("expired");
    expect(realtime().state).toMatchObject({ kind: "offline", stopped: { reason: "disconnected" } });
    expect(before.containers.list.value).toHaveLength(1);
    await signIn("ann");
    expect(visits.stores.value).toBe(before);
    expect(before.containers.list.value).toHaveLength(1);
    expect(realtimes).toHaveLength(1);
    expect(realtime().connects).toBe(2);
  });

  it("are nobody else's: another person gets new ones", async () => {
    const { visits, realtime, realtimes, signIn, left } = await expired();
    const [first] = realtimes;
    await signIn("bob");
    expect(visits.stores.value.containers.list.value).toEqual([]);
    expect(realtimes).toHaveLength(2);
    expect(realtime().connects).toBe(1);
    expect(first?.listeners).toBe(0);
    expect(left()).toBe(1);
  });

  it("are thrown away at the sign-out", async () => {
    const { visits, session, realtime, realtimes, left } = await visited(signedIn());
    realtime().emit("containers", containersData({ containers: [containerView()] }));
    await session.signOut();
    expect(visits.stores.value.containers.list.value).toEqual([]);
    expect(realtimes[0]?.listeners).toBe(0);
    expect(realtime().connects).toBe(0);
    expect(left()).toBe(1);
  });

  it("show the server each newer token on the open socket", async () => {
    const { session, rest, realtime } = await visited(signedIn());
    rest.answer("POST /api/v1/auth/refresh", { body: grant(signedIn(), "token-2") });
    await session.refresh();
    expect(realtime().tokens).toEqual(["token-2"]);
  });

  it("say so when the server ends the socket for good", async () => {
    const { session, rest, realtime } = await visited(signedIn());
    rest.answer("GET /api/v1/auth/session", { body: signedOut() });
    const stopped = { code: 4500, reason: "token_revoked", message: "Revoked." } as const;
    realtime().setState({ kind: "offline", since: 0, stopped });
    await settled();
    expect(session.state.value).toBe("expired");
    expect(session.ending.value).toBe("token_revoked");
  });

  it("connect again, but not for ever, when somebody is signed in all the same", async () => {
    const { session, realtime } = await visited(signedIn());
    const stopped = { code: 4500, reason: "token_revoked", message: "Revoked." } as const;
    for (let i = 0; i < 3; i++) {
      realtime().setState({ kind: "offline", since: i, stopped });
      await settled();
    }
    expect(session.state.value).toBe("signed-in");
    expect(realtime().connects).toBe(2);
  });

  it("read the rights anew once a lost socket is back", async () => {
    const { session, rest, realtime } = await visited(signedIn());
    rest.answer("GET /api/v1/auth/session", { body: signedIn("ann", {}, { permissions: ["view"] }) });
    realtime().setState({ kind: "reconnecting", attempt: 1, retryAt: 0, since: 0 });
    realtime().setState({ kind: "live", since: 0 });
    await settled();
    expect(session.can("people")).toBe(false);
  });

  it("learn of a refused action that the rights have changed", async () => {
    const { visits, session, rest, clock, realtime } = await visited(signedIn());
    clock.advance(60_000);
    rest.answer("GET /api/v1/auth/session", { body: signedIn("ann", { role: "viewer" }, { permissions: ["view"] }) });
    void visits.stores.value.operations.perform({ id: "1", name: "web" }, "restart");
    realtime().commands[0]?.reject(new CommandError("forbidden", "No."));
    await settled();
    expect(session.mayOperate.value).toBe(false);
  });

  it("hold nothing back when all stops", async () => {
    const { stop, realtime, clock } = await visited(signedIn());
    stop();
    expect(realtime().listeners).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
