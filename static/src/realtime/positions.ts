/** `hole`: something between the position and this event did not come. */
export type Verdict = "new" | "duplicate" | "hole";

/**
 * How far each event channel was seen. A seq is global, so a position need not be the seq of an event of its channel:
 * it says "everything of this channel up to here was seen". Positions mean nothing without the log's `epoch`.
 */
export class Positions {
  epoch: string | null = null;
  readonly #seqs = new Map<string, number>();

  get(channel: string): number | undefined {
    return this.#seqs.get(channel);
  }

  /** The position from which a resume misses nothing of any channel; null when there is none to resume from. */
  lowest(): number | null {
    return this.#seqs.size === 0 ? null : Math.min(...this.#seqs.values());
  }

  /**
   * Judge an event, and move past it if it is new. Called before the event is handed on: whatever its receiver does,
   * the same event is never new again.
   */
  accept(channel: string, seq: number, prev: number): Verdict {
    const position = this.#seqs.get(channel);
    if (position !== undefined) {
      if (seq <= position) return "duplicate";
      if (prev > position) return "hole";
    }
    this.#seqs.set(channel, seq);
    return "new";
  }

  /** Everything of `channel` up to `seq` was seen. Never goes back, and gives no position to a channel without one. */
  lift(channel: string, seq: number): void {
    const position = this.#seqs.get(channel);
    if (position !== undefined && seq > position) this.#seqs.set(channel, seq);
  }

  /** Begin at `seq`, also below where `channel` was: after a snapshot, or in another epoch. */
  set(channel: string, seq: number): void {
    this.#seqs.set(channel, seq);
  }

  forget(channel: string): void {
    this.#seqs.delete(channel);
  }
}
