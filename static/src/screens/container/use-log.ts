import { type Signal, useComputed, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { useStores } from "../../hooks/index.ts";
import type { ContainerView, LogLine } from "../../protocol/messages.gen.ts";
import { type LoadError, loadError } from "../../stores/index.ts";
import { append, isLater, KEPT_LINES, type LogBlocks, MOST_LINES, NO_LINES, newestTime } from "./log-buffer.ts";

export const TAIL_LINES = 200;
/** New lines are shown this often at most: a container may write thousands a second. */
const FLUSH_MS = 80;

export type LogState = "loading" | "following" | "ended" | "failed";

export interface Log {
  readonly lines: Signal<LogBlocks>;
  readonly state: Signal<LogState>;
  readonly error: Signal<LoadError | null>;
  retry(): void;
}

/**
 * The last lines of a container's output and, while `follow`, those that come after. The stream is opened again when
 * the container starts anew or the connection returns, from the newest line on: nothing twice.
 */
export function useLog(container: ContainerView, follow: boolean, atEnd: RefObject<boolean>): Log {
  const { api, connection } = useStores();
  const lines = useSignal(NO_LINES);
  const state = useSignal<LogState>("loading");
  const error = useSignal<LoadError | null>(null);
  const attempt = useSignal(0);
  const reachable = useComputed(() => connection.canAct.value).value;
  const { id, started_at: startedAt } = container;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a start, a return or a retry opens the stream again.
  useEffect(() => {
    const abort = new AbortController();
    const since = newestTime(lines.value);
    let waiting: LogLine[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = (): void => {
      timer = undefined;
      lines.value = append(lines.value, waiting, atEnd.current ? KEPT_LINES : MOST_LINES);
      waiting = [];
      state.value = "following";
    };
    const read = async (): Promise<void> => {
      const options = since === null ? { tail: TAIL_LINES, follow } : { since, follow };
      for await (const line of api.logs(id, options, abort.signal)) {
        if (since !== null && !isLater(line.ts, since)) continue;
        waiting.push(line);
        timer ??= setTimeout(flush, FLUSH_MS);
      }
    };
    error.value = null;
    read()
      .then(
        () => {
          if (!abort.signal.aborted) return "ended" as const;
          return null;
        },
        async (reason: unknown) => {
          if (await api.mayReopen(reason, abort.signal)) attempt.value += 1;
          if (abort.signal.aborted) return null;
          error.value = loadError(reason);
          return "failed" as const;
        },
      )
      .then((end) => {
        if (!end) return;
        clearTimeout(timer);
        flush();
        state.value = end;
      });
    return () => {
      abort.abort();
      clearTimeout(timer);
      // Lines that wait are older than what the next stream asks for.
      lines.value = append(lines.value, waiting, KEPT_LINES);
    };
  }, [id, follow, startedAt, reachable, attempt.value]);

  return {
    lines,
    state,
    error,
    retry: () => {
      attempt.value += 1;
    },
  };
}
