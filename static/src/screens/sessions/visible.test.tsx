import { describe, expect, test } from "vitest";
import { permissionView } from "../../stores/testing/sessions.ts";
import { showApprovals } from "./testing/show-sessions.tsx";
import { visible } from "./visible.ts";

describe("what is shown of what an agent wants to do", () => {
  test.each([
    ["ls \u202e#gpj.", "ls \\u202e#gpj."],
    ["echo hi\r rm -rf /", "echo hi\\u000d rm -rf /"],
    ["a\u200bb\ufeff\u2066", "a\\u200bb\\ufeff\\u2066"],
    ["tag\u{e0041}", "tag\\u{e0041}"],
    ["half \ud800", "half \\ud800"],
    ["\u3164 filler", "\\u3164 filler"],
  ])("has nothing in it that cannot be seen", (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test.each(["컨테이너를 재시작\n\techo 'ok' 😀 é → ſ", "SELECT *\nFROM t;"])("is otherwise as it is", (text) => {
    expect(visible(text)).toBe(text);
  });

  test("is that also on the card that asks for leave", async () => {
    const { call } = permissionView();
    const command = { command: "ls \u202e/ fr- mr ;", description: "List\u2066 files" };
    await showApprovals({ pending: [permissionView({ call: { ...call, tool: "Bash", arguments: command } })] });
    const shown = document.querySelector(".exactly pre")?.textContent;
    expect(shown).toContain("ls \\u202e/ fr- mr ;");
    expect(shown).toContain("List\\u2066 files");
  });
});
