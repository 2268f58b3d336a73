import { describe, expect, it } from "vitest";
import { Api } from "../api/index.ts";
import type { SessionView } from "../protocol/messages.gen.ts";
import { FakeClock } from "../realtime/testing/fake-clock.ts";
import { SessionStore } from "./session.ts";
import { FakeRest, refusal } from "./testing/fake-rest.ts";
import {
  FakeBrowser,
  FakePage,
  fakeSessionIo,
  grant,
  sessionView,
  signedIn,
  signedOut,
} from "./testing/fake-session.ts";
import { settled } from "./testing/test-stores.ts";

const SESSION = "GET /api/v1/auth/session";
const REFRESH = "POST /api/v1/auth/refresh";
const SIGN_IN = "POST /api/v1/auth/sign-in";
const SIGN_OUT = "POST /api/v1/auth/sign-out";
const MINUTE = 60_000;
const LATER = signedIn("ann", {}, { expires_at: "2026-11-20T09:29:00.000Z" });

interface Options {
  browser?: FakeBrowser;
  clock?: FakeClock;
  rest?: FakeRest;
}

/** A tab that asked who is here, and was told `view`. */
async function opened(view: SessionView = signedIn(), options: Options = {}) {
  const { clock = new FakeClock(), rest = new FakeRest(), browser = new FakeBrowser() } = options;
  rest.answer(SESSION, { body: view });
  rest.answer(REFRESH, { body: grant(LATER, "token-2") });
  const api = new Api({ clock, fetch: rest.fetch });
  const window = new EventTarget();
  const document = new FakePage();
  const session = new SessionStore({ ...fakeSessionIo(api, clock, browser), window, document });
  api.obey(session);
  session.start();
  await settled();
  return { session, api, rest, clock, browser, window, document };
}

