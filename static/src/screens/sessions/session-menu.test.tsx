import { screen, within } from "@testing-library/preact";
import { expect, test } from "vitest";
import { detail, spoken } from "../../stores/testing/sessions.ts";
import { press, showSession } from "./testing/show-sessions.tsx";

test("what is chosen in a session's menu is asked in its place, and the focus goes back to the menu's button", async () => {
  await showSession(detail([spoken(1)]));
  const more = screen.getByRole("button", { name: "Actions on this session" });
  more.focus();
  await press(more);
  expect(more.getAttribute("aria-expanded")).toBe("true");
  await press(within(screen.getByRole("dialog")).getByRole("button", { name: "Take over" }));
  const question = screen.getByRole("dialog");
  expect(more.getAttribute("aria-expanded")).toBe("false");
  expect(question.contains(document.activeElement)).toBe(true);
  await press(within(question).getByRole("button", { name: "Cancel" }));
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(document.activeElement).toBe(more);
});

test("a question with a field begins in the field", async () => {
  await showSession(detail([spoken(1)]));
  await press(screen.getByRole("button", { name: "Actions on this session" }));
  await press(within(screen.getByRole("dialog")).getByRole("button", { name: "Rename" }));
  expect(document.activeElement).toBe(within(screen.getByRole("dialog")).getByLabelText("Title"));
});
