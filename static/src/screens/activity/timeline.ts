import type { AnyEvent, ContainerExited, OperationView } from "../../protocol/messages.gen.ts";
import type { ActivityItem, GapMarker } from "../../stores/index.ts";

type OperationEvent = Extract<AnyEvent, { type: `operation.${string}` }>;
export type ContainerEvent = Extract<AnyEvent, { type: `container.${string}` }>;
export type PlainEvent = Exclude<AnyEvent, OperationEvent>;

/** One line of the timeline. An operation is one line, however many events it took. */
export type Entry =
  | { readonly kind: "event"; readonly key: string; readonly event: PlainEvent }
  | {
      readonly kind: "operation";
      readonly key: string;
      readonly operation: OperationView;
      /** Its own events, oldest first; it stands in the timeline where the first one does. */
      readonly events: readonly OperationEvent[];
      /** What the engine said while it ran, oldest first. */
      readonly effects: readonly ContainerEvent[];
    }
  | {
      readonly kind: "loop";
      readonly key: string;
      readonly lastExit: ContainerExited;
      /** Starts and ends in turn, oldest first. */
      readonly events: readonly ContainerEvent[];
      readonly exits: number;
    }
  | { readonly kind: "gap"; readonly key: string; readonly gap: GapMarker };

export type Kind = "containers" | "actions" | "engine" | "problems";
export const KINDS: readonly Kind[] = ["problems", "actions", "containers", "engine"];

export function isOperationEvent(event: AnyEvent): event is OperationEvent {
  return event.type.startsWith("operation.");
}

export function isContainerEvent(event: AnyEvent): event is ContainerEvent {
  return event.type.startsWith("container.");
}

/** The events as lines, newest first: an operation and what it caused become one, and so does a crash loop. */
export function entriesOf(items: readonly ActivityItem[]): Entry[] {
  return foldLoops(linesOf(items)).reverse();
}

interface Operation {
  operation: OperationView;
  readonly events: OperationEvent[];
  readonly effects: ContainerEvent[];
}

function linesOf(items: readonly ActivityItem[]): Entry[] {
  const operations = new Map<string, Operation>();
  for (const item of items) {
    if (item.kind !== "event" || !isOperationEvent(item.event)) continue;
    const { operation } = item.event.data;
    const known = operations.get(operation.id);
    if (known) {
      known.operation = operation;
      known.events.push(item.event);
    } else operations.set(operation.id, { operation, events: [item.event], effects: [] });
  }
  const lines: Entry[] = [];
  for (const item of items) {
    if (item.kind === "gap") {
      lines.push(item);
      continue;
    }
    const { event, key } = item;
    if (isOperationEvent(event)) {
      const known = operations.get(event.data.operation.id);
      if (known?.events[0] === event) lines.push({ kind: "operation", key: event.data.operation.id, ...known });
      continue;
    }
    const cause = isContainerEvent(event) && event.data.operation ? operations.get(event.data.operation) : undefined;
    if (cause && isContainerEvent(event)) cause.effects.push(event);
    else lines.push({ kind: "event", key, event });
  }
  return lines;
}

/** Starts and ends further apart than this are news each; the engine's own back-off stays below a minute. */
const LOOP_PAUSE_MS = 5 * 60_000;

interface Run {
  readonly lines: Entry[];
  readonly events: ContainerEvent[];
}

/** A container that ends and starts over and over would push everything else off the screen: one line for all of it. */
function foldLoops(lines: readonly Entry[]): Entry[] {
  const runs = new Map<string, Run>();
  const loops = new Map<Entry, Entry | null>();
  const finish = (id: string): void => {
    const run = runs.get(id);
    runs.delete(id);
    const exits = run?.events.filter((event) => event.type === "container.exited") ?? [];
    const last = run?.lines.at(-1);
    const lastExit = exits.at(-1);
    if (!run || !last || exits.length < 2 || lastExit?.type !== "container.exited") return;
    for (const line of run.lines) loops.set(line, null);
    const { events } = run;
    loops.set(last, { kind: "loop", key: `loop ${events[0]?.id}`, lastExit, events, exits: exits.length });
  };
  for (const line of lines) {
    if (line.kind === "operation") finish(line.operation.container_id);
    if (line.kind !== "event" || !isContainerEvent(line.event)) continue;
    const { event } = line;
    const { id } = event.data.container;
    const before = runs.get(id)?.events.at(-1);
    const belongs = event.type === "container.started" || event.type === "container.exited";
    if (!belongs || (before && timeOf(event) - timeOf(before) > LOOP_PAUSE_MS)) finish(id);
    if (!belongs) continue;
    const run = runs.get(id) ?? { lines: [], events: [] };
    runs.set(id, { lines: [...run.lines, line], events: [...run.events, event] });
  }
  for (const id of [...runs.keys()]) finish(id);
  return lines.map((line) => (loops.has(line) ? loops.get(line) : line)).filter((line) => line != null);
}

function timeOf(event: ContainerEvent): number {
  return Date.parse(event.data.at ?? event.timestamp);
}

/** When an entry happened: RFC 3339, or milliseconds since the Unix epoch. */
export function timeOfEntry(entry: Entry): string | number {
  switch (entry.kind) {
    case "gap":
      return entry.gap.at;
    case "operation":
      return entry.events[0]?.timestamp ?? entry.operation.requested_at;
    case "loop":
      return timeOf(entry.events.at(-1) ?? entry.lastExit);
    case "event":
      return (isContainerEvent(entry.event) && entry.event.data.at) || entry.event.timestamp;
  }
}

/** The seq of every event that the entry stands for, as far as it names them. */
export function seqsOf(entry: Entry): number[] {
  switch (entry.kind) {
    case "gap":
      return [];
    case "operation":
      return [...entry.events, ...entry.effects].map(({ seq }) => seq);
    case "loop":
      return entry.events.map(({ seq }) => seq);
    case "event":
      return [entry.event.seq];
  }
}

/** Whether any event of the entry has `from` < seq <= `to`. */
export function isWithin(entry: Entry, range: { readonly from: number; readonly to: number } | null): boolean {
  return range !== null && seqsOf(entry).some((seq) => seq > range.from && seq <= range.to);
}

function isProblem(event: PlainEvent): boolean {
  switch (event.type) {
    case "container.oom":
    case "engine.down":
      return true;
    case "container.exited":
      // One that somebody asked for is no problem, whatever its code.
      return !event.data.operation && (event.data.oom_killed || (event.data.exit_code ?? 0) !== 0);
    case "container.health":
      return event.data.health === "unhealthy";
    default:
      return false;
  }
}

export function isOfKind(entry: Entry, kind: Kind): boolean {
  if (entry.kind === "gap") return true; // What is missing is missing from every view.
  switch (kind) {
    case "problems":
      if (entry.kind === "loop") return isProblem(entry.lastExit);
      return entry.kind === "operation" ? entry.operation.state === "failed" : isProblem(entry.event);
    case "actions":
      return entry.kind === "operation";
    case "containers":
      return entry.kind !== "event" || isContainerEvent(entry.event);
    case "engine":
      return entry.kind === "event" && !isContainerEvent(entry.event);
  }
}

/** The items that concern one container, by its full id. */
export function itemsOf(items: readonly ActivityItem[], containerId: string): ActivityItem[] {
  return items.filter((item) => {
    if (item.kind === "gap") return true;
    const { event } = item;
    if (isOperationEvent(event)) return event.data.operation.container_id === containerId;
    return isContainerEvent(event) && event.data.container.id === containerId;
  });
}
