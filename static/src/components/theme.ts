import { effect, signal } from "@preact/signals";
import { readSetting, writeSetting } from "./setting.ts";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const theme = signal<Theme>(readSetting("theme", THEMES) ?? "system");

const darkPreferred = window.matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(darkPreferred.matches);
darkPreferred.addEventListener("change", (event) => {
  systemDark.value = event.matches;
});

/** What is shown now. Canvases read it, since they do not follow CSS by themselves. */
export function shownTheme(): "light" | "dark" {
  if (theme.value !== "system") return theme.value;
  return systemDark.value ? "dark" : "light";
}

effect(() => {
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
});

export function chooseTheme(next: Theme): void {
  writeSetting("theme", next === "system" ? null : next);
  theme.value = next;
}
