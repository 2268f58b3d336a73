import { computed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useStores } from "../hooks/index.ts";
import { age, span } from "../i18n/format.ts";

/** How long it has been since `from`, RFC 3339, second by second. */
export function Elapsed({ from }: { from: string }) {
  const { now } = useStores().connection;
  const text = useMemo(() => computed(() => age((now.value - Date.parse(from)) / 1000)), [from, now]);
  return <>{text}</>;
}

/** How long it is until `to`, RFC 3339; nothing once that has passed. */
export function useLeft(to: string): { text: string; over: boolean } {
  const { now } = useStores().connection;
  const seconds = Math.ceil((Date.parse(to) - now.value) / 1000);
  return { text: span(Math.max(0, seconds)), over: seconds <= 0 };
}
