import { vi } from "vitest";

/** Something that takes every call and remembers every assignment, and draws nothing. */
function anything(): object {
  const kept: Record<PropertyKey, unknown> = {};
  return new Proxy(kept, {
    get: (_, name) => (name in kept ? kept[name] : () => ({ width: 0 })),
    set: (_, name, value) => {
      kept[name] = value;
      return true;
    },
  });
}

/** Give the page canvases to draw on: what is drawn is for a real browser to check. */
export function fakeCanvas(): void {
  vi.stubGlobal(
    "Path2D",
    class {
      constructor() {
        // A constructor may answer with another object.
        // biome-ignore lint/correctness/noConstructorReturn: that is what makes every method exist.
        return anything();
      }
    },
  );
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(() => anything() as never);
}
