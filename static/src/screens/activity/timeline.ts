import type { AnyEvent, OperationView } from "../../protocol/messages.gen.ts";
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
      /** Its own first event: where it stands in the timeline. */
      readonly first: OperationEvent;
      /** What the engine said while it ran, oldest first. */
      readonly effects: readonly ContainerEvent[];
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

/** The events as lines, newest first: an operation and what it caused become one. */
export function entriesOf(items: readonly ActivityItem[]): Entry[] {
  const operations = new Map<string, { operation: OperationView; first: OperationEvent; effects: ContainerEvent[] }>();
  for (const item of items) {
    if (item.kind !== "event" || !isOperationEvent(item.event)) continue;
    const { operation } = item.event.data;
    const known = operations.get(operation.id);
    if (known) known.operation = operation;
    else operations.set(operation.id, { operation, first: item.event, effects: [] });
  }
  const entries: Entry[] = [];
  for (const item of items) {
    if (item.kind === "gap") {
      entries.push(item);
      continue;
    }
    const { event, key } = item;
    if (isOperationEvent(event)) {
      const known = operations.get(event.data.operation.id);
      if (known?.first === event) entries.push({ kind: "operation", key: event.data.operation.id, ...known });
      continue;
    }
    const cause = isContainerEvent(event) && event.data.operation ? operations.get(event.data.operation) : undefined;
    if (cause && isContainerEvent(event)) cause.effects.push(event);
    else entries.push({ kind: "event", key, event });
  }
  return entries.reverse();
}

/** When and where in the order an entry stands. */
export function placeOf(entry: Entry): { readonly at: string | number; readonly seq: number } {
  switch (entry.kind) {
    case "gap":
      return { at: entry.gap.at, seq: entry.gap.to };
    case "operation":
      return { at: entry.first.timestamp, seq: entry.first.seq };
    case "event":
      return {
        at: (isContainerEvent(entry.event) && entry.event.data.at) || entry.event.timestamp,
        seq: entry.event.seq,
      };
  }
}

/** Whether any event of the entry has `from` < seq <= `to`. */
export function isWithin(entry: Entry, range: { readonly from: number; readonly to: number } | null): boolean {
  if (!range || entry.kind === "gap") return false;
  const seqs =
    entry.kind === "event" ? [entry.event.seq] : [entry.first.seq, ...entry.effects.map((event) => event.seq)];
  return seqs.some((seq) => seq > range.from && seq <= range.to);
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
      return entry.kind === "operation" ? entry.operation.state === "failed" : isProblem(entry.event);
    case "actions":
      return entry.kind === "operation";
    case "containers":
      return entry.kind === "operation" || isContainerEvent(entry.event);
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