describe("who is here", () => {
  it("is asked once, and nobody is nobody", async () => {
    const { session, rest } = await opened(signedOut());
    expect(session.state.value).toBe("signed-out");
    expect(session.can("view")).toBe(false);
    expect(rest.requests).toEqual([SESSION]);
  });

  it("does not matter where nobody signs in", async () => {
    const { session, clock } = await opened(sessionView());
    expect(session.state.value).toBe("signed-in");
    expect(session.mayOperate.value).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it("is asked again until there is an answer, and the page says why it waits", async () => {
    const rest = new FakeRest();
    rest.down = true;
    const { session, clock } = await opened(signedIn(), { rest });
    expect(session.state.value).toBe("loading");
    expect(session.error.value?.code).toBe("network");
    rest.down = false;
    await clock.run(5000);
    await settled();
    expect(session.state.value).toBe("signed-in");
    expect(session.error.value).toBeNull();
  });

  it("is found out by a refresh, when the cookie of the access token has ended with it", async () => {
    const first = await opened();
    first.session.stop();
    const clock = new FakeClock();
    const api = new Api({ clock, fetch: first.rest.fetch });
    first.rest.answer(SESSION, { body: signedOut() });
    const io = fakeSessionIo(api, clock);
    io.remembered.set(true);
    const session = new SessionStore(io);
    session.start();
    await settled();
    expect(session.person.value).toBe("ann");
  });

  it("may look and not touch where the server is read-only", async () => {
    const { session } = await opened(signedIn("ann", {}, { read_only: true }));
    expect(session.can("operate")).toBe(true);
    expect(session.mayOperate.value).toBe(false);
  });
});

describe("a token", () => {
  it("is renewed a minute before it ends, and shown to whoever holds a socket", async () => {
    const { session, rest, clock } = await opened();
    await clock.run(14 * MINUTE - 1);
    expect(rest.count(REFRESH)).toBe(0);
    await clock.run(1);
    await settled();
    expect(rest.count(REFRESH)).toBe(1);
    expect(session.token.value).toBe("token-2");
  });

  it("is renewed once for all who ask at the same time", async () => {
    const { session, rest } = await opened();
    await Promise.all([session.refresh(), session.refresh(), session.renewed(), session.ready()]);
    expect(rest.count(REFRESH)).toBe(1);
  });

  it("is renewed once also where a browser has no locks", async () => {
    const tabs = { tell: () => undefined, on: () => () => undefined, alone: (work: () => Promise<void>) => work() };
    const { rest, clock, api } = await opened();
    const session = new SessionStore({ ...fakeSessionIo(api, clock), tabs }, signedIn());
    await Promise.all([session.refresh(), session.refresh()]);
    expect(rest.count(REFRESH)).toBe(1);
  });

  it.each(["online", "pageshow"])(
    "that ended while the machine slept is renewed on %s, before a socket is opened",
    async (type) => {
      const { session, rest, clock, window } = await opened();
      clock.sleep(20 * MINUTE);
      window.dispatchEvent(new Event(type));
      expect(session.ready()).not.toBeNull();
      await session.ready();
      expect(rest.count(REFRESH)).toBe(1);
      expect(session.ready()).toBeNull();
    },
  );

  it("that is good keeps no socket waiting", async () => {
    const { session, document } = await opened();
    document.dispatchEvent(new Event("visibilitychange"));
    expect(session.ready()).toBeNull();
  });

  it("that cannot be renewed just now is asked for again, as late as the server wants, and nobody is signed out", async () => {
    const { session, rest, clock } = await opened();
    rest.answerOnce(REFRESH, refusal(429, "rate_limited", { "Retry-After": "20" }));
    await clock.run(14 * MINUTE);
    await settled();
    expect(session.state.value).toBe("signed-in");
    await clock.run(19_000);
    expect(rest.count(REFRESH)).toBe(1);
    await clock.run(1000);
    await settled();
    expect(session.token.value).toBe("token-2");
  });

  it("is not asked for without a pause by a machine whose clock is ahead", async () => {
    const past = signedIn("ann", {}, { expires_at: "2026-11-20T08:00:00.000Z" });
    const { rest, clock } = await opened(past);
    rest.answer(REFRESH, { body: grant(past) });
    await clock.run(5 * MINUTE);
    expect(rest.count(REFRESH)).toBeLessThanOrEqual(10);
  });
});

describe("a request that the server does not know the sender of", () => {
  const USERS = "GET /api/v1/users";

  it("is repeated after one refresh, whoever else waits for the same", async () => {
    const { api, rest } = await opened();
    rest.answer(USERS, { body: { users: [] } });
    for (let i = 0; i < 3; i++) rest.answerOnce(USERS, refusal(401, "token_expired"));
    const lists = await Promise.all([api.identity.users(), api.identity.users(), api.identity.users()]);
    expect(lists).toEqual([{ users: [] }, { users: [] }, { users: [] }]);
    expect(rest.count(REFRESH)).toBe(1);
    expect(rest.count(USERS)).toBe(6);
  });

  it("is repeated once and no more", async () => {
    const { api, rest } = await opened();
    rest.refuse(USERS, 401, "token_expired");
    await expect(api.identity.users()).rejects.toMatchObject({ code: "token_expired" });
    expect(rest.count(USERS)).toBe(2);
  });

  it("waits for the person to sign in again, and then goes on", async () => {
    const { session, api, rest } = await opened();
    rest.answer(USERS, { body: { users: [] } });
    rest.answerOnce(USERS, refusal(401, "token_expired"));
    rest.refuse(REFRESH, 401, "session_ended");
    const list = api.identity.users();
    await settled();
    expect(session.state.value).toBe("expired");
    expect(session.person.value).toBe("ann");
    rest.answer(SIGN_IN, { body: grant() });
    await session.signIn("ann", "a long password");
    expect(await list).toEqual({ users: [] });
  });

  it("fails when somebody else signs in instead", async () => {
    const { session, api, rest } = await opened();
    rest.refuse(USERS, 401, "token_revoked");
    rest.refuse(REFRESH, 401, "session_ended");
    const list = api.identity.users().catch((error) => error.code);
    await settled();
    rest.answer(SIGN_IN, { body: grant(signedIn("bob")) });
    await session.signIn("bob", "a long password");
    expect(await list).toBe("token_revoked");
    expect(rest.count(USERS)).toBe(1);
  });

  it("is given up when its caller gives it up", async () => {
    const { api, rest } = await opened();
    rest.refuse(USERS, 401, "token_expired");
    rest.refuse(REFRESH, 401, "session_ended");
    const abort = new AbortController();
    const list = api.identity.users(abort.signal).catch((error) => error.message);
    await settled();
    abort.abort(new Error("gone elsewhere"));
    expect(await list).toBe("gone elsewhere");
  });

  it("is one that was refused for another reason, when its code says so", async () => {
    const { api, rest } = await opened();
    rest.refuse("PUT /api/v1/account/second-factor", 401, "wrong_code");
    await expect(api.identity.confirmSecondFactor({ code: "123456" })).rejects.toMatchObject({ code: "wrong_code" });
    expect(rest.count(REFRESH)).toBe(0);
  });

  it("that is forbidden has the rights read anew", async () => {
    const { session, api, rest, clock } = await opened();
    clock.advance(MINUTE);
    rest.refuse(USERS, 403, "forbidden");
    rest.answer(SESSION, { body: signedIn("ann", { role: "viewer" }, { permissions: ["view", "account"] }) });
    await expect(api.identity.users()).rejects.toMatchObject({ code: "forbidden" });
    await settled();
    expect(session.can("people")).toBe(false);
  });
});

describe("the end of a sign-in", () => {
  it("by a refresh that is refused leaves the person at the page, to sign in again", async () => {
    const { session, rest, clock } = await opened();
    rest.refuse(REFRESH, 401, "session_reused");
    await clock.run(14 * MINUTE);
    await settled();
    expect(session.state.value).toBe("expired");
    expect(session.ending.value).toBe("session_reused");
    expect(clock.pending).toBe(0);
  });

  it("that only the socket heard of is looked into first", async () => {
    const { session, rest } = await opened();
    await session.revoked("token_revoked");
    expect(session.state.value).toBe("signed-in");
    rest.answer(SESSION, { body: signedOut() });
    await session.revoked("token_revoked");
    expect(session.state.value).toBe("expired");
  });

  it("by the person's will leaves nobody", async () => {
    const { session, rest } = await opened();
    rest.answer(SIGN_OUT, { status: 204 });
    await session.signOut();
    expect(session.state.value).toBe("signed-out");
    expect(session.person.value).toBeNull();
    expect(session.token.value).toBeNull();
  });

  it("that the server could not be told has not come", async () => {
    const { session, rest } = await opened();
    rest.down = true;
    await expect(session.signOut()).rejects.toMatchObject({ code: "network" });
    expect(session.state.value).toBe("signed-in");
  });
});

describe("coming back to the page", () => {
  it("finds what the person may by now", async () => {
    const { session, rest, clock, document } = await opened(signedIn("ann", {}, { permissions: ["view"] }));
    rest.answer(SESSION, { body: signedIn() });
    document.dispatchEvent(new Event("visibilitychange"));
    await settled();
    expect(session.can("operate")).toBe(false);
    clock.advance(MINUTE);
    document.dispatchEvent(new Event("visibilitychange"));
    await settled();
    expect(session.can("operate")).toBe(true);
  });

  it("after a sign-in elsewhere in the browser ends the wait for one here", async () => {
    const { session, rest, document } = await opened();
    rest.refuse(REFRESH, 401, "session_ended");
    await session.refresh().catch(() => undefined);
    expect(session.state.value).toBe("expired");
    document.dispatchEvent(new Event("visibilitychange"));
    await settled();
    expect(session.state.value).toBe("signed-in");
  });

  it("is nothing to a tab in the background", async () => {
    const { rest, clock, document } = await opened();
    document.visibilityState = "hidden";
    clock.sleep(20 * MINUTE);
    document.dispatchEvent(new Event("visibilitychange"));
    await settled();
    expect(rest.requests).toEqual([SESSION]);
  });
});

describe("several tabs", () => {
  async function twoTabs() {
    const browser = new FakeBrowser();
    const rest = new FakeRest();
    const clock = new FakeClock();
    const one = await opened(signedIn(), { browser, rest, clock });
    const two = await opened(signedIn(), { browser, rest, clock });
    rest.answer(SIGN_OUT, { status: 204 });
    return { one: one.session, two: two.session, rest, clock };
  }

  it("have one refresh between them", async () => {
    const { one, two, rest, clock } = await twoTabs();
    clock.advance(14 * MINUTE);
    await settled();
    expect(rest.count(REFRESH)).toBe(1);
    expect([one.token.value, two.token.value]).toEqual(["token-2", "token-2"]);
  });

  it("are signed out together", async () => {
    const { one, two } = await twoTabs();
    await one.signOut();
    expect(two.state.value).toBe("signed-out");
  });

  it("are signed in together", async () => {
    const { one, two, rest } = await twoTabs();
    await one.signOut();
    rest.answer(SIGN_IN, { body: grant(signedIn("bob"), "token-3") });
    await two.signIn("bob", "a long password");
    expect(one.person.value).toBe("bob");
    expect(one.token.value).toBe("token-3");
  });
});
