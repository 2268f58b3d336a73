import type { Cancel, Clock } from "../realtime/io.ts";
import { ApiError } from "./errors.ts";

/** Ends a request when its caller aborts or its time is over, whichever comes first. `end` it in any case. */
export class TimeLimit {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #lift: Cancel;
  #over = false;

  // AbortSignal.any would do this, but not in every browser that the build supports.
  constructor(clock: Clock, caller: AbortSignal | undefined, timeoutMs: number) {
    this.#caller = caller;
    this.#lift = clock.after(timeoutMs, () => {
      this.#over = true;
      this.#controller.abort();
    });
    if (caller?.aborted === true) this.#abort();
    else caller?.addEventListener("abort", this.#abort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** No time limit from here on; the caller's signal still counts. */
  lift(): void {
    this.#lift();
  }

  end(): void {
    this.#lift();
    this.#caller?.removeEventListener("abort", this.#abort);
  }

  /** Return what the request's caller should get for `error`. */
  explain(error: unknown): unknown {
    if (error instanceof ApiError) return error;
    if (this.#caller?.aborted === true) return this.#caller.reason;
    if (this.#over) return new ApiError("timeout", "Pilothouse did not answer in time.");
    return new ApiError("network", "Pilothouse cannot be reached.");
  }

  readonly #abort = (): void => this.#controller.abort();
}
