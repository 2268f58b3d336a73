import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type LoadError, loadError } from "../../../stores/index.ts";

/** Something that a screen loads when it opens, after it was changed, and when somebody comes back to the page. */
export class Resource<T> {
  readonly #load: (signal: AbortSignal) => Promise<T>;
  readonly #data = signal<T | null>(null);
  readonly #error = signal<LoadError | null>(null);
  #abort = new AbortController();
  #loading = false;

  /** What was loaded last: a later failure does not take it away. */
  readonly data: ReadonlySignal<T | null> = this.#data;
  /** Why the last load failed. */
  readonly error: ReadonlySignal<LoadError | null> = this.#error;

  constructor(load: (signal: AbortSignal) => Promise<T>) {
    this.#load = load;
  }

  readonly reload = async (): Promise<void> => {
    this.stop();
    this.#abort = new AbortController();
    const { signal: abort } = this.#abort;
    this.#loading = true;
    try {
      const data = await this.#load(abort);
      if (abort.aborted) return;
      this.#data.value = data;
      this.#error.value = null;
    } catch (error) {
      if (!abort.aborted) this.#error.value = loadError(error);
    } finally {
      if (this.#abort.signal === abort) this.#loading = false;
    }
  };

  /** Change what is shown, where an answer already told how it is now. */
  update(change: (data: T) => T): void {
    const data = this.#data.value;
    if (data === null) return;
    this.#data.value = change(data);
    // What is on its way may have been read before the change.
    if (this.#loading) void this.reload();
  }

  stop(): void {
    this.#abort.abort();
  }
}

/** `load` must stay the same function, or it is loaded anew. */
export function useResource<T>(load: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const resource = useMemo(() => new Resource(load), [load]);
  useEffect(() => {
    const comeBack = (): void => {
      if (document.visibilityState === "visible") void resource.reload();
    };
    void resource.reload();
    document.addEventListener("visibilitychange", comeBack);
    return () => {
      document.removeEventListener("visibilitychange", comeBack);
      resource.stop();
    };
  }, [resource]);
  return resource;
}
