import { fireEvent, screen, within } from "@testing-library/preact";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { NewToken, SessionView } from "../../protocol/messages.gen.ts";
import { signedIn } from "../../stores/testing/test-stores.ts";
import { clipboard, part, press, showAccount, submit, token, type } from "./testing/show-account.tsx";

afterEach(() => vi.unstubAllGlobals());

describe("the tokens", () => {
  const SECRET = "plh_1_secret";

  async function create(session?: SessionView) {
    const shown = await showAccount(session);
    const made: NewToken = { token: SECRET, view: token({ id: "t2", name: "nightly" }) };
    shown.rest.answer("POST /api/v1/account/tokens", { status: 201, body: made });
    await press(within(part("API tokens")).getByRole("button", { name: "New token" }));
    type(screen.getByLabelText("Name"), "nightly");
    return shown;
  }

  test("a new one has at most the scopes of the role", async () => {
    const { rest } = await create(signedIn("ann", { role: "operator" }));
    const boxes = within(part("API tokens")).getAllByRole("checkbox");
    expect(boxes.map((box) => box.closest("label")?.querySelector("span")?.firstChild?.textContent)).toEqual([
      "Read",
      "Operate",
    ]);
    fireEvent.click(boxes[1] as HTMLElement);
    await submit(part("API tokens"));
    expect(rest.bodies.at(-1)).toEqual({ name: "nightly", scopes: ["read", "operate"], days: 90 });
  });

  test("one without any scope is not asked for", async () => {
    const { rest } = await create();
    fireEvent.click(within(part("API tokens")).getByRole("checkbox", { name: /^Read/ }));
    await submit(part("API tokens"));
    expect(within(part("API tokens")).getByRole("alert").textContent).toBe("Choose at least one.");
    expect(rest.requests).not.toContain("POST /api/v1/account/tokens");
  });

  test("one that never ends is warned about", async () => {
    const { rest } = await create();
    fireEvent.change(screen.getByLabelText("It ends"), { target: { value: "never" } });
    expect(part("API tokens").textContent).toContain("A token that never ends");
    await submit(part("API tokens"));
    expect(rest.bodies.at(-1)).toMatchObject({ days: null });
  });

  test("is shown once, and leaving it uncopied is asked about", async () => {
    const copied = clipboard();
    await create();
    await submit(part("API tokens"));
    const dialog = screen.getByRole("dialog", { name: "nightly was created" });
    expect(dialog.textContent).toContain(SECRET);
    await press(within(dialog).getByRole("button", { name: "Done" }));
    expect(within(dialog).getByRole("alert").textContent).toContain("You have not copied it.");
    await press(within(dialog).getByRole("button", { name: "Copy" }));
    expect(copied).toEqual([SECRET]);
    await press(within(dialog).getByRole("button", { name: "Done" }));
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(document.activeElement).toBe(within(part("API tokens")).getByRole("button", { name: "New token" }));
    expect(part("API tokens").textContent).toContain("nightly");
    expect(document.body.textContent).not.toContain(SECRET);
  });

  test("where the browser does not let the page copy, a person still can", async () => {
    clipboard(false);
    await create();
    await submit(part("API tokens"));
    const dialog = screen.getByRole("dialog");
    await press(within(dialog).getByRole("button", { name: "Copy" }));
    expect(dialog.textContent).toContain("copy it yourself");
    fireEvent.copy(dialog.querySelector("pre") as HTMLElement);
    await press(within(dialog).getByRole("button", { name: "Done" }));
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  test("that is refused stays as it was typed", async () => {
    const { rest } = await create();
    rest.refuse("POST /api/v1/account/tokens", 409, "too_many");
    await submit(part("API tokens"));
    expect(within(part("API tokens")).getByRole("alert")).toBeTruthy();
    expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("nightly");
  });

  test("leaving the form, the focus is back on the button that opened it", async () => {
    await create();
    await press(within(part("API tokens")).getByRole("button", { name: "Cancel" }));
    expect(document.activeElement).toBe(within(part("API tokens")).getByRole("button", { name: "New token" }));
  });

  test("is revoked after a question; a refusal stays in it", async () => {
    const { rest } = await showAccount();
    await press(within(part("API tokens")).getByRole("button", { name: "Revoke backup" }));
    const dialog = screen.getByRole("dialog", { name: "Revoke backup?" });
    rest.refuse("DELETE /api/v1/account/tokens/t1", 503, "storage_unavailable");
    await submit(dialog);
    expect(within(dialog).getByRole("alert")).toBeTruthy();
    rest.answer("DELETE /api/v1/account/tokens/t1", { status: 204 });
    await submit(dialog);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(part("API tokens").textContent).toContain("You have no tokens.");
  });
});
