import { act, fireEvent, screen } from "@testing-library/preact";
import { afterEach, describe, expect, test, vi } from "vitest";
import { App } from "../../app.tsx";
import { fakeCanvas } from "../../components/testing/fake-canvas.ts";
import { accessibilityProblems, show } from "../../components/testing/show.tsx";
import { navigate } from "../../router.ts";
import { refusal } from "../../stores/testing/fake-rest.ts";
import { grant, settled, signedIn, signedOut, testStores } from "../../stores/testing/test-stores.ts";

const SIGN_IN = "POST /api/v1/auth/sign-in";
const SETUP = "POST /api/v1/auth/setup";

afterEach(() => {
  vi.useRealTimers();
});

async function open(session = signedOut(), path = "/containers?q=web") {
  fakeCanvas();
  navigate(path, { replace: true });
  const fakes = testStores({ session });
  fakes.rest.answer(SIGN_IN, { body: grant() });
  const shown = show(<App />, fakes);
  await act(settled);
  return shown;
}

function type(label: string | RegExp, text: string): HTMLInputElement {
  const field = screen.getByLabelText(label, { selector: "input" }) as HTMLInputElement;
  fireEvent.input(field, { target: { value: text } });
  return field;
}

async function submit(): Promise<void> {
  const form = document.querySelector("form");
  if (form === null) throw new Error("There is no form.");
  await act(async () => {
    fireEvent.submit(form);
    await settled();
  });
}

async function signIn(): Promise<void> {
  type("Name", "ann");
  type("Password", "a long password");
  await submit();
}

const problem = () => document.querySelector("[role=alert]")?.textContent;

describe("signing in", () => {
  test("leads to the address that was asked for", async () => {
    const { rest } = await open();
    expect(document.title).toBe("Sign in · Pilothouse");
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Sign in");
    await signIn();
    expect(rest.bodies.at(rest.requests.indexOf(SIGN_IN))).toEqual({ name: "ann", password: "a long password" });
    expect(location.pathname + location.search).toBe("/containers?q=web");
    const heading = screen.getByRole("heading", { level: 1 });
    expect(heading.textContent).toBe("Containers");
    expect(document.activeElement).toBe(heading);
  });

  test("leads home from its own address", async () => {
    await open(signedOut(), "/sign-in");
    await signIn();
    expect(location.pathname).toBe("/");
  });

  test("lets a password manager know the fields, and begins in the first", async () => {
    await open();
    expect(screen.getByLabelText("Name").getAttribute("autocomplete")).toBe("username");
    expect(screen.getByLabelText("Password").getAttribute("autocomplete")).toBe("current-password");
    expect(document.activeElement).toBe(screen.getByLabelText("Name"));
  });

  test("that fails says so, keeps what was typed, and takes it back when one types on", async () => {
    const { rest } = await open();
    rest.refuse(SIGN_IN, 401, "wrong_credentials");
    await signIn();
    expect(problem()).toContain("The name or the password is wrong.");
    const password = screen.getByLabelText("Password") as HTMLInputElement;
    expect(password.value).toBe("a long password");
    expect(document.activeElement).toBe(password);
    type("Password", "another password");
    expect(problem()).toBe("");
  });

  test("too often counts down until it works again", async () => {
    const { rest } = await open();
    rest.refuse(SIGN_IN, 429, "rate_limited", { "Retry-After": "90" });
    vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
    await signIn();
    expect(problem()).toContain("try again in 1m 30s");
    await submit();
    expect(rest.count(SIGN_IN)).toBe(1);
    act(() => {
      vi.advanceTimersByTime(91_000);
    });
    expect(problem()).toBe("");
    rest.answer(SIGN_IN, { body: grant() });
    await submit();
    expect(rest.count(SIGN_IN)).toBe(2);
  });

  test("without a connection says that, and nothing is lost", async () => {
    const { rest } = await open();
    rest.down = true;
    await signIn();
    expect(problem()).toContain("Pilothouse cannot be reached.");
    expect((screen.getByLabelText("Name") as HTMLInputElement).value).toBe("ann");
  });

  test("shows the password to whoever asks, and warns of Caps Lock", async () => {
    await open();
    const password = screen.getByLabelText("Password") as HTMLInputElement;
    fireEvent.click(screen.getByRole("button", { name: "Show the password" }));
    expect(password.type).toBe("text");
    const key = new KeyboardEvent("keydown", { key: "A", bubbles: true });
    vi.spyOn(key, "getModifierState").mockImplementation((name) => name === "CapsLock");
    act(() => {
      password.dispatchEvent(key);
    });
    expect(screen.getByText("Caps Lock is on")).toBeTruthy();
  });

  test("has the provider's button, which knows the way back", async () => {
    await open(signedOut({ oidc: "Example ID" }));
    const link = screen.getByRole("link", { name: "Continue with Example ID" });
    expect(link.getAttribute("href")).toBe("/api/v1/auth/oidc?return=%2Fcontainers%3Fq%3Dweb");
  });

  test("that failed at the provider says why", async () => {
    await open(signedOut({ oidc: "Example ID" }), "/sign-in?error=oidc_refused");
    expect(problem()).toContain("The sign-in provider did not let you in");
  });

  test("has nothing that axe finds wrong", async () => {
    const { rest } = await open(signedOut({ oidc: "Example ID" }));
    rest.refuse(SIGN_IN, 401, "wrong_credentials");
    await signIn();
    expect(await accessibilityProblems()).toEqual([]);
  });
});

