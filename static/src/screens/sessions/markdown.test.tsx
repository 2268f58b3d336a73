import { render, screen } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import { Markdown } from "./markdown.tsx";
import { blocksOf, plainText, spansOf } from "./markdown-blocks.ts";

describe("an answer", () => {
  test("has its headings, paragraphs, lists and code", () => {
    const text =
      "## Cause\nweb runs\nout of memory.\n\n- one\n- two\n  more\n\n1. a\n2. b\n\n```sh\ndocker ps\n\n# no\n```\nEnd";
    expect(blocksOf(text)).toEqual([
      { kind: "heading", text: "Cause" },
      { kind: "paragraph", text: "web runs out of memory." },
      { kind: "list", ordered: false, start: 1, items: ["one", "two more"] },
      { kind: "list", ordered: true, start: 1, items: ["a", "b"] },
      { kind: "code", language: "sh", text: "docker ps\n\n# no" },
      { kind: "paragraph", text: "End" },
    ]);
  });

  test("breaks its lines where its text says so, not where its source ends one", () => {
    expect(blocksOf("one  \ntwo\\\nthree\nfour")).toEqual([{ kind: "paragraph", text: "one\ntwo\nthree four" }]);
  });

  test("in the middle of a block of code is code to its end", () => {
    expect(blocksOf("```\nls\n**x**")).toEqual([{ kind: "code", language: "", text: "ls\n**x**" }]);
  });

  test("never becomes HTML", () => {
    const { container } = render(<Markdown text={'<img src=x onerror="alert(1)"> **<b>bold</b>** `<i>`'} />);
    expect(container.querySelector("img, b, i")).toBeNull();
    expect(container.textContent).toContain('<img src=x onerror="alert(1)">');
    expect(container.querySelector("strong")?.textContent).toBe("<b>bold</b>");
  });

  test("links to the web, and to nothing else", () => {
    render(
      <Markdown text="[docs](https://docs.example/a?b=1) [bad](javascript:alert(1)) [file](file:///etc/passwd) see https://x.example/y." />,
    );
    expect(screen.getAllByRole("link").map((link) => link.getAttribute("href"))).toEqual([
      "https://docs.example/a?b=1",
      "https://x.example/y",
    ]);
    expect(screen.getByText(/javascript:alert/)).toBeTruthy();
  });

  test("breaks a line that is full of spaces at its end alone, and at once", () => {
    const spaces = " ".repeat(120_000);
    expect(blocksOf(`a${spaces}b  \nc`)).toEqual([{ kind: "paragraph", text: `a${spaces}b\nc` }]);
    expect(blocksOf(`- a\n${"  b\n".repeat(30_000)}`)).toHaveLength(1);
  });

  test("keeps what is not understood as it stands", () => {
    const text = "a ** b * c ` d [e] (f) __g__ | h |";
    expect(spansOf(text)).toEqual([{ kind: "text", text }]);
  });

  test.each([
    ["backticks", `a${"`".repeat(100_000)}`],
    ["stars", "*".repeat(100_000)],
    ["brackets", "[".repeat(100_000)],
    ["spaces", `# a${" ".repeat(100_000)}b`],
    ["an address", `https://${"a.".repeat(50_000)}`],
    ["lines", "- a\n".repeat(30_000)],
  ])("made of many %s loses none of it", (_, text) => {
    const said = blocksOf(text)
      .flatMap((block) => (block.kind === "list" ? block.items : [block.text]))
      .flatMap((line) => spansOf(line).map((span) => span.text))
      .join("");
    expect(said.length).toBeGreaterThanOrEqual(text.replace(/^# /, "").replace(/- |\n/g, "").length);
  });

  test("has its emphasis, and no products of numbers", () => {
    expect(spansOf("*redo in progress* means: wait. 2*3*4")).toEqual([
      { kind: "emphasis", text: "redo in progress" },
      { kind: "text", text: " means: wait. 2*3*4" },
    ]);
  });

  test("in one line has no marks", () => {
    expect(plainText("## I want to **restart** `web`")).toBe("I want to restart web");
  });
});
