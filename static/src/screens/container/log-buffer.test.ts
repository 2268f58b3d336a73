import { describe, expect, test } from "vitest";
import { append, isLater, type LogBlocks, NO_LINES, newestTime, plainText } from "./log-buffer.ts";

function lines(count: number, from = 0) {
  return Array.from({ length: count }, (_, index) => ({
    ts: `2026-11-20T09:00:00.${String(from + index).padStart(9, "0")}Z`,
    stream: "stdout" as const,
    text: `line ${from + index}`,
  }));
}

function texts({ blocks }: LogBlocks): string[] {
  return blocks.flat().map(({ text }) => text);
}

describe("the lines of a log", () => {
  test("stay in order over any number of appends", () => {
    let log = NO_LINES;
    for (let from = 0; from < 350; from += 70) log = append(log, lines(70, from), 1000);
    expect(texts(log)).toEqual(lines(350).map(({ text }) => text));
    expect(log.count).toBe(350);
  });

  test("leave full blocks as they are, so that nothing in them is rendered again", () => {
    const before = append(NO_LINES, lines(150), 1000);
    const after = append(before, lines(10, 150), 1000);
    expect(after.blocks[0]).toBe(before.blocks[0]);
    expect(after.blocks[1]).not.toBe(before.blocks[1]);
  });

  test("are bounded: the oldest go, are counted, and no key is used twice", () => {
    let log = NO_LINES;
    for (let from = 0; from < 2000; from += 50) log = append(log, lines(50, from), 300);
    expect(log.count).toBeLessThan(400);
    expect(log.count + log.dropped).toBe(2000);
    expect(texts(log).at(-1)).toBe("line 1999");
    const keys = log.blocks.flat().map(({ key }) => key);
    expect(keys).toEqual(Array.from({ length: log.count }, (_, index) => log.dropped + index));
  });

  test("know their newest time", () => {
    expect(newestTime(NO_LINES)).toBeNull();
    expect(newestTime(append(NO_LINES, lines(3), 10))).toBe("2026-11-20T09:00:00.000000002Z");
  });

  test.each([
    ["2026-11-20T09:00:00.5Z", "2026-11-20T09:00:00.49Z", true],
    ["2026-11-20T09:00:00.5Z", "2026-11-20T09:00:00.500000000Z", false],
    ["2026-11-20T09:00:01Z", "2026-11-20T09:00:00.999999999Z", true],
    ["2026-11-20T09:00:00Z", "2026-11-20T09:00:00.000000001Z", false],
  ])("%s is later than %s: %s, whatever digits the engine left out", (ts, than, expected) =>
    expect(isLater(ts, than)).toBe(expected),
  );
});

describe("the text of a line", () => {
  test.each([
    ["colours", "\u001b[1;31mERROR\u001b[0m disk", "ERROR disk"],
    ["a link", "\u001b]8;;https://x.example\u0007name\u001b]8;;\u0007", "name"],
    ["a bell and other controls", "a\u0007b\u0000c", "abc"],
    ["a progress bar that overwrites itself", " 10%\r 50%\r100%\r", "100%"],
    ["a tab, which is text", "a\tb", "a\tb"],
    ["markup, which is text", "<b>&amp;</b>", "<b>&amp;</b>"],
  ])("without %s", (_, raw, plain) => expect(plainText(raw)).toBe(plain));
});
