import { act, fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import { accessibilityProblems, show } from "../../components/testing/show.tsx";
import type { TokenView, UserView } from "../../protocol/messages.gen.ts";
import { navigate } from "../../router.ts";
import { settled, signedIn, testStores } from "../../stores/testing/test-stores.ts";
import { newPassword } from "../account/parts/new-password.ts";
import { PeopleScreen } from "./people-screen.tsx";

const AT = "2026-11-20T09:00:00.000Z";

function user(fields: Partial<UserView>): UserView {
  return {
    name: "bob",
    role: "operator",
    labels: [],
    disabled: false,
    password: true,
    second_factor: false,
    oidc: false,
    created_at: AT,
    last_seen_at: AT,
    logins: 2,
    ...fields,
  };
}

function token(fields: Partial<TokenView>): TokenView {
  return {
    id: "t1",
    name: "deploy",
    user: null,
    role: "operator",
    scopes: ["read", "operate"],
    created_at: AT,
    expires_at: null,
    last_used_at: AT,
    ...fields,
  };
}

const ANN = user({ name: "ann", role: "admin", second_factor: true });
const BOB = user({ labels: ["team=blue"] });
const EVE = user({ name: "eve", role: "viewer", oidc: true, password: false, logins: 0, last_seen_at: null });

async function showPeople(users = [ANN, BOB, EVE]) {
  const fakes = testStores({ session: signedIn("ann") });
  fakes.rest.answer("GET /api/v1/users", { body: { users } });
  fakes.rest.answer("GET /api/v1/tokens", {
    body: { tokens: [token({}), token({ id: "t2", name: "mine", user: "bob" })] },
  });
  const shown = show(
    <main>
      <PeopleScreen />
    </main>,
    fakes,
  );
  await act(settled);
  return shown;
}

function line(name: string): HTMLElement {
  return screen.getByText(name, { selector: ".person-name strong" }).closest("button") as HTMLElement;
}

function person(name: string): HTMLElement {
  return line(name).closest("li") as HTMLElement;
}

async function press(button: HTMLElement): Promise<void> {
  await act(async () => {
    fireEvent.click(button);
    await settled();
  });
}

async function submit(around: HTMLElement): Promise<void> {
  await act(async () => {
    fireEvent.submit(around.querySelector("form") as HTMLFormElement);
    await settled();
  });
}

function type(field: HTMLElement, value: string): void {
  fireEvent.input(field, { target: { value } });
}

describe("the people", () => {
  test("are listed with role, labels, state, how they sign in, devices and when they were seen", async () => {
    await showPeople([ANN, { ...BOB, disabled: true }, EVE]);
    expect(line("ann").textContent).toMatch(/ann you.*Administrator.*second factor.*2 devices.*seen/);
    expect(line("bob").textContent).toMatch(/disabled.*Operator.*team=blue/);
    expect(line("eve").textContent).toMatch(/Viewer.*through the provider.*not signed in.*never seen/);
  });

  test("are for administrators: anybody else learns who can change that, and nothing is asked for", async () => {
    const session = signedIn("bob", { role: "operator" }, { permissions: ["view", "operate", "account"] });
    const { rest } = show(<PeopleScreen />, testStores({ session }));
    await act(settled);
    expect(screen.getByRole("heading", { name: "You may not see this." })).toBeTruthy();
    expect(screen.getByText(/An administrator can make you one/)).toBeTruthy();
    expect(rest.requests).not.toContain("GET /api/v1/users");
  });

  test("are found by name, role or label; filtered to nothing, the filter can be cleared", async () => {
    await showPeople();
    act(() => navigate("/people?q=blue"));
    expect(screen.queryByText("eve")).toBeNull();
    expect(person("bob")).toBeTruthy();
    act(() => navigate("/people?q=nobody"));
    expect(screen.getByRole("link", { name: "Clear filter" })).toBeTruthy();
  });

  test("are read anew when one comes back to the page; what one has chosen meanwhile stays", async () => {
    const { rest } = await showPeople();
    await press(line("bob"));
    await press(line("eve"));
    fireEvent.click(within(person("eve")).getByRole("radio", { name: /^Administrator/ }));
    const users = [ANN, { ...BOB, role: "viewer" as const }, { ...EVE, labels: ["team=red"] }];
    rest.answer("GET /api/v1/users", { body: { users } });
    document.dispatchEvent(new Event("visibilitychange"));
    await act(settled);
    const chosen = (name: string) => person(name).querySelector("input:checked")?.closest("label")?.textContent;
    expect(chosen("bob")).toMatch(/^Viewer/);
    expect(within(person("bob")).queryByRole("button", { name: "Save" })).toBeNull();
    expect(chosen("eve")).toMatch(/^Administrator/);
    rest.answer("PATCH /api/v1/users/eve", { body: { ...EVE, role: "admin", labels: ["team=red"] } });
    await submit(person("eve"));
    expect(rest.bodies.at(-1)).toEqual({ role: "admin" });
  });

  test("have nothing that a screen reader stumbles over", async () => {
    await showPeople();
    await press(screen.getByRole("button", { name: "Add person" }));
    await press(line("bob"));
    expect(await accessibilityProblems()).toEqual([]);
  });
});

describe("adding a person", () => {
  async function fill() {
    const shown = await showPeople();
    await press(screen.getByRole("button", { name: "Add person" }));
    const form = screen.getByRole("form", { name: "New person" });
    type(within(form).getByLabelText("Name"), "dana");
    fireEvent.click(within(form).getByRole("radio", { name: /^Operator/ }));
    type(within(form).getByLabelText("Sees only containers labelled"), "team=red, env=prod,team=red");
    await press(within(form).getByRole("button", { name: "Generate" }));
    return { ...shown, form, password: within(form).getByLabelText<HTMLInputElement>("First password").value };
  }

  test("with a generated password, which is shown once more to hand over", async () => {
    const { rest, form, password } = await fill();
    rest.answer("POST /api/v1/users", { status: 201, body: user({ name: "dana", logins: 0 }) });
    await submit(form.parentElement as HTMLElement);
    expect(rest.bodies.at(-1)).toEqual({
      name: "dana",
      role: "operator",
      password,
      labels: ["team=red", "env=prod"],
    });
    expect(screen.getByRole("dialog", { name: "dana was added" }).textContent).toContain(password);
    expect(person("dana")).toBeTruthy();
  });

  test("that is refused stays as it was typed, and marks what was wrong", async () => {
    const { rest, form } = await fill();
    rest.refuse("POST /api/v1/users", 409, "name_taken");
    await submit(form.parentElement as HTMLElement);
    const name = within(form).getByLabelText<HTMLInputElement>("Name");
    expect([name.value, name.getAttribute("aria-invalid")]).toEqual(["dana", "true"]);
    expect(within(form).getByRole("alert")).toBeTruthy();
  });

  test("a generated password is long, in groups, and never the same twice", () => {
    const made = new Set(Array.from({ length: 50 }, newPassword));
    expect(made.size).toBe(50);
    for (const password of made) expect(password).toMatch(/^[a-hjkmnp-z2-9]{5}(-[a-hjkmnp-z2-9]{5}){3}$/);
  });
});

describe("changing a person", () => {
  test("sends only what was changed", async () => {
    const { rest } = await showPeople();
    await press(line("bob"));
    rest.answer("PATCH /api/v1/users/bob", { body: { ...BOB, role: "viewer" } });
    fireEvent.click(within(person("bob")).getByRole("radio", { name: /^Viewer/ }));
    await submit(person("bob"));
    expect(rest.bodies.at(-1)).toEqual({ role: "viewer" });
    expect(line("bob").textContent).toContain("Viewer");
    expect(within(person("bob")).getByRole("status").textContent).toBe("Saved.");
  });

  test("the last administrator stays one, and the screen says why in place", async () => {
    const { rest } = await showPeople();
    await press(line("ann"));
    rest.refuse("PATCH /api/v1/users/ann", 409, "last_admin");
    fireEvent.click(within(person("ann")).getByRole("radio", { name: /^Viewer/ }));
    await submit(person("ann"));
    expect(within(person("ann")).getByRole("alert").textContent).toContain("last administrator");
    expect(within(person("ann")).getByRole<HTMLInputElement>("radio", { name: /^Viewer/ }).checked).toBe(true);
  });

  test("disabling names what ends, and stays open where it is refused", async () => {
    const { rest } = await showPeople();
    await press(line("bob"));
    await press(within(person("bob")).getByRole("button", { name: "Disable" }));
    const dialog = screen.getByRole("dialog", { name: "Disable bob?" });
    expect(dialog.textContent).toContain("2 devices are signed out at once.");
    expect(dialog.textContent).toContain("1 token of bob stops working.");
    rest.refuse("PATCH /api/v1/users/bob", 409, "last_admin");
    await submit(dialog);
    expect(within(dialog).getByRole("alert")).toBeTruthy();
    rest.answer("PATCH /api/v1/users/bob", { body: { ...BOB, disabled: true, logins: 0 } });
    await submit(dialog);
    expect(rest.bodies.at(-1)).toEqual({ disabled: true });
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(line("bob").textContent).toContain("disabled");
    expect(within(person("bob")).getByRole("button", { name: "Enable" })).toBeTruthy();
  });

  test("a new password ends the devices and is shown to hand over", async () => {
    const { rest } = await showPeople();
    await press(line("bob"));
    rest.answer("PUT /api/v1/users/bob/password", { status: 204 });
    await press(within(person("bob")).getByRole("button", { name: "Reset password" }));
    type(within(person("bob")).getByLabelText("New password for bob"), "correct horse battery");
    await act(async () => {
      fireEvent.submit(within(person("bob")).getByRole("form", { name: "Reset password" }));
      await settled();
    });
    expect(rest.bodies.at(-1)).toEqual({ password: "correct horse battery" });
    expect(screen.getByRole("dialog", { name: "bob has a new password" })).toBeTruthy();
    expect(line("bob").textContent).toContain("not signed in");
  });

  test("the second factor is reset, and the devices signed out, each after a question", async () => {
    const { rest } = await showPeople([ANN, { ...BOB, second_factor: true }]);
    await press(line("bob"));
    rest.answer("DELETE /api/v1/users/bob/second-factor", { status: 204 });
    rest.answer("DELETE /api/v1/users/bob/logins", { status: 204 });
    await press(within(person("bob")).getByRole("button", { name: "Reset second factor" }));
    await submit(screen.getByRole("dialog", { name: "Reset the second factor of bob?" }));
    await press(within(person("bob")).getByRole("button", { name: "Sign out everywhere" }));
    await submit(screen.getByRole("dialog", { name: "Sign out bob everywhere?" }));
    expect(line("bob").textContent).not.toContain("second factor");
    expect(line("bob").textContent).toContain("not signed in");
  });

  test("an account of the provider has no password to reset", async () => {
    await showPeople();
    await press(line("eve"));
    expect(within(person("eve")).queryByRole("button", { name: "Reset password" })).toBeNull();
  });
});

describe("the tokens of all", () => {
  function tokens(): HTMLElement {
    return screen.getByRole("region", { name: "Tokens" });
  }

  test("say whose they are", async () => {
    await showPeople();
    const [service, owned] = within(tokens()).getAllByRole("listitem");
    expect(service?.textContent).toContain("deployservice · Operator");
    expect(owned?.textContent).toContain("mineof bob · Operator");
  });

  test("one for a program has a role, and no more scopes than that allows", async () => {
    const { rest } = await showPeople();
    rest.answer("POST /api/v1/tokens", {
      status: 201,
      body: { token: "plh_x", view: token({ id: "t3", name: "ci" }) },
    });
    await press(within(tokens()).getByRole("button", { name: "New service token" }));
    type(within(tokens()).getByLabelText("Name"), "ci");
    fireEvent.click(within(tokens()).getByRole("radio", { name: /^Administrator/ }));
    fireEvent.click(within(tokens()).getByRole("checkbox", { name: /^Administer/ }));
    fireEvent.click(within(tokens()).getByRole("radio", { name: /^Operator/ }));
    await submit(tokens());
    expect(rest.bodies.at(-1)).toEqual({ name: "ci", role: "operator", scopes: ["read"], days: 90 });
    expect(screen.getByRole("dialog", { name: "ci was created" }).textContent).toContain("plh_x");
  });
});
