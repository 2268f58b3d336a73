import { Api } from "../api/index.ts";
import {
  RealtimeClient,
  type RealtimeIo,
  type SocketHandlers,
  type SocketLike,
  ULID_RANDOM_B,
  ulid,
} from "../realtime/index.ts";
import { createStores, type Stores } from "./stores.ts";

/** Build the stores over this browser: its socket, its fetch, its clock. */
export function createBrowserStores(): Stores {
  const clock = {
    now: () => Date.now(),
    after(delayMs: number, action: () => void) {
      const timer = setTimeout(action, delayMs);
      return () => clearTimeout(timer);
    },
  };
  const api = new Api({ clock, fetch: (url, init) => fetch(url, init) });
  const io: RealtimeIo = {
    clock,
    openSocket,
    window,
    document,
    origin: location.origin,
    random: () => Math.random(),
    reportError: (error) => reportError(error),
    newId: () => ulid(Date.now(), crypto.getRandomValues(new Uint8Array(ULID_RANDOM_B))),
  };
  return createStores(new RealtimeClient(io, api, { channels: ["metrics", "containers"] }), api, clock);
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
