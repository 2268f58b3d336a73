import type { SignedIn } from "../protocol/messages.gen.ts";
import type { Cancel } from "../realtime/index.ts";

/** What one tab tells the others of this browser: they share its cookies, and with them who is signed in. */
export type TabMessage = { kind: "granted"; grant: SignedIn } | { kind: "signed-out" };

export interface Tabs {
  tell(message: TabMessage): void;
  on(listener: (message: TabMessage) => void): Cancel;
  /** Do `work` while no other tab does its own. */
  alone(work: () => Promise<void>): Promise<void>;
}

const NAME = "pilothouse.session";

/** The other tabs of this browser. Where it lacks a way to reach them, each tab stands for itself. */
export function browserTabs(): Tabs {
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME);
  return {
    tell: (message) => channel?.postMessage(message),
    on(listener) {
      const heard = ({ data }: MessageEvent<TabMessage>): void => listener(data);
      channel?.addEventListener("message", heard);
      return () => channel?.removeEventListener("message", heard);
    },
    async alone(work) {
      // Plain http that is not loopback has no locks. Two tabs then meet only by a rare chance: each waits a random time.
      if (navigator.locks === undefined) await work();
      else await navigator.locks.request(NAME, work);
    },
  };
}