describe("the second step", () => {
  async function asked() {
    const shown = await open();
    shown.rest.refuse(SIGN_IN, 401, "second_factor_required");
    await signIn();
    return shown;
  }

  test("asks for the code in place, and sends it with what was typed before", async () => {
    const { rest } = await asked();
    expect(problem()).toBe("");
    const code = screen.getByLabelText("Code");
    expect(document.activeElement).toBe(code);
    expect(code.getAttribute("autocomplete")).toBe("one-time-code");
    rest.answer(SIGN_IN, { body: grant() });
    type("Code", "123 456");
    await submit();
    expect(rest.bodies.filter(Boolean).at(-1)).toEqual({ name: "ann", password: "a long password", code: "123456" });
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Containers");
  });

  test("says when the code is wrong", async () => {
    const { rest } = await asked();
    rest.refuse(SIGN_IN, 401, "wrong_code");
    const code = type("Code", "000000");
    await submit();
    expect(problem()).toContain("This code is wrong");
    expect(document.activeElement).toBe(code);
  });

  test("takes a recovery code instead, and leads back to the password as it was typed", async () => {
    await asked();
    fireEvent.click(screen.getByRole("button", { name: "Use a recovery code" }));
    expect(screen.getByLabelText("Recovery code").getAttribute("inputmode")).toBe("text");
    expect(await accessibilityProblems()).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Another name or password" }));
    expect((screen.getByLabelText("Password") as HTMLInputElement).value).toBe("a long password");
  });
});

describe("a Pilothouse without an account", () => {
  test("says where the link to make one is", async () => {
    await open(signedOut({ setup: true }), "/");
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Pilothouse has no account yet");
    expect(document.body.textContent).toContain("docker compose logs pilothouse");
    expect(await accessibilityProblems()).toEqual([]);
  });

  test("makes the first one with the token of the link, which no server sees in an address", async () => {
    const { rest } = await open(signedOut({ setup: true }), "/setup#the-token");
    expect(document.body.textContent).toContain("At least 10 characters.");
    expect(await accessibilityProblems()).toEqual([]);
    rest.answer(SETUP, { body: grant() });
    await signIn();
    expect(rest.bodies.at(rest.requests.indexOf(SETUP))).toEqual({
      token: "the-token",
      name: "ann",
      password: "a long password",
    });
    expect(location.pathname + location.hash).toBe("/");
  });

  test("keeps what was typed when the password does not do", async () => {
    const { rest } = await open(signedOut({ setup: true }), "/setup#the-token");
    rest.refuse(SETUP, 400, "weak_password");
    await signIn();
    expect(problem()).toContain("This password cannot be used.");
    expect((screen.getByLabelText("Name") as HTMLInputElement).value).toBe("ann");
    expect(document.activeElement).toBe(screen.getByLabelText("Password"));
  });

  test("is none any more once somebody was quicker: then one signs in", async () => {
    const { rest } = await open(signedOut({ setup: true }), "/setup#the-token");
    rest.refuse(SETUP, 409, "setup_done");
    rest.answer("GET /api/v1/auth/session", { body: signedOut() });
    await signIn();
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Sign in");
    expect(document.body.textContent).toContain("There is an account, so this link does nothing any more.");
  });
});

describe("a sign-in that ends", () => {
  async function ended(code = "session_ended") {
    const shown = await open(signedIn());
    const filter = screen.getByRole("searchbox") as HTMLInputElement;
    fireEvent.input(filter, { target: { value: "half typed" } });
    shown.rest.answerOnce("POST /api/v1/auth/refresh", refusal(401, code));
    await act(async () => {
      await shown.stores.session.refresh().catch(() => undefined);
    });
    return { ...shown, filter };
  }

  test("asks for the password over the screen, on which nothing is lost", async () => {
    const { filter, realtime } = await ended();
    const dialog = screen.getByRole("dialog", { name: "Sign in again" });
    expect((screen.getByLabelText("Name") as HTMLInputElement).value).toBe("ann");
    expect(document.activeElement).toBe(screen.getByLabelText("Password"));
    expect(await accessibilityProblems()).toEqual([]);
    fireEvent.input(screen.getByLabelText("Password"), { target: { value: "a long password" } });
    await submit();
    expect(dialog.isConnected).toBe(false);
    expect(filter.isConnected).toBe(true);
    expect(filter.value).toBe("half typed");
    expect(realtime.connects).toBe(2);
  });

  test("cannot be waved away", async () => {
    await ended();
    const dialog = screen.getByRole("dialog", { name: "Sign in again" }) as HTMLDialogElement;
    fireEvent(dialog, new Event("cancel", { cancelable: true }));
    dialog.close();
    await act(settled);
    expect(dialog.open).toBe(true);
    expect(document.activeElement).toBe(screen.getByLabelText("Password"));
  });

  test("says when it was used from elsewhere", async () => {
    await ended("session_reused");
    expect(screen.getByRole("dialog").textContent).toContain("used in two places at once");
  });
});
