import type { ContainerView } from "../../protocol/messages.gen.ts";

export const SORT_KEYS = ["state", "name", "image", "restarts", "age"] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export const STATE_FILTERS = ["attention", "running", "stopped"] as const;
export type StateFilter = (typeof STATE_FILTERS)[number];

/** How the list is shown; all of it comes from the address. `sort` null is "what needs attention first". */
export interface Arrangement {
  readonly text: string;
  readonly state: StateFilter | null;
  readonly sort: SortKey | null;
  readonly descending: boolean;
  readonly grouped: boolean;
}

export interface Group {
  /** The compose project; null holds the containers of none. */
  readonly project: string | null;
  readonly containers: readonly ContainerView[];
  readonly attention: number;
}

const UP = new Set(["running", "paused", "restarting"]);

export function isUp(container: ContainerView): boolean {
  return UP.has(container.state);
}

const IN_STATE: Record<StateFilter, (container: ContainerView) => boolean> = {
  attention: (container) => container.attention,
  running: isUp,
  stopped: (container) => !isUp(container),
};

/** Whether every word of `text` is found in what is known of the container. */
export function matchesText(container: ContainerView, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return true;
  const { name, image, project, service, id, condition, status, ports } = container;
  const known = [name, image, project, service, condition, status, ...ports.map((port) => `:${port.public ?? ""}`)]
    .join(" ")
    .toLowerCase();
  return words.every((word) => known.includes(word) || id.startsWith(word));
}

export function countStates(containers: readonly ContainerView[]): Record<StateFilter, number> {
  const counts = { attention: 0, running: 0, stopped: 0 };
  for (const container of containers) {
    for (const state of STATE_FILTERS) if (IN_STATE[state](container)) counts[state] += 1;
  }
  return counts;
}

// Natural order: web-2 before web-10.
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** What a person would look at first. */
const URGENCY: Record<ContainerView["condition"], number> = {
  unhealthy: 0,
  dead: 1,
  failed: 2,
  restarting: 3,
  starting: 4,
  removing: 5,
  paused: 6,
  running: 7,
  healthy: 7,
  created: 8,
  done: 9,
};

function changedAt({ started_at, finished_at, created, state }: ContainerView): string {
  return (UP.has(state) ? started_at : finished_at) ?? created;
}

const COMPARE: Record<SortKey, (a: ContainerView, b: ContainerView) => number> = {
  state: (a, b) => URGENCY[a.condition] - URGENCY[b.condition],
  name: (a, b) => collator.compare(a.name, b.name),
  image: (a, b) => collator.compare(a.image, b.image),
  restarts: (a, b) => a.restart_count - b.restart_count,
  // Youngest first: the later moment is the smaller age.
  age: (a, b) => Date.parse(changedAt(b)) - Date.parse(changedAt(a)),
};

function comparison({ sort, descending }: Arrangement): (a: ContainerView, b: ContainerView) => number {
  if (!sort) return (a, b) => Number(b.attention) - Number(a.attention) || COMPARE.name(a, b);
  const sign = descending ? -1 : 1;
  return (a, b) => sign * COMPARE[sort](a, b) || COMPARE.name(a, b);
}

function compareGroups(a: Group, b: Group): number {
  return (
    Number(b.attention > 0) - Number(a.attention > 0) ||
    Number(a.project === null) - Number(b.project === null) ||
    collator.compare(a.project ?? "", b.project ?? "")
  );
}

/** Filter, sort and group. Ungrouped, everything is in one group of no project. */
export function arrange(containers: readonly ContainerView[], how: Arrangement): Group[] {
  const { state, text } = how;
  const shown = containers.filter(
    (container) => (!state || IN_STATE[state](container)) && matchesText(container, text),
  );
  shown.sort(comparison(how));
  const members = new Map<string | null, ContainerView[]>();
  for (const container of shown) {
    const project = how.grouped ? container.project : null;
    const group = members.get(project);
    if (group) group.push(container);
    else members.set(project, [container]);
  }
  return [...members]
    .map(([project, group]) => ({
      project,
      containers: group,
      attention: group.filter((container) => container.attention).length,
    }))
    .sort(compareGroups);
}
