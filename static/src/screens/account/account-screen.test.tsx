import { act, fireEvent, screen, within } from "@testing-library/preact";
import { afterEach, describe, expect, test, vi } from "vitest";
import { accessibilityProblems, show } from "../../components/testing/show.tsx";
import type { LoginView, NewToken, SessionView, TokenView } from "../../protocol/messages.gen.ts";
import { sessionView, settled, signedIn, testStores } from "../../stores/testing/test-stores.ts";
import { AccountScreen } from "./account-screen.tsx";

const AT = "2026-11-20T09:00:00.000Z";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1";

function login(fields: Partial<LoginView>): LoginView {
  return {
    id: "here",
    created_at: AT,
    last_seen_at: AT,
    expires_at: AT,
    address: "192.0.2.7",
    agent: FIREFOX,
    current: false,
    ...fields,
  };
}

function token(fields: Partial<TokenView>): TokenView {
  return {
    id: "t1",
    name: "backup",
    user: "ann",
    role: "admin",
    scopes: ["read"],
    created_at: AT,
    expires_at: null,
    last_used_at: null,
    ...fields,
  };
}

const HERE = login({ current: true });
const PHONE = login({ id: "phone", agent: SAFARI, address: "192.0.2.8" });
const CURL = login({ id: "script", agent: "curl/8.5.0", address: null });

async function showAccount(session: SessionView = signedIn(), logins = [PHONE, HERE, CURL]) {
  const fakes = testStores({ session });
  fakes.rest.answer("GET /api/v1/account/logins", { body: { logins } });
  fakes.rest.answer("GET /api/v1/account/tokens", { body: { tokens: [token({})] } });
  const shown = show(
    <main>
      <AccountScreen />
    </main>,
    fakes,
  );
  await act(settled);
  return shown;
}

function part(name: string): HTMLElement {
  return screen.getByRole("region", { name });
}

function type(field: HTMLElement, value: string): void {
  fireEvent.input(field, { target: { value } });
}

async function press(button: HTMLElement): Promise<void> {
  await act(async () => {
    fireEvent.click(button);
    await settled();
  });
}

async function submit(within_: HTMLElement): Promise<void> {
  await act(async () => {
    fireEvent.submit(within_.querySelector("form") as HTMLFormElement);
    await settled();
  });
}

/** A clipboard that takes what is copied, or refuses. */
function clipboard(works = true): string[] {
  const copied: string[] = [];
  vi.stubGlobal("navigator", {
    clipboard: {
      writeText: async (text: string) => {
        if (!works) throw new Error("not allowed");
        copied.push(text);
      },
    },
  });
  return copied;
}

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
