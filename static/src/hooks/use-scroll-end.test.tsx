import { act, cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { useRef } from "preact/hooks";
import { afterEach, expect, it } from "vitest";
import { useScrollEnd } from "./index.ts";

const LINE_PX = 20;
const SHOWN_PX = 100;

function Lines({ from, to }: { from: number; to: number }) {
  const atEnd = useRef(true);
  const { scroller, away, readTo, onScroll, toEnd } = useScrollEnd<HTMLDivElement, number>({
    atEnd,
    nearPx: LINE_PX,
    newest: to,
    oldest: String(from),
    moved: [],
  });
  // There is no layout here: as many lines as there are, one below the other.
  const layOut = (element: HTMLDivElement | null): void => {
    scroller.current = element;
    if (element === null) return;
    Object.defineProperty(element, "clientHeight", { value: SHOWN_PX, configurable: true });
    Object.defineProperty(element, "scrollHeight", { value: (to - from) * LINE_PX, configurable: true });
  };
  return (
    <>
      <div ref={layOut} role="log" tabIndex={-1} onScroll={onScroll} />
      {away.value && (
        <button type="button" onClick={toEnd}>
          {to - readTo.value} more
        </button>
      )}
    </>
  );
}

afterEach(cleanup);

function shown() {
  const { rerender } = render(<Lines from={100} to={200} />);
  return {
    place: screen.getByRole("log"),
    show: (from: number, to: number) => rerender(<Lines from={from} to={to} />),
  };
}

async function scroll(place: HTMLElement, toPx: number): Promise<void> {
  place.scrollTop = toPx;
  await act(() => {
    fireEvent.scroll(place);
  });
}

it("keeps to the end while the reader is there, a line above it included", async () => {
  const { place, show } = shown();
  expect(place.scrollTop).toBe(2000);
  await scroll(place, 2000 - SHOWN_PX - LINE_PX);
  show(100, 210);
  expect(place.scrollTop).toBe(2200);
  expect(screen.queryByRole("button")).toBeNull();
});

it("leaves who scrolled up where they read, and tells what came since", async () => {
  const { place, show } = shown();
  show(100, 210);
  await scroll(place, 500);
  show(100, 220);
  expect(place.scrollTop).toBe(500);
  expect(screen.getByRole("button").textContent).toBe("10 more");
});

it("does not move what is read when older entries come in above it", async () => {
  const { place, show } = shown();
  await scroll(place, 500);
  show(50, 200);
  expect(place.scrollTop).toBe(500 + 50 * LINE_PX);
  show(50, 210);
  expect(place.scrollTop).toBe(500 + 50 * LINE_PX);
});

it("goes back to the end, with the focus, and keeps to it again", async () => {
  const { place, show } = shown();
  await scroll(place, 500);
  fireEvent.click(screen.getByRole("button"));
  expect(place.scrollTop).toBe(2000);
  expect(document.activeElement).toBe(place);
  await scroll(place, 2000 - SHOWN_PX);
  expect(screen.queryByRole("button")).toBeNull();
  show(100, 210);
  expect(place.scrollTop).toBe(2200);
});
