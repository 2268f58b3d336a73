import { act, screen } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../../components/testing/show.tsx";
import { chooseLanguage } from "../../i18n/index.ts";
import { navigate, route } from "../../router.ts";
import { detail, inShort, permissionView, runView, summary, workspaceView } from "../../stores/testing/sessions.ts";
import { settled } from "../../stores/testing/test-stores.ts";
import { press, showSessions } from "./testing/show-sessions.tsx";

const HANDOVER = { reason: "Help", summary: "", requested_by: "bob", requested_at: "2026-11-20T09:00:00.000Z" };

const SESSIONS = [
  summary({ id: "a", title: "Answering", run: runView() }),
  summary({ id: "b", title: "Waiting", pending: 1 }),
  summary({ id: "c", title: "Handed over", handover: HANDOVER }),
  summary({ id: "d", title: "Taken", taken_by: "bob", handover: HANDOVER }),
  summary({ id: "e", title: "Closed", state: "closed" }),
  summary({ id: "f", title: "Failed", run: runView({ state: "failed" }) }),
];

const titles = () => [...document.querySelectorAll(".session-row-title")].map(({ textContent }) => textContent);
const words = () => [...document.querySelectorAll(".session-row .mark")].map(({ textContent }) => textContent);

describe("the sessions", () => {
  test.each(["en", "ko"] as const)("say in %s where each of them stands, and axe finds nothing", async (language) => {
    chooseLanguage(language);
    await showSessions("/sessions", { sessions: SESSIONS });
    expect(await accessibilityProblems()).toEqual([]);
    if (language === "ko") return;
    expect(words()).toEqual(["answering", "waits for you", "handed over", "taken by bob", "closed", "failed"]);
  });

  test.each([
    ["waiting", ["Waiting", "Handed over"]],
    ["closed", ["Closed"]],
    ["open", ["Answering", "Waiting", "Handed over", "Taken", "Failed"]],
  ])("can be filtered to those that are %s", async (state, expected) => {
    await showSessions(`/sessions?state=${state}`, { sessions: SESSIONS });
    expect(titles()).toEqual(expected);
  });

  test("filtered to nothing offer to clear the filter", async () => {
    await showSessions("/sessions?q=nothing-like-it", { sessions: SESSIONS });
    expect(screen.getByRole("link", { name: "Clear filter" }).getAttribute("href")).toBe("/sessions");
  });

  test("change as they go on, the newest first", async () => {
    const { hear } = await showSessions("/sessions", { sessions: SESSIONS });
    hear(inShort(9, { id: "f", title: "Failed", updated_at: "2026-11-20T10:00:00.000Z", run: runView() }));
    expect(titles()[0]).toBe("Failed");
    expect(words()[0]).toBe("answering");
  });

  test("lead to what waits for a decision", async () => {
    await showSessions("/sessions", { sessions: SESSIONS, pending: [permissionView()] });
    expect(screen.getByRole("link", { name: "Review" }).getAttribute("href")).toBe("/approvals");
  });

  test("back from one of them the focus is on its row", async () => {
    await showSessions("/sessions/a", { sessions: SESSIONS });
    await act(async () => {
      navigate("/sessions");
      await settled();
    });
    expect(document.activeElement?.getAttribute("data-session-row")).toBe("a");
  });
});

