import type { Cancel, Clock } from "../io.ts";

interface Timer {
  at: number;
  action: () => void;
}

/** Time that passes only when a test says so. */
export class FakeClock implements Clock {
  #now = Date.parse("2026-11-20T09:00:00.000Z");
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, action: () => void): Cancel {
    const timer = { at: this.#now + delayMs, action };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Let time pass, running each timer at its time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    while (this.#runNext(end));
    this.#now = Math.max(this.#now, end);
  }

  /** Let time pass, and what the timers set off get on in between. */
  async run(ms: number): Promise<void> {
    const end = this.#now + ms;
    do await settled();
    while (this.#runNext(end));
    this.#now = Math.max(this.#now, end);
  }

  /** Let time pass without running a timer: the machine sleeps, the tab is throttled. What is due runs afterwards, late. */
  sleep(ms: number): void {
    this.#now += ms;
  }

  /** Somebody sets the clock back. Timers take no notice of it. */
  turnBack(ms: number): void {
    this.#now -= ms;
    for (const timer of this.#timers) timer.at -= ms;
  }

  #runNext(end: number): boolean {
    let next: Timer | null = null;
    for (const timer of this.#timers) if (timer.at <= end && (next === null || timer.at < next.at)) next = timer;
    if (next === null) return false;
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.at);
    next.action();
    return true;
  }
}

/** Let everything that waits for nothing but its turn get on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
