import type { LogLine } from "../../protocol/messages.gen.ts";

/** One line as it is shown. `key` only grows, so that a line keeps its element. */
export interface ShownLine extends LogLine {
  readonly key: number;
}

/** Lines in blocks: a full block never changes again, so only the newest one is ever rendered anew. */
export interface LogBlocks {
  readonly blocks: readonly (readonly ShownLine[])[];
  readonly count: number;
  /** Lines that were let go at the old end to stay within the bound. */
  readonly dropped: number;
}

export const NO_LINES: LogBlocks = { blocks: [], count: 0, dropped: 0 };

const BLOCK_LINES = 100;
/** Lines kept while the newest are watched; reading further up, the old ones may not be pulled from under the eyes… */
export const KEPT_LINES = 5_000;
/** …until there are this many. */
export const MOST_LINES = 20_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is taken out.
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: neither are the rest of the control characters text.
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f]/g;

/** The text without colours and cursor moves; after a carriage return, only what a terminal would still show. */
export function plainText(text: string): string {
  const line = text.replace(/\r+$/, "");
  return line
    .slice(line.lastIndexOf("\r") + 1)
    .replace(ESCAPES, "")
    .replace(CONTROLS, "");
}

/** `blocks` with `lines` at its end and at most `limit` lines (to a block) kept. */
export function append(before: LogBlocks, lines: readonly LogLine[], limit: number): LogBlocks {
  if (!lines.length) return before;
  let next = before.dropped + before.count;
  const blocks = [...before.blocks];
  let last = [...(blocks.pop() ?? [])];
  for (const line of lines) {
    if (last.length === BLOCK_LINES) {
      blocks.push(last);
      last = [];
    }
    last.push({ ...line, text: plainText(line.text), key: next });
    next += 1;
  }
  blocks.push(last);
  let { dropped } = before;
  let count = next - dropped;
  while (blocks[0] && count - blocks[0].length >= limit) {
    dropped += blocks[0].length;
    count -= blocks[0].length;
    blocks.shift();
  }
  return { blocks, count, dropped };
}

export function newestTime({ blocks }: LogBlocks): string | null {
  return blocks.at(-1)?.at(-1)?.ts ?? null;
}

/** Whether `ts` is later than `than`; both RFC 3339 UTC with up to nine digits, which the engine does not pad. */
export function isLater(ts: string, than: string): boolean {
  return padded(ts) > padded(than);
}

function padded(ts: string): string {
  const [seconds = "", fraction = ""] = ts.replace(/Z$/, "").split(".");
  return `${seconds}.${fraction.padEnd(9, "0")}`;
}
