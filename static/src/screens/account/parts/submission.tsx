import { type ReadonlySignal, signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { Reason } from "../../../components/reason.tsx";
import { type LoadError, loadError } from "../../../stores/index.ts";

/** One thing that is sent to the server at a time. What was typed stays with the form whatever comes back. */
export class Submission {
  readonly #busy = signal(false);
  readonly #error = signal<LoadError | null>(null);
  readonly busy: ReadonlySignal<boolean> = this.#busy;
  readonly error: ReadonlySignal<LoadError | null> = this.#error;

  /** Resolves with what `send` does, or with null when it failed: then `error` says why. A second one is not begun. */
  async run<T>(send: () => Promise<T>): Promise<{ value: T } | null> {
    if (this.#busy.value) return null;
    this.#busy.value = true;
    this.#error.value = null;
    try {
      return { value: await send() };
    } catch (error) {
      this.#error.value = loadError(error);
      return null;
    } finally {
      this.#busy.value = false;
    }
  }

  clear(): void {
    this.#error.value = null;
  }
}

export function useSubmission(): Submission {
  return useMemo(() => new Submission(), []);
}

/** Why it was not taken, beside the button that sent it. */
export function Refusal({ of, id }: { of: Submission; id?: string }) {
  const error = of.error.value;
  return (
    error && (
      <p class="refusal tone-red" role="alert" id={id}>
        <Reason of={error} />
      </p>
    )
  );
}
