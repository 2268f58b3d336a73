import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type LoadError, loadError, retryAfterMs } from "../../stores/index.ts";

const TICK_MS = 1000;

export interface Attempt {
  readonly busy: ReadonlySignal<boolean>;
  /** Why the last attempt failed, until something is typed. */
  readonly failure: ReadonlySignal<LoadError | null>;
  /** Seconds until the server takes another one; 0 when it does. */
  readonly waitS: ReadonlySignal<number>;
  /** Do `work`, unless it is too early or under way. Returns the code of what failed, or null. */
  begin(work: () => Promise<void>): Promise<string | null>;
  forgive(): void;
  fail(code: string): void;
}

/** Something that is tried until it works: signing in, the first account. */
export function useAttempt(): Attempt {
  const busy = useSignal(false);
  const failure = useSignal<LoadError | null>(null);
  const notBefore = useSignal(0);
  const now = useSignal(Date.now());
  const waitS = useComputed(() => Math.max(0, Math.ceil((notBefore.value - now.value) / 1000)));
  const waits = waitS.value > 0;
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(() => {
      now.value = Date.now();
      if (waitS.value === 0) failure.value = null;
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [waits, now, waitS, failure]);

  const begin = async (work: () => Promise<void>): Promise<string | null> => {
    if (busy.value || waitS.value > 0) return null;
    busy.value = true;
    failure.value = null;
    try {
      await work();
      return null;
    } catch (error) {
      failure.value = loadError(error);
      now.value = Date.now();
      notBefore.value = now.value + retryAfterMs(error);
      return failure.value.code;
    } finally {
      busy.value = false;
    }
  };
  return {
    busy,
    failure,
    waitS,
    begin,
    forgive: () => {
      failure.value = null;
    },
    fail: (code) => {
      failure.value = { code, message: "", requestId: null };
    },
  };
}
