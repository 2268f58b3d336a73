import { type Api, ApiError, retryAfterMs } from "../api/index.ts";
import type { AnyEvent, Sequenced } from "../protocol/wire.ts";
import { Backoff } from "./backoff.ts";
import type { GapNotice, GapReason, Problem } from "./events.ts";
import type { Clock } from "./io.ts";
import { loadSnapshot, type Snapshot } from "./snapshot.ts";
import { wait } from "./wait.ts";

/** Channels whose past is being loaded over REST, and their live events until it is there. */
export interface Hold {
  readonly channels: Set<string>;
  readonly reason: GapReason | null;
  /** The log that the held events are of; null when there are none. */
  readonly epoch: string | null;
  readonly events: Sequenced[];
  /** A list of containers came by itself meanwhile: the one that was asked for is older. */
  containersCame: boolean;
  readonly abort: AbortController;
}

export function newHold(channels: readonly string[], reason: GapReason | null, epoch: string | null): Hold {
  return {
    channels: new Set(channels),
    reason,
    epoch,
    events: [],
    containersCame: false,
    abort: new AbortController(),
  };
}

/** Add channels to a hold: its snapshot must be loaded anew, so that it reaches to what is held of them too. */
export function widened(old: Hold, more: Hold): Hold {
  old.abort.abort();
  return {
    ...more,
    channels: new Set([...old.channels, ...more.channels]),
    reason: more.reason ?? old.reason,
    events: old.events,
    containersCame: old.containersCame,
  };
}

/** Load the snapshot for `hold`, trying until it works; null when the hold was given up. */
export async function loadFor(
  hold: Hold,
  io: { api: Api; clock: Clock; random: () => number },
  onProblem: (problem: Problem) => void,
): Promise<Snapshot | null> {
  const backoff = new Backoff(io.random);
  const { signal } = hold.abort;
  while (!signal.aborted) {
    try {
      const snapshot = await loadSnapshot(io.api, [...hold.channels], hold.epoch, signal);
      return signal.aborted ? null : snapshot;
    } catch (error) {
      if (signal.aborted) return null;
      onProblem(problem(error));
      await wait(io.clock, Math.max(backoff.next(), retryAfterMs(error)), signal);
    }
  }
  return null;
}

/**
 * Compare a snapshot with where the held channels were (`before`; a channel without a position is new to this page).
 * Returns the gap that it leaves, if any, and the events of it that are new.
 */
export function bridge(
  hold: Hold,
  snapshot: Snapshot,
  before: ReadonlyMap<string, number>,
  replaced: boolean,
): { gap: GapNotice | null; events: AnyEvent[] } {
  const missed = snapshot.events.filter(
    (event) => hold.channels.has(event.channel) && (replaced || event.seq > (before.get(event.channel) ?? 0)),
  );
  const events = missed.filter((event): event is AnyEvent => event.type !== "skip");
  const from = before.size === 0 ? null : Math.min(...before.values());
  if (from === null) return { gap: null, events };
  const to = replaced || from < snapshot.from ? snapshot.from : endOfHole(missed, before);
  if (to === null) return { gap: null, events };
  const keptSince = events.find((event) => event.seq > to)?.timestamp ?? null;
  return { gap: { channels: [...hold.channels], from, to, reason: hold.reason ?? "epoch_changed", keptSince }, events };
}

/** Where the last hole in `events` ends, if one does not follow the one before it: the log itself has lost something. */
function endOfHole(events: readonly Sequenced[], before: ReadonlyMap<string, number>): number | null {
  const positions = new Map(before);
  let end: number | null = null;
  for (const { channel, seq, prev } of events) {
    if (prev > (positions.get(channel) ?? prev)) end = prev;
    positions.set(channel, seq);
  }
  return end;
}

/** What to tell people about an error of the API. */
export function problem(error: unknown): Problem {
  if (error instanceof ApiError) return { code: error.code, message: error.message };
  return { code: "internal", message: String(error) };
}
