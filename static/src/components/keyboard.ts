import type { ContainerView } from "../protocol/messages.gen.ts";
import { containerPath, link, linkWith, navigate, route } from "../router.ts";
import type { Stores } from "../stores/index.ts";
import { request } from "./actions.ts";
import { paletteOpen, shortcutsOpen } from "./palette-state.ts";

const TYPING = "input, textarea, select, [contenteditable]";
/** Two keys in a row count as one shortcut for this long. */
const SEQUENCE_MS = 1200;

const PLACES: Record<string, string> = { o: "/", c: "/containers", s: "/sessions", a: "/activity" };

/**
 * The letter on the key, whatever is being typed with it: with a Korean keyboard the key of J says ㅓ.
 * Signs are taken as they are, for they sit on other keys elsewhere.
 */
export function letterOf(event: KeyboardEvent): string {
  if (/^[a-z]$/i.test(event.key)) return event.key.toLowerCase();
  const code = /^Key([A-Z])$/.exec(event.code)?.[1];
  return code ? code.toLowerCase() : event.key;
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-row]")].filter((row) => row.offsetParent !== null);
}

function moveRow(step: 1 | -1): void {
  const all = rows();
  const active = document.activeElement;
  const holder = active?.closest("[data-row-of]");
  const at = all.findIndex((row) => row === active || (holder !== null && row.closest("[data-row-of]") === holder));
  const next = at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[at + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** The container that keys act on: the one whose row has the focus, else the one whose page is open. */
export function currentContainer(stores: Stores): ContainerView | undefined {
  const row = document.activeElement?.closest<HTMLElement>("[data-container]")?.dataset.container;
  if (row) return stores.containers.find(row);
  const at = route.value;
  return at.screen === "containers" && at.container ? stores.containers.find(at.container) : undefined;
}

function goBack(): void {
  const at = route.value;
  if (at.screen === "containers" && at.container) navigate(linkWith({ tab: "" }, "/containers"));
  else if (at.screen === "sessions" && at.session) navigate(linkWith({}, "/sessions"));
}

/** Listen for every shortcut of the page. Returns what stops it. */
export function startKeyboard(stores: Stores): () => void {
  let goPressedAt = Number.NEGATIVE_INFINITY;

  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || stores.session.state.value === "expired") return;
    const key = letterOf(event);
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && key === "k") {
      event.preventDefault();
      paletteOpen.value = !paletteOpen.value;
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest(TYPING) || document.querySelector("dialog[open]")) return;

    const going = event.timeStamp - goPressedAt < SEQUENCE_MS;
    goPressedAt = Number.NEGATIVE_INFINITY;
    const place = going ? PLACES[key] : undefined;
    if (place) navigate(place);
    else if (key === "g") goPressedAt = event.timeStamp;
    else if (!shortcut(stores, key)) return;
    event.preventDefault();
  };

  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

/** Do what `key` stands for; false when it stands for nothing here. */
function shortcut(stores: Stores, key: string): boolean {
  switch (key) {
    case "j":
      moveRow(1);
      return true;
    case "k":
      moveRow(-1);
      return true;
    case "/": {
      const filter = document.querySelector<HTMLInputElement>("[data-filter]");
      filter?.focus();
      filter?.select();
      return filter !== null;
    }
    case "?":
      shortcutsOpen.value = true;
      return true;
    case "Escape":
      goBack();
      return true;
    case "n":
      navigate(link("/sessions", { new: "1" }));
      return true;
    case "r":
    case "l": {
      const container = currentContainer(stores);
      if (!container) return false;
      if (key === "r") request(stores, container, "restart", { ask: true });
      else navigate(link(containerPath(container.name), { tab: "logs" }));
      return true;
    }
    default:
      return false;
  }
}
