// A small part of Markdown, enough for answers: nothing in it becomes HTML, and nothing is lost that is not understood.

export type Block =
  | { readonly kind: "paragraph" | "heading" | "quote"; readonly text: string }
  | { readonly kind: "list"; readonly ordered: boolean; readonly start: number; readonly items: readonly string[] }
  | { readonly kind: "code"; readonly language: string; readonly text: string };

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)/;
const HEADING = /^ {0,3}#{1,6}\s+(\S.*)$/;
const BULLET = /^ {0,6}[-*+]\s+(.*)$/;
const NUMBER = /^ {0,6}(\d{1,9})[.)]\s+(.*)$/;
const QUOTE = /^ {0,3}>\s?(.*)$/;

/** The blocks of `text`, in order. */
export function blocksOf(text: string): Block[] {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    if (line.trim() === "") {
      at += 1;
      continue;
    }
    const [block, next] = blockAt(lines, at, line);
    blocks.push(block);
    at = next;
  }
  return blocks;
}

function blockAt(lines: readonly string[], at: number, line: string): [Block, number] {
  const fence = FENCE.exec(line);
  if (fence) return codeAt(lines, at, fence[1] ?? "```", fence[2] ?? "");
  const heading = HEADING.exec(line);
  if (heading) return [{ kind: "heading", text: heading[1] ?? "" }, at + 1];
  if (BULLET.test(line) || NUMBER.test(line)) return listAt(lines, at, NUMBER.test(line) && !BULLET.test(line));
  const [kind, own] = QUOTE.test(line) ? (["quote", true] as const) : (["paragraph", false] as const);
  let next = at;
  const said: string[] = [];
  while (next < lines.length && (next === at || continues(lines[next] ?? "", own))) {
    said.push((lines[next] ?? "").replace(own ? QUOTE : /^\s+/, own ? "$1" : ""));
    next += 1;
  }
  return [{ kind, text: flowing(said) }, next];
}

/** Where a line was broken in the source says nothing, unless it says so: by two spaces or a backslash at its end. */
function flowing(lines: readonly string[]): string {
  return lines.map((line, index) => (index === lines.length - 1 ? line : withBreak(line))).join("");
}

function withBreak(line: string): string {
  // No pattern: one that looks for spaces at the end tries each of a hundred thousand in the middle.
  if (line.endsWith("\\")) return `${line.slice(0, -1)}\n`;
  return line.endsWith("  ") ? `${line.trimEnd()}\n` : `${line.trimEnd()} `;
}

function continues(line: string, quoted: boolean): boolean {
  if (line.trim() === "") return false;
  if (quoted) return QUOTE.test(line);
  return ![FENCE, HEADING, BULLET, NUMBER, QUOTE].some((start) => start.test(line));
}

/** Until the fence is closed, or to the end: it may still be on its way. */
function codeAt(lines: readonly string[], at: number, fence: string, language: string): [Block, number] {
  const code: string[] = [];
  let next = at + 1;
  while (next < lines.length) {
    const line = lines[next] ?? "";
    next += 1;
    const closing = line.trim();
    if (closing.length >= fence.length && closing === (fence[0] ?? "`").repeat(closing.length)) break;
    code.push(line);
  }
  return [{ kind: "code", language, text: code.join("\n") }, next];
}

function listAt(lines: readonly string[], at: number, ordered: boolean): [Block, number] {
  const items: string[] = [];
  const start = Number(NUMBER.exec(lines[at] ?? "")?.[1] ?? 1);
  let next = at;
  while (next < lines.length) {
    const line = lines[next] ?? "";
    const item = ordered ? NUMBER.exec(line)?.[2] : BULLET.exec(line)?.[1];
    if (item !== undefined) items.push(item);
    // What is set in belongs to the item above it.
    else if (/^\s{2,}\S/.test(line) && !FENCE.test(line.trim())) items.push(withBreak(items.pop() ?? "") + line.trim());
    else break;
    next += 1;
  }
  return [{ kind: "list", ordered, start, items }, next];
}

export type Span =
  | { readonly kind: "text" | "code" | "bold" | "emphasis"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

// One pass, and no part of it can be tried in two ways: what is written by a model may be anything.
const MARKS =
  /(?<!`)(`{1,3})([^`\n]{1,2000})\1(?!`)|\*\*([^*\n]{1,2000})\*\*|(?<![\w*])\*(?![\s*])([^*\n]{1,500})(?<!\s)\*(?![\w*])|\[([^\][\n]{1,500})\]\(([^()\s]{1,2000})\)|(https?:\/\/[^\s<>"'`)\]]{1,2000})/g;

/** The parts of a line of text. Only addresses of the web become links. */
export function spansOf(text: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const match of text.matchAll(MARKS)) {
    const span = spanOf(match);
    if (span === null) continue;
    if (match.index > from) spans.push({ kind: "text", text: text.slice(from, match.index) });
    const [shown, rest] = span.kind === "link" && match[7] !== undefined ? trimmed(span) : [span, ""];
    spans.push(shown);
    from = match.index + match[0].length - rest.length;
  }
  if (from < text.length) spans.push({ kind: "text", text: text.slice(from) });
  return spans;
}

/** A line of Markdown without its marks. */
export function plainText(text: string): string {
  return spansOf(text.replace(/^\s*#{1,6}\s+/, ""))
    .map((span) => span.text)
    .join("");
}

function spanOf([, , code, bold, emphasis, label, target, bare]: RegExpMatchArray): Span | null {
  if (code !== undefined) return { kind: "code", text: code.trim() || code };
  if (bold !== undefined) return { kind: "bold", text: bold };
  if (emphasis !== undefined) return { kind: "emphasis", text: emphasis };
  const href = webAddress(target ?? bare ?? "");
  return href === null ? null : { kind: "link", text: label ?? bare ?? href, href };
}

/** A full stop after an address is the sentence's. */
function trimmed(link: Extract<Span, { kind: "link" }>): [Span, string] {
  const rest = /[.,;:!?]+$/.exec(link.text)?.[0] ?? "";
  const text = link.text.slice(0, link.text.length - rest.length);
  return [{ kind: "link", text, href: webAddress(text) ?? link.href }, rest];
}

function webAddress(target: string): string | null {
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return null;
  return new URL(target).href;
}
