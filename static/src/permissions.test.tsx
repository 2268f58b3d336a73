import { act, fireEvent, screen } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import { App } from "./app.tsx";
import { request } from "./components/actions.ts";
import { fakeCanvas } from "./components/testing/fake-canvas.ts";
import { accessibilityProblems, show } from "./components/testing/show.tsx";
import type { SessionView } from "./protocol/messages.gen.ts";
import { navigate } from "./router.ts";
import {
  containersData,
  containerView,
  sessionView,
  settled,
  signedIn,
  testStores,
} from "./stores/testing/test-stores.ts";

async function open(session: SessionView, path: string) {
  fakeCanvas();
  navigate(path, { replace: true });
  const shown = show(<App />, testStores({ session }));
  await act(settled);
  return shown;
}

describe("what a person may", () => {
  test("an administrator finds people and audit, and their own account", async () => {
    await open(signedIn(), "/");
    expect(screen.getByRole("link", { name: "People" })).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: /^Signed in as ann,/ }));
    expect(screen.getByRole("link", { name: "Account" }).getAttribute("href")).toBe("/account");
    expect(await accessibilityProblems()).toEqual([]);
  });

  test("a viewer finds neither, and is told why there are no actions", async () => {
    await open(signedIn("vic", { role: "viewer" }, { permissions: ["view", "account"] }), "/");
    expect(screen.queryByRole("link", { name: "People" })).toBeNull();
    expect(screen.queryByRole("link", { name: "Audit" })).toBeNull();
    expect(screen.getByText("Read-only").parentElement?.title).toContain("An administrator can make you an operator.");
  });

  test.each([
    ["an operator", signedIn("oz", { role: "operator" }, { permissions: ["view", "operate", "account"] }), true],
    ["a viewer", signedIn("vic", { role: "viewer" }, { permissions: ["view", "account"] }), false],
    ["everybody, where the server is read-only", signedIn("ann", {}, { read_only: true }), false],
  ])("%s is offered what can work and nothing else", async (_, session, may) => {
    const { realtime, stores } = await open(session, "/containers");
    const web = containerView({ name: "web" });
    await act(async () => {
      realtime.emit("containers", containersData({ containers: [web] }));
      await settled();
    });
    expect(screen.queryByRole("button", { name: /Restart web/ }) !== null).toBe(may);
    fireEvent.click(screen.getByRole("button", { name: "Actions on web" }));
    expect(screen.queryByRole("button", { name: "Stop" }) !== null).toBe(may);
    expect(screen.getByRole("link", { name: "Logs" })).toBeTruthy();
    request(stores, web, "start");
    expect(realtime.commands).toHaveLength(may ? 1 : 0);
  });

  test("where nobody signs in there is no account and no way out", async () => {
    await open(sessionView(), "/");
    expect(screen.queryByRole("button", { name: /Signed in as/ })).toBeNull();
    expect(screen.queryByText("Read-only")).toBeNull();
    expect(screen.queryByRole("button", { name: "Sign out" })).toBeNull();
  });

  test("a sign-out that the server could not be told says that one is still signed in", async () => {
    const { rest } = await open(signedIn(), "/");
    fireEvent.click(screen.getByRole("button", { name: /^Signed in as ann,/ }));
    rest.down = true;
    await act(async () => {
      fireEvent.click(screen.getByRole("button", { name: "Sign out" }));
      await settled();
    });
    expect(screen.getByRole("alert").textContent).toContain("You are still signed in.");
  });
});
