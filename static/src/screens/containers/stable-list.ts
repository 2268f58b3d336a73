import { computed, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useStores } from "../../hooks/index.ts";
import type { ContainerView } from "../../protocol/messages.gen.ts";

interface Known {
  readonly text: string;
  readonly container: ContainerView;
}

/**
 * Return what gives a container that did not change the object it had before: each list comes off the wire as new
 * objects, and a row whose object is the same is not rendered again.
 */
export function keepUnchanged(): (list: readonly ContainerView[]) => readonly ContainerView[] {
  let known = new Map<string, Known>();
  return (list) => {
    const next = new Map<string, Known>();
    const kept = list.map((container) => {
      const text = JSON.stringify(container);
      const before = known.get(container.id);
      const entry = before?.text === text ? before : { text, container };
      next.set(container.id, entry);
      return entry.container;
    });
    known = next;
    return kept;
  };
}

/** The list of the store with unchanged containers as unchanged objects. */
export function useStableList(): ReadonlySignal<readonly ContainerView[]> {
  const { list } = useStores().containers;
  return useMemo(() => {
    const keep = keepUnchanged();
    return computed(() => keep(list.value));
  }, [list]);
}
