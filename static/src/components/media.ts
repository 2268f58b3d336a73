import { type ReadonlySignal, signal } from "@preact/signals";

function media(query: string): ReadonlySignal<boolean> {
  const list = window.matchMedia(query);
  const matches = signal(list.matches);
  list.addEventListener("change", (event) => {
    matches.value = event.matches;
  });
  return matches;
}

/** Room for the rail beside the screen. */
export const hasRail = media("(min-width: 1024px)");
/** Room for a list and the thing chosen in it, side by side. */
export const hasTwoPanes = media("(min-width: 1440px)");
/** Fingers, or too little room for a menu: actions come up from the bottom edge. */
export const prefersSheets = media("(pointer: coarse), (max-width: 719px)");
