import type { Api } from "../api/index.ts";
import { ApiError } from "../api/index.ts";
import type { ContainersData } from "../protocol/messages.gen.ts";
import type { Sequenced } from "../protocol/wire.ts";

// What a page shows of the past when it opens.
const RECENT_SEQS = 200;
const PAGE_EVENTS = 500;
// Ten pages would be 5000 events in the second that this takes: try again later.
const MOST_PAGES = 10;

/** How things are, and every event of the channels asked for with `from` < seq <= `to`, oldest first. */
export interface Snapshot {
  epoch: string;
  containers: ContainersData;
  events: readonly Sequenced[];
  from: number;
  to: number;
}

/**
 * Load how things are and the recent past, over REST. `expected` is the epoch of the live events that the caller holds
 * meanwhile, which a snapshot of another log would not fit; null when it holds none.
 *
 * Rejects with ApiError; also when the log was replaced meanwhile, or grows faster than it can be read.
 */
export async function loadSnapshot(
  api: Api,
  channels: readonly string[],
  expected: string | null,
  signal: AbortSignal,
): Promise<Snapshot> {
  const containers = await api.containers(signal);
  const { epoch, floor, head } = await api.events({ limit: 1, channels }, signal);
  if (expected !== null && epoch !== expected) throw movingTarget();
  const from = Math.max(floor, head - RECENT_SEQS);
  const events: Sequenced[] = [];
  let to = from;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await api.events({ after: to, epoch, limit: PAGE_EVENTS, channels }, signal);
    if (page.epoch !== epoch) break;
    events.push(...page.events);
    to = page.next;
    if (!page.has_more) return { epoch, containers, events, from, to };
  }
  throw movingTarget();
}

function movingTarget(): ApiError {
  return new ApiError("moving_target", "The history changed while it was read.");
}
