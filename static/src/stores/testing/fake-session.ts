import type { Api } from "../../api/index.ts";
import type { Permission, SessionUser, SessionView, SignedIn } from "../../protocol/messages.gen.ts";
import type { FakeClock } from "../../realtime/testing/fake-clock.ts";
import type { SessionIo } from "../session.ts";
import type { TabMessage, Tabs } from "../tabs.ts";

export const PERMISSIONS: readonly Permission[] = ["view", "operate", "account", "people", "audit"];

/** What `GET /api/v1/auth/session` says: by default of a server where nobody signs in. */
export function sessionView(changes: Partial<SessionView> = {}): SessionView {
  return {
    auth: "off",
    signed_in: true,
    user: null,
    login: null,
    permissions: ["view", "operate"],
    expires_at: null,
    read_only: false,
    setup: false,
    oidc: null,
    ...changes,
  };
}

/** The session of a person; by default of an administrator with a password. */
export function signedIn(
  name = "ann",
  user: Partial<SessionUser> = {},
  changes: Partial<SessionView> = {},
): SessionView {
  return sessionView({
    auth: "on",
    user: { name, role: "admin", labels: [], password: true, second_factor: false, ...user },
    login: `login-of-${name}`,
    permissions: [...PERMISSIONS],
    expires_at: "2026-11-20T09:15:00.000Z",
    ...changes,
  });
}

/** Nobody, where somebody could be. */
export function signedOut(changes: Partial<SessionView> = {}): SessionView {
  return sessionView({ auth: "on", signed_in: false, permissions: [], ...changes });
}

/** What a sign-in or refresh answers. */
export function grant(session: SessionView = signedIn(), token = "token-1"): SignedIn {
  return { access_token: token, expires_at: session.expires_at ?? "", session };
}

/** The tabs of one browser: `of()` is one of them. */
export class FakeBrowser {
  readonly #listeners = new Map<object, (message: TabMessage) => void>();
  #queue: Promise<void> = Promise.resolve();

  of(): Tabs {
    const me = {};
    return {
      tell: (message) => {
        for (const [tab, listener] of this.#listeners) if (tab !== me) listener(message);
      },
      on: (listener) => {
        this.#listeners.set(me, listener);
        return () => this.#listeners.delete(me);
      },
      alone: (work) => {
        const turn = this.#queue.then(work);
        this.#queue = turn.catch(() => undefined);
        return turn;
      },
    };
  }
}

export class FakePage extends EventTarget {
  visibilityState = "visible";
}

export function fakeSessionIo(api: Api, clock: FakeClock, browser = new FakeBrowser()): SessionIo {
  let remembered = false;
  return {
    api: api.identity,
    clock,
    tabs: browser.of(),
    random: () => 0,
    window: new EventTarget(),
    document: new FakePage(),
    remembered: {
      get: () => remembered,
      set: (signedIn) => {
        remembered = signedIn;
      },
    },
  };
}
