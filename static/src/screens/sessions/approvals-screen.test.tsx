import { act, fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../../components/testing/show.tsx";
import { CommandError } from "../../realtime/index.ts";
import {
  answerSessions,
  callView,
  detail,
  inShort,
  permissionView,
  summary,
  workspaceView,
} from "../../stores/testing/sessions.ts";
import { settled, signedIn } from "../../stores/testing/test-stores.ts";
import { key, press, showApprovals } from "./testing/show-sessions.tsx";

const P1 = permissionView();

function card(): HTMLElement {
  const found = document.querySelector<HTMLElement>(".approval");
  if (found === null) throw new Error("There is no card.");
  return found;
}

describe("the waiting list", () => {
  test("has every request with what it would do, on what, for whom and until when", async () => {
    const { clock } = await showApprovals({ pending: [P1], sessions: [summary({ pending: 1 })] });
    expect(card().textContent).toContain("changes something");
    expect(card().textContent).toContain('"container": "web"');
    expect(card().textContent).toContain("Asked for by you");
    expect(within(card()).getByRole("link").getAttribute("href")).toBe("/sessions/s1");
    act(() => clock.advance(60_000));
    expect(card().textContent).toContain("expires in 29m");
    expect(await accessibilityProblems()).toEqual([]);
  });

  test("that is empty says so", async () => {
    await showApprovals();
    expect(screen.getByText("Nothing waits for a decision.")).toBeTruthy();
  });

  test("keeps what somebody else decided, and says who", async () => {
    const here = await showApprovals({ pending: [P1], sessions: [summary({ pending: 1 })] });
    const allowed = permissionView({ state: "allowed", decided_by: "bob", decided_at: "2026-11-20T09:00:00.000Z" });
    answerSessions(here, { pending: [], detail: detail([], { permissions: [allowed] }) });
    here.hear(inShort(9, { pending: 0 }, "session.permission_decision"));
    await act(async () => {
      await settled();
      await settled();
    });
    act(() => here.clock.advance(3000));
    expect(card().textContent).toContain("bob allowed this 3 sec. ago");
    expect(within(card()).queryByRole("button", { name: "Allow" })).toBeNull();
    expect(await accessibilityProblems()).toEqual([]);
  });

  test.each([
    ["expired", "Nobody decided in time"],
    ["cancelled", "It was taken back"],
  ] as const)("says of one that was %s that nothing was done", async (state, words) => {
    const { stores } = await showApprovals({ pending: [P1] });
    act(() => stores.permissions.put([permissionView({ state, decided_at: "2026-11-20T09:00:00.000Z" })]));
    expect(card().textContent).toContain(words);
    expect(card().textContent).toContain("nothing was done");
  });

  test("shows a long command in part, and all of it on request", async () => {
    const command = Array.from({ length: 40 }, (_, line) => `step ${line}`).join("\n");
    const call = callView({ tool: "Bash", title: "Run a script", arguments: { command, timeout: 5 } });
    await showApprovals({ pending: [permissionView({ call })] });
    expect(card().textContent).not.toContain("step 39");
    await press(screen.getByRole("button", { name: "Show all of it" }));
    expect(card().textContent).toContain("step 39");
    expect(card().textContent).toContain('"timeout": 5');
  });

  test("can give a request more time", async () => {
    const { rest } = await showApprovals({ pending: [P1] });
    rest.answer("POST /api/v1/permissions/p1/extend", {
      body: permissionView({ expires_at: "2026-11-20T10:00:00.000Z" }),
    });
    await press(screen.getByRole("button", { name: "More time" }));
    expect(card().textContent).toContain("expires in 1h");
  });
});

describe("a decision", () => {
  test("to deny asks why, and Escape takes that back", async () => {
    const { realtime } = await showApprovals({ pending: [P1] });
    card().focus();
    await key(card(), { key: "d" });
    const why = screen.getByRole("textbox", { name: /Why/ });
    expect(document.activeElement).toBe(why);
    await key(why, { key: "Escape" });
    expect(screen.queryByRole("textbox")).toBeNull();
    expect(document.activeElement).toBe(card());
    await key(card(), { key: "d" });
    await act(async () => {
      fireEvent.input(screen.getByRole("textbox"), { target: { value: "Not during the sale" } });
    });
    await key(screen.getByRole("textbox"), { key: "Enter", ctrlKey: true });
    expect(realtime.questions.map(({ data }) => data)).toEqual([
      { permission: "p1", decision: "deny", reason: "Not during the sale" },
    ]);
  });

  test("to allow what destroys something is asked for once more", async () => {
    const call = callView({ tool: "remove_container", title: "remove web", risk: "destructive" });
    const { realtime } = await showApprovals({ pending: [permissionView({ call })] });
    await press(screen.getByRole("button", { name: "Allow" }));
    expect(realtime.questions).toEqual([]);
    expect(await accessibilityProblems()).toEqual([]);
    const dialog = screen.getByRole("dialog", { name: "Allow this?" });
    await act(async () => {
      fireEvent.submit(dialog.querySelector("form") as HTMLFormElement);
      await settled();
    });
    expect(realtime.questions[0]?.data).toEqual({ permission: "p1", decision: "allow" });
  });

  test("that was not taken says why", async () => {
    const here = await showApprovals({ pending: [P1] });
    answerSessions(here, { pending: [P1], detail: detail([], { permissions: [P1] }) });
    await press(screen.getByRole("button", { name: "Allow" }));
    await act(async () => {
      here.realtime.questions[0]?.reject(new CommandError("forbidden", "No."));
      await settled();
    });
    expect(within(card()).getByRole("alert").textContent).toContain("That was not taken.");
  });

  test.each([
    ["a viewer", signedIn("vic", { role: "viewer" }, { permissions: ["view", "account"] }), "owner"],
    ["somebody who only reads there", undefined, "viewer"],
  ] as const)("is not for %s, who is told whose it is", async (_, session, role) => {
    await showApprovals({ pending: [P1], workspaces: [workspaceView({ role })] }, session);
    expect(screen.queryByRole("button", { name: "Allow" })).toBeNull();
    expect(screen.queryByRole("button", { name: "More time" })).toBeNull();
    expect(card().textContent).toContain("An operator who is a member of the workspace can.");
    await key(card(), { key: "d" });
    expect(screen.queryByRole("textbox")).toBeNull();
  });
});
