import { act, fireEvent, screen, within } from "@testing-library/preact";
import { afterEach, describe, expect, test, vi } from "vitest";
import { accessibilityProblems, show } from "../../components/testing/show.tsx";
import { sessionView, settled, signedIn, testStores } from "../../stores/testing/test-stores.ts";
import { AccountScreen } from "./account-screen.tsx";
import { clipboard, HERE, part, press, showAccount, submit, type } from "./testing/show-account.tsx";

afterEach(() => vi.unstubAllGlobals());

describe("who I am", () => {
  test("is said in words, with the filter that limits me", async () => {
    await showAccount(signedIn("ann", { role: "operator", labels: ["team=blue"] }));
    expect(part("You").textContent).toContain("ann Operator");
    expect(part("You").textContent).toContain("You see containers labelled team=blue.");
  });

  test("where nobody signs in, it says so and how to change that", async () => {
    const { rest } = await showAccount(sessionView());
    expect(screen.getByRole("heading", { name: "Nobody signs in here" })).toBeTruthy();
    expect(rest.requests).not.toContain("GET /api/v1/account/logins");
  });

  test("has nothing that a screen reader stumbles over", async () => {
    await showAccount();
    await press(within(part("API tokens")).getByRole("button", { name: "New token" }));
    expect(await accessibilityProblems()).toEqual([]);
  });
});

describe("the password", () => {
  test("is changed, and the list of devices read anew: the others are signed out", async () => {
    const { rest } = await showAccount();
    rest.answer("PUT /api/v1/account/password", { status: 204 });
    rest.answer("GET /api/v1/account/logins", { body: { logins: [HERE] } });
    type(screen.getByLabelText("Current password"), "old password");
    type(screen.getByLabelText("New password"), "correct horse battery");
    await submit(part("Password"));
    expect(rest.bodies).toContainEqual({ current: "old password", new: "correct horse battery" });
    expect(part("Password").textContent).toContain("Your other devices were signed out.");
    expect(part("Signed-in devices").textContent).not.toContain("Safari");
    expect(screen.getByLabelText<HTMLInputElement>("New password").value).toBe("");
  });

  test("that is refused says why, and nothing that was typed is lost", async () => {
    const { rest } = await showAccount();
    rest.refuse("PUT /api/v1/account/password", 403, "wrong_password");
    type(screen.getByLabelText("Current password"), "not it");
    type(screen.getByLabelText("New password"), "correct horse battery");
    await submit(part("Password"));
    expect(within(part("Password")).getByRole("alert")).toBeTruthy();
    expect(screen.getByLabelText("Current password").getAttribute("aria-invalid")).toBe("true");
    expect(screen.getByLabelText<HTMLInputElement>("Current password").value).toBe("not it");
    expect(screen.getByLabelText<HTMLInputElement>("New password").value).toBe("correct horse battery");
  });

  test("can be looked at", async () => {
    await showAccount();
    const field = screen.getByLabelText<HTMLInputElement>("New password");
    const [, show] = within(part("Password")).getAllByRole("button", { name: "Show the password" });
    fireEvent.click(show as HTMLElement);
    expect(field.type).toBe("text");
    fireEvent.click(screen.getByRole("button", { name: "Hide the password" }));
    expect(field.type).toBe("password");
  });

  test("of an account of the provider is not asked for: there is none", async () => {
    await showAccount(signedIn("ann", { password: false }));
    expect(screen.queryByLabelText("Current password")).toBeNull();
    expect(part("Password").textContent).toContain("provider signs you in");
    expect(part("Second factor").textContent).toContain("set up there");
  });
});

