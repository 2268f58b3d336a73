import { computed, signal } from "@preact/signals";

export type Route =
  | { readonly screen: "overview" }
  | { readonly screen: "containers"; readonly container: string | null }
  | { readonly screen: "sessions"; readonly session: string | null }
  | { readonly screen: "approvals" }
  | { readonly screen: "activity" }
  | { readonly screen: "more" }
  | { readonly screen: "account" }
  | { readonly screen: "people" }
  | { readonly screen: "audit" }
  | { readonly screen: "sign-in" }
  | { readonly screen: "setup" }
  | { readonly screen: "missing"; readonly path: string };

interface Place {
  readonly path: string;
  readonly search: string;
  readonly hash: string;
}

const PLAIN = ["approvals", "activity", "more", "account", "people", "audit", "sign-in", "setup"] as const;

const place = signal<Place>(here());

function here(): Place {
  return { path: window.location.pathname, search: window.location.search, hash: window.location.hash };
}

/** The screen that `path` names. */
export function matchRoute(path: string): Route {
  const [first = "", second, ...rest] = path.split("/").slice(1);
  if (path === "/" || path === "") return { screen: "overview" };
  if (rest.some((part) => part !== "")) return { screen: "missing", path };
  if (first === "containers") return { screen: "containers", container: second ? decode(second) : null };
  if (first === "sessions") return { screen: "sessions", session: second ? decode(second) : null };
  if (second) return { screen: "missing", path };
  const plain = PLAIN.find((name) => name === first);
  return plain ? { screen: plain } : { screen: "missing", path };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // A stray % in a typed address: show it as it is and find nothing.
  }
}

export const route = computed<Route>(() => matchRoute(place.value.path));
const parameters = computed(() => new URLSearchParams(place.value.search));

/** One parameter of the address: filters, sorting and tabs live there so that a link shows what its sender saw. */
export function query(name: string): string {
  return parameters.value.get(name) ?? "";
}

/** What follows the # of the address. A secret may stand there: no server sees it, and no log. */
export const fragment = computed(() => place.value.hash.slice(1));

/** The present address within this site. */
export function address(): string {
  return place.value.path + place.value.search;
}

/** `path` with those of `values` that are not empty. */
export function link(path: string, values: Record<string, string> = {}): string {
  const search = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ""));
  return search.size ? `${path}?${search}` : path;
}

export function containerPath(name: string): string {
  return `/containers/${encodeURIComponent(name)}`;
}

export function sessionPath(id: string): string {
  return `/sessions/${encodeURIComponent(id)}`;
}

/** The present address with some parameters changed; an empty value drops one. */
export function linkWith(changes: Record<string, string>, path = place.value.path): string {
  return link(path, { ...Object.fromEntries(parameters.value), ...changes });
}

export function navigate(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  const before = place.value.path;
  place.value = here();
  if (!replace && place.value.path !== before) window.scrollTo(0, 0);
}

/** Change parameters without a step in the history: typing a filter must not fill the Back button. */
export function setQuery(changes: Record<string, string>): void {
  navigate(linkWith(changes), { replace: true });
}

/** Follow Back and Forward, and links within the page, without loading it anew. */
export function startRouter(): () => void {
  const onPop = (): void => {
    place.value = here();
  };
  const onClick = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = event.target instanceof Element ? event.target.closest("a") : null;
    const href = anchor?.getAttribute("href");
    if (
      !anchor ||
      !href?.startsWith("/") ||
      href.startsWith("/api/") ||
      anchor.target ||
      anchor.hasAttribute("download")
    )
      return;
    event.preventDefault();
    navigate(href, { replace: anchor.dataset.replace !== undefined });
  };
  place.value = here();
  window.addEventListener("popstate", onPop);
  window.addEventListener("hashchange", onPop);
  document.addEventListener("click", onClick);
  return () => {
    window.removeEventListener("popstate", onPop);
    window.removeEventListener("hashchange", onPop);
    document.removeEventListener("click", onClick);
  };
}
