import { question } from "./actions.ts";
import { paletteOpen, shortcutsOpen } from "./palette-state.ts";

/** Close what is open over the page, for whoever comes next. */
export function closeEverything(): void {
  question.value = null;
  paletteOpen.value = false;
  shortcutsOpen.value = false;
}
