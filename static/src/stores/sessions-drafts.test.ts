import { describe, expect, it } from "vitest";
import { type DraftStorage, Drafts } from "./sessions-drafts.ts";

function storage(): DraftStorage & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

describe("a draft", () => {
  it("is there again after a reload, with the id under which it was sent", () => {
    const browser = storage();
    new Drafts(
      () => browser,
      () => "ann",
    ).set("s1", { text: "Restart web", id: "k" });
    const after = new Drafts(
      () => browser,
      () => "ann",
    );
    expect(after.get("s1")).toEqual({ text: "Restart web", id: "k" });
    expect(after.get("s2").text).toBe("");
  });

  it("of one person is not another's", () => {
    const browser = storage();
    let person = "ann";
    const drafts = () =>
      new Drafts(
        () => browser,
        () => person,
      );
    drafts().set("s1", { text: "secret", id: null });
    person = "bob";
    expect(drafts().get("s1").text).toBe("");
  });

  it("leaves nothing behind once it was sent", () => {
    const browser = storage();
    const drafts = new Drafts(
      () => browser,
      () => "ann",
    );
    drafts.set("s1", { text: "a", id: null });
    drafts.set("s1", { text: "", id: null });
    expect(browser.kept.size).toBe(0);
  });

  it.each(["{", "[]", '"text"', '{"text":1,"id":null}'])("that is none (%s) is empty", (text) => {
    const browser = storage();
    browser.kept.set("pilothouse.draft.ann.s1", text);
    const drafts = new Drafts(
      () => browser,
      () => "ann",
    );
    expect(drafts.get("s1")).toEqual({ text: "", id: null });
  });

  it("lasts a page where nothing can be kept", () => {
    const drafts = new Drafts(
      () => {
        throw new Error("forbidden");
      },
      () => "ann",
    );
    drafts.set("s1", { text: "a", id: null });
    expect(drafts.get("s1").text).toBe("a");
  });
});
