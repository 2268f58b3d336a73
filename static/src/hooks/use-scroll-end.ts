import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Scrolled<Mark> {
  /** Whether the reader is at the end: true at first, and kept by this. */
  atEnd: RefObject<boolean>;
  /** This close to the end counts as being there. */
  nearPx: number;
  /** Stands for the newest entry: another one moves the end. */
  newest: Mark;
  /** Stands for the oldest entry: another one came in above what is being read, which does not move. */
  oldest?: string;
  /** What else moves the end; always as many. */
  moved: readonly unknown[];
}

interface ScrollEnd<Place, Mark> {
  scroller: RefObject<Place>;
  /** Whether the reader has scrolled up. */
  away: Signal<boolean>;
  /** The newest entry when they did. */
  readTo: Signal<Mark>;
  onScroll(): void;
  /** Back to the end, with the focus in what scrolls. */
  toEnd(): void;
}

/** Keep what scrolls at its end until somebody scrolls up; they are never pulled back down. */
export function useScrollEnd<Place extends HTMLElement, Mark>(on: Scrolled<Mark>): ScrollEnd<Place, Mark> {
  const { atEnd, nearPx, newest, oldest, moved } = on;
  const scroller = useRef<Place>(null);
  const before = useRef({ oldest, heightPx: 0 });
  const away = useSignal(false);
  const readTo = useSignal(newest);

  // biome-ignore lint/correctness/useExhaustiveDependencies: all that is shown may move the end.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    if (atEnd.current) element.scrollTop = element.scrollHeight;
    else if (oldest !== before.current.oldest) element.scrollTop += element.scrollHeight - before.current.heightPx;
    before.current = { oldest, heightPx: element.scrollHeight };
  }, [newest, oldest, ...moved]);

  const onScroll = (): void => {
    const element = scroller.current;
    if (!element) return;
    const end = element.scrollHeight - element.scrollTop - element.clientHeight <= nearPx;
    if (end === atEnd.current) return;
    atEnd.current = end;
    readTo.value = newest;
    away.value = !end;
  };
  const toEnd = (): void => {
    const element = scroller.current;
    if (!element) return;
    element.scrollTop = element.scrollHeight;
    element.focus({ preventScroll: true });
  };
  return { scroller, away, readTo, onScroll, toEnd };
}
