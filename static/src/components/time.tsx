import { computed, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useStores } from "../hooks/index.ts";
import { absolute, age, ago, clock, clockWithSeconds } from "../i18n/format.ts";
import { language } from "../i18n/index.ts";

type Instant = string | number;

/** Text that changes as time passes. Only the text node is touched, never the component around it. */
function usePassing(at: Instant, say: (seconds: number) => string): ReadonlySignal<string> {
  const { now } = useStores().connection;
  return useMemo(() => {
    const from = new Date(at).getTime();
    return computed(() => say((now.value - from) / 1000));
  }, [at, now, say]);
}

function Moment({ at, children }: { at: Instant; children: ReadonlySignal<string> | string }) {
  const date = new Date(at);
  // Read here so that the hover follows the language too.
  const title = language.value && absolute(date);
  return (
    <time dateTime={date.toISOString()} title={title}>
      {children}
    </time>
  );
}

/** `3 min. ago`, with the whole date on hover. */
export function Ago({ at }: { at: Instant }) {
  return <Moment at={at}>{usePassing(at, ago)}</Moment>;
}

/** `3m`, for columns. */
export function Age({ at }: { at: Instant }) {
  return <Moment at={at}>{usePassing(at, age)}</Moment>;
}

/** `09:41` */
export function Clock({ at }: { at: Instant }) {
  return <Moment at={at}>{clock(new Date(at))}</Moment>;
}

/** `09:41:07` */
export function ClockSeconds({ at }: { at: Instant }) {
  return <Moment at={at}>{clockWithSeconds(new Date(at))}</Moment>;
}