describe("where there are none", () => {
  test("the next step is to begin one", async () => {
    await showSessions();
    expect(screen.getByText("There are no sessions yet.")).toBeTruthy();
    expect(screen.getByRole("button", { name: "New session" })).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
  });

  test("somebody without a workspace is told who can change that", async () => {
    await showSessions("/sessions", { workspaces: [] });
    expect(screen.getByText(/An administrator can add you to one/)).toBeTruthy();
  });

  test("somebody who only reads has no button that cannot work", async () => {
    await showSessions("/sessions", { workspaces: [workspaceView({ role: "viewer" })] });
    expect(screen.queryByRole("button", { name: "New session" })).toBeNull();
    expect(screen.getByText(/Only members of a workspace begin sessions/)).toBeTruthy();
  });

  test("a list that cannot be read says why, with a way to try again", async () => {
    const { rest, stores } = await showSessions();
    rest.refuse("GET /api/v1/sessions", 503, "storage_unavailable");
    await act(() => stores.sessions.refresh());
    expect(screen.getByRole("alert").textContent).toContain("This could not be loaded");
    await press(screen.getByRole("button", { name: "Try again" }));
    expect(rest.requests.at(-1)).toBe("GET /api/v1/sessions");
  });
});

describe("a new session", () => {
  test("begins at once where there is nothing to choose", async () => {
    const { rest } = await showSessions();
    rest.answer("POST /api/v1/sessions", { status: 201, body: summary({ id: "s1" }) });
    rest.answer("GET /api/v1/sessions/s1", { body: detail([], { session: summary({ id: "s1", messages: 0 }) }) });
    await press(screen.getByRole("button", { name: "New session" }));
    expect(rest.bodies).toContainEqual({ workspace: "w1" });
    expect(route.value).toEqual({ screen: "sessions", session: "s1" });
  });

  test("asks who answers where several can", async () => {
    const { rest, stores } = await showSessions();
    rest.answer("GET /api/v1/runners", {
      body: {
        runners: [
          { name: "builtin", label: "built-in (rules)", default: true },
          { name: "llm", label: "model", default: false },
        ],
      },
    });
    rest.answer("POST /api/v1/sessions", { status: 201, body: summary() });
    await act(() => stores.sessions.refresh());
    await press(screen.getByRole("button", { name: "New session" }));
    expect(await accessibilityProblems()).toEqual([]);
    await press(screen.getByRole("radio", { name: "language model" }));
    await act(async () => {
      screen.getByRole("dialog").querySelector("form")?.requestSubmit();
      await settled();
    });
    expect(rest.bodies).toContainEqual({ workspace: "w1", runner: "llm" });
  });

  test("that the palette asked for begins when the screen is there", async () => {
    const { rest } = await showSessions("/sessions?new=1");
    expect(rest.count("POST /api/v1/sessions")).toBe(1);
    expect(window.location.search).toBe("");
  });
});

describe("what agents may do", () => {
  test("is for owners to choose", async () => {
    const { rest } = await showSessions();
    const policy = { mode: "allow_reads", tools: [], set_by: "bob", set_at: "2026-11-20T08:00:00.000Z" };
    rest.answer("GET /api/v1/workspaces/w1/policy", { body: policy });
    await press(screen.getByRole("button", { name: "What agents may do" }));
    await act(settled);
    expect(screen.getByText(/Set by bob/)).toBeTruthy();
    await press(screen.getByRole("radio", { name: /Read, and what is chosen here/ }));
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Save" }).disabled).toBe(true);
    await press(screen.getByRole("checkbox", { name: "Restart containers" }));
    expect(await accessibilityProblems()).toEqual([]);
    const set = {
      ...policy,
      mode: "allow_tools",
      tools: ["restart_container"],
      set_by: "ann",
      set_at: "2026-11-20T09:00:00.000Z",
    };
    rest.answer("PUT /api/v1/workspaces/w1/policy", { body: set });
    await act(async () => {
      screen
        .getByRole("form", { name: /What agents/ })
        .closest("form")
        ?.requestSubmit();
      await settled();
    });
    expect(rest.bodies).toContainEqual({ mode: "allow_tools", tools: ["restart_container"] });
    expect(screen.getByText(/Set by ann/)).toBeTruthy();
  });

  test("is not shown to members", async () => {
    await showSessions("/sessions", { workspaces: [workspaceView({ role: "member" })] });
    expect(screen.queryByRole("button", { name: "What agents may do" })).toBeNull();
  });
});