describe("the second factor", () => {
  const SETUP = {
    secret: "JBSWY3DPEHPK3PXP",
    uri: "otpauth://totp/x",
    qr: "<svg xmlns='http://www.w3.org/2000/svg'/>",
  };

  async function begin() {
    const shown = await showAccount();
    shown.rest.answer("POST /api/v1/account/second-factor", { body: SETUP });
    await press(within(part("Second factor")).getByRole("button", { name: "Set up" }));
    const password = screen.getByLabelText("Your password, to be sure that it is you");
    expect(document.activeElement).toBe(password);
    type(password, "my password");
    await submit(part("Second factor"));
    return shown;
  }

  test("is set up with the password, a picture or the secret, and a code", async () => {
    const { rest } = await begin();
    const picture = screen.getByRole<HTMLImageElement>("img", { name: "The secret as a QR code" });
    expect(decodeURIComponent(picture.src)).toBe(`data:image/svg+xml,${SETUP.qr}`);
    expect(part("Second factor").textContent).toContain("JBSW Y3DP EHPK 3PXP");
    rest.answer("PUT /api/v1/account/second-factor", { body: { codes: ["one", "two"] } });
    rest.answer("GET /api/v1/auth/session", { body: signedIn("ann", { second_factor: true }) });
    type(screen.getByLabelText("Code that the app shows"), "123 456");
    await submit(part("Second factor"));
    expect(rest.bodies).toContainEqual({ code: "123456" });
    const copied = clipboard();
    const dialog = screen.getByRole("dialog", { name: "The second factor is on" });
    await press(within(dialog).getByRole("button", { name: "Copy" }));
    expect(copied).toEqual(["one\ntwo"]);
    await press(within(dialog).getByRole("button", { name: "Done" }));
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(part("Second factor").textContent).toContain("On. Signing in asks for a code.");
  });

  test("a wrong code is said so, is no end of the session, and leaves the picture where it is", async () => {
    const { rest, stores } = await begin();
    rest.refuse("PUT /api/v1/account/second-factor", 401, "wrong_code");
    type(screen.getByLabelText("Code that the app shows"), "000000");
    await submit(part("Second factor"));
    expect(within(part("Second factor")).getByRole("alert")).toBeTruthy();
    expect(stores.session.state.value).toBe("signed-in");
    expect(screen.getByRole("img", { name: "The secret as a QR code" })).toBeTruthy();
  });

  test("the recovery codes can be kept in a file", async () => {
    const { rest } = await begin();
    rest.answer("PUT /api/v1/account/second-factor", { body: { codes: ["one", "two"] } });
    type(screen.getByLabelText("Code that the app shows"), "123456");
    await submit(part("Second factor"));
    const download = within(screen.getByRole("dialog")).getByRole<HTMLAnchorElement>("link", { name: "Download" });
    expect(download.download).toBe("pilothouse-recovery-codes.txt");
    expect(decodeURIComponent(download.href)).toBe("data:text/plain;charset=utf-8,one\ntwo\n");
  });

  test("is removed with the password", async () => {
    const { rest } = await showAccount(signedIn("ann", { second_factor: true }));
    rest.answer("POST /api/v1/account/second-factor/remove", { status: 204 });
    rest.answer("GET /api/v1/auth/session", { body: signedIn() });
    await press(within(part("Second factor")).getByRole("button", { name: "Remove" }));
    type(screen.getByLabelText("Your password, to be sure that it is you"), "my password");
    await submit(part("Second factor"));
    expect(rest.bodies).toContainEqual({ password: "my password" });
    expect(part("Second factor").textContent).toContain("Off.");
  });
});

describe("the devices", () => {
  test("are named in words, this one first and without a way to end it", async () => {
    await showAccount();
    const [here, ...others] = within(part("Signed-in devices")).getAllByRole("listitem");
    expect(here?.textContent).toContain("Firefox on Linuxthis one");
    expect(within(here as HTMLElement).queryByRole("button")).toBeNull();
    expect(others.map((device) => device.querySelector("strong")?.textContent)).toEqual(["Safari on iPhone", "curl"]);
  });

  test("one of them is signed out", async () => {
    const { rest } = await showAccount();
    rest.answer("DELETE /api/v1/account/logins/phone", { status: 204 });
    await press(screen.getByRole("button", { name: "Sign out Safari on iPhone" }));
    expect(rest.requests).toContain("DELETE /api/v1/account/logins/phone");
    expect(part("Signed-in devices").textContent).not.toContain("Safari");
  });

  test("all others are signed out after a question that counts them", async () => {
    const { rest } = await showAccount();
    rest.answer("DELETE /api/v1/account/logins", { status: 204 });
    await press(screen.getByRole("button", { name: "Sign out all others" }));
    const dialog = screen.getByRole("dialog", { name: "Sign out all other devices?" });
    expect(dialog.textContent).toContain("2 other devices are signed out at once.");
    await submit(dialog);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(part("Signed-in devices").textContent).toContain("You are signed in nowhere else.");
  });

  test("are read anew when one comes back to the page", async () => {
    const { rest } = await showAccount();
    rest.answer("GET /api/v1/account/logins", { body: { logins: [HERE] } });
    document.dispatchEvent(new Event("visibilitychange"));
    await act(settled);
    expect(part("Signed-in devices").textContent).toContain("You are signed in nowhere else.");
  });

  test("that could not be loaded say why, and are tried again", async () => {
    const fakes = testStores({ session: signedIn() });
    fakes.rest.refuse("GET /api/v1/account/logins", 503, "storage_unavailable");
    fakes.rest.answer("GET /api/v1/account/tokens", { body: { tokens: [] } });
    show(<AccountScreen />, fakes);
    await act(settled);
    fakes.rest.answer("GET /api/v1/account/logins", { body: { logins: [HERE] } });
    await press(within(part("Signed-in devices")).getByRole("button", { name: "Try again" }));
    expect(part("Signed-in devices").textContent).toContain("Firefox on Linux");
  });
});
