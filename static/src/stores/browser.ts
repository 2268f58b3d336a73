import { Api } from "../api/index.ts";
import { readText, writeSetting } from "../components/setting.ts";
import {
  RealtimeClient,
  type RealtimeIo,
  type SocketHandlers,
  type SocketLike,
  ULID_RANDOM_B,
  ulid,
} from "../realtime/index.ts";
import { SessionStore } from "./session.ts";
import { createStores } from "./stores.ts";
import { browserTabs } from "./tabs.ts";
import { Visits } from "./visits.ts";

const SIGNED_IN = "signed-in";

/** Build the stores over this browser: its socket, its fetch, its clock. */
export function createBrowserVisits(): Visits {
  const clock = {
    now: () => Date.now(),
    after(delayMs: number, action: () => void) {
      const timer = setTimeout(action, delayMs);
      return () => clearTimeout(timer);
    },
  };
  const api = new Api({ clock, fetch: (url, init) => fetch(url, init) });
  const random = () => Math.random();
  const session = new SessionStore({
    api: api.identity,
    clock,
    tabs: browserTabs(),
    random,
    window,
    document,
    remembered: {
      get: () => readText(SIGNED_IN) !== null,
      set: (signedIn) => writeSetting(SIGNED_IN, signedIn ? "1" : null),
    },
  });
  api.obey(session);
  const io: RealtimeIo = {
    clock,
    openSocket,
    window,
    document,
    origin: location.origin,
    random,
    reportError: (error) => reportError(error),
    newId: () => ulid(Date.now(), crypto.getRandomValues(new Uint8Array(ULID_RANDOM_B))),
  };
  const channels = ["metrics", "containers"];
  const options = { channels, ready: () => session.ready(), refreshToken: () => session.renewed() };
  return new Visits(session, () => createStores(new RealtimeClient(io, api, options), api, clock, session));
}

function openSocket(url: string, handlers: SocketHandlers): SocketLike {
  const socket = new WebSocket(url);
  socket.onmessage = ({ data }) => handlers.message(data);
  socket.onclose = ({ code, reason }) => handlers.close(code, reason);
  return {
    // A socket that is closing throws away what it is given; one that is opening would throw.
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.close(),
  };
}
