import { render } from "@testing-library/preact";
import { afterEach, describe, expect, test } from "vitest";
import { en } from "./en.ts";
import { chooseLanguage, type Message, type MessageKey, rich, t } from "./index.ts";
import { ko } from "./ko.ts";

const KEYS = Object.keys(en) as MessageKey[];

function forms(message: Message): string[] {
  return typeof message === "string" ? [message] : Object.values(message);
}

function names(sentence: string): string[] {
  return [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "").sort();
}

afterEach(() => chooseLanguage("en"));

describe("the message table", () => {
  test.each(KEYS)("%s fills in the same names in Korean as in English", (key) => {
    const english = names(forms(en[key]).at(-1) ?? "");
    for (const sentence of [...forms(en[key]), ...forms(ko[key])]) expect(names(sentence)).toEqual(english);
  });

  test.each(KEYS)("%s says something in both languages", (key) => {
    for (const sentence of [...forms(en[key]), ...forms(ko[key])]) expect(sentence.trim()).not.toBe("");
  });

  test("a count chooses the plural form", () => {
    expect(t("resume.caughtUp", { count: 1 })).toBe("Caught up 1 event");
    expect(t("resume.caughtUp", { count: 37 })).toBe("Caught up 37 events");
  });

  test("a sentence can hold an element where a name stands", () => {
    const { container } = render(<p>{rich("confirm.typeName", { name: <strong>web</strong> })}</p>);
    expect(container.innerHTML).toBe("<p>Type <strong>web</strong> to confirm</p>");
  });

  test("another language changes what is shown and what the document says it is", () => {
    chooseLanguage("ko");
    expect(t("nav.containers")).toBe("컨테이너");
    expect(document.documentElement.lang).toBe("ko");
  });
});
