import { act, fireEvent, screen } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../../components/testing/show.tsx";
import { CommandError } from "../../realtime/index.ts";
import { navigate } from "../../router.ts";
import {
  callView,
  detail,
  inShort,
  messageView,
  permissionView,
  runView,
  said,
  spoken,
  status,
  summary,
  workspaceView,
} from "../../stores/testing/sessions.ts";
import { settled, signedIn } from "../../stores/testing/test-stores.ts";
import { key, press, showSession } from "./testing/show-sessions.tsx";

const call = said("session.tool_call", 3, { session: "s1", run: "run-1", call: callView() });
const result = said("session.tool_result", 4, {
  session: "s1",
  run: "run-1",
  result: { call: "call-1", ok: true, text: '{"state":"running"}', truncated: true, code: null },
});

function field(): HTMLTextAreaElement {
  return screen.getByRole("textbox", { name: "Message" });
}

async function type(text: string): Promise<void> {
  await act(async () => {
    fireEvent.input(field(), { target: { value: text } });
  });
}

describe("a session", () => {
  test("shows what was said, by whom, with its sources, and axe finds nothing", async () => {
    const source = { document: "web.md", section: "Memory", excerpt: "Raise the limit.", coverage: 0.62 };
    const answer = { speaker: "assistant", by: "builtin", text: "**Out** of memory.", sources: [source] } as const;
    await showSession(
      detail([spoken(1), spoken(2, { ...answer, sources: [source] }), call, result, spoken(5, { by: "bob" })]),
    );
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Why does web restart?");
    expect(screen.getAllByRole("article").map((article) => article.querySelector("strong")?.textContent)).toEqual([
      "You",
      "built-in (rules)",
      "bob",
    ]);
    expect(screen.getByText("1 source").parentElement?.textContent).toContain(
      "web.md Memory covers 62% of the question",
    );
    expect(await accessibilityProblems()).toEqual([]);
  });

  test("folds a call to one line, which opens to its arguments and its result", async () => {
    await showSession(detail([call, result]));
    const line = screen.getByRole("button", { name: /restart web/ });
    expect(line.textContent).toContain("done");
    expect(line.getAttribute("aria-expanded")).toBe("false");
    await press(line);
    const [given, came] = [...document.querySelectorAll(".output pre")].map(({ textContent }) => textContent);
    expect(given).toBe('{\n  "container": "web"\n}');
    expect(came).toContain('"state": "running"');
    expect(screen.getByText("This was longer and was cut.")).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
  });

  test("shows what is being written until the message is there", async () => {
    const { realtime, hear } = await showSession(
      detail([spoken(1), status(2)], { session: summary({ run: runView() }) }),
    );
    const delta = { session: "s1", run: "run-1", message: "m3", text: "The cause", as_of_seq: 2 };
    act(() => realtime.emit("delta", delta));
    expect(document.querySelector("[data-writing]")?.textContent).toContain("The cause");
    hear(spoken(3, { speaker: "assistant", by: "builtin", text: "The cause is memory." }));
    expect(document.querySelector("[data-writing]")).toBeNull();
    expect(screen.getAllByText("The cause is memory.")).toHaveLength(1);
  });

  test("reads out what others say once it is whole, and not what was there before", async () => {
    const { hear } = await showSession(detail([spoken(1, { by: "bob" })]));
    expect(screen.getAllByRole("status").at(-1)?.textContent).toBe("");
    hear(spoken(2, { by: "bob", text: "Look at db." }));
    await act(settled);
    expect(screen.getAllByRole("status").at(-1)?.textContent).toBe("bob: Look at db.");
    hear(spoken(3, { by: "ann", text: "I do." }));
    await act(settled);
    expect(screen.getAllByRole("status").at(-1)?.textContent).toBe("bob: Look at db.");
  });

  test("that is not there says so, and leads back", async () => {
    const { rest, stores } = await showSession(detail());
    rest.refuse("GET /api/v1/sessions/s9", 404, "session_not_found");
    stores.conversation.close();
    await act(async () => {
      navigate("/sessions/s9");
      await settled();
    });
    await act(settled);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("There is no such session.");
    expect(screen.getByRole("link", { name: "All sessions" }).getAttribute("href")).toBe("/sessions");
  });

  test("keeps what it shows when it cannot be read anew, and says that it may be old", async () => {
    const { rest, stores } = await showSession(detail([spoken(1)]));
    rest.refuse("GET /api/v1/sessions/s1", 503, "storage_unavailable");
    await act(() => stores.conversation.reload());
    expect(screen.getByRole("alert").textContent).toContain("may not be the newest");
    expect(screen.getAllByRole("article")).toHaveLength(1);
  });
});

describe("a run", () => {
  const running = () => detail([spoken(1), status(2)], { session: summary({ run: runView() }) });

  test("says what it does and for how long, and can be stopped, with its real outcome", async () => {
    const { clock, realtime, hear } = await showSession(running());
    hear(said("session.processing", 3, { session: "s1", run: "run-1", stage: "reading", detail: "the logs of web" }));
    act(() => clock.advance(12_000));
    const line = document.querySelector(".run-status");
    expect(line?.textContent).toContain("Reading the logs of web");
    expect(line?.textContent).toContain("12s");
    await press(screen.getByRole("button", { name: "Stop" }));
    expect(realtime.questions.map(({ data }) => data)).toEqual([{ session: "s1", command: "stop" }]);
    expect(line?.textContent).toContain("Stopping…");
    hear(status(4, { state: "stopped", stopped_by: "ann" }));
    expect(document.querySelector(".run-end")?.textContent).toContain("Stopped by you");
    expect(screen.getByRole("button", { name: "Resume" })).toBeTruthy();
  });

  test("that could not be ended says what is left", async () => {
    const run = runView({ state: "failed", code: "stop_incomplete", error: "Process 4711 (sleep) is still there." });
    await showSession(detail([spoken(1), status(2, run)], { session: summary({ run }) }));
    const end = document.querySelector(".run-end");
    expect(end?.textContent).toContain("It could not be ended completely.");
    expect(end?.textContent).toContain("Process 4711 (sleep) is still there.");
  });

  test("that failed says why, and is resumed on request", async () => {
    const run = runView({ state: "failed", code: "server_restarted", error: "The server was restarted." });
    const { realtime } = await showSession(detail([spoken(1), status(2, run)], { session: summary({ run }) }));
    expect(document.querySelector(".run-end")?.textContent).toContain("Pilothouse was restarted meanwhile.");
    await press(screen.getByRole("button", { name: "Resume" }));
    expect(realtime.questions[0]?.data).toEqual({ session: "s1", command: "resume" });
  });

  test("that is not the last one has nothing to resume", async () => {
    const failed = runView({ id: "run-0", state: "failed", code: "run_failed" });
    const run = runView({ state: "completed" });
    await showSession(detail([status(1, failed), status(2, run)], { session: summary({ run }) }));
    expect(screen.queryByRole("button", { name: "Resume" })).toBeNull();
  });
});

describe("where one speaks", () => {
  test("Enter sends, Shift Enter does not, and neither does the Enter that ends a syllable", async () => {
    const { realtime } = await showSession(detail([spoken(1)]));
    await type("컨테이너 재시작");
    await key(field(), { key: "Enter", isComposing: true });
    await key(field(), { key: "Enter", shiftKey: true });
    expect(realtime.questions).toEqual([]);
    await key(field(), { key: "Enter" });
    expect(realtime.questions[0]).toMatchObject({
      type: "message",
      data: { session: "s1", text: "컨테이너 재시작" },
    });
    await act(async () => {
      realtime.questions[0]?.resolve({ message: messageView({ id: "m2" }), run: null });
      await settled();
    });
    expect(field().value).toBe("");
  });

  test("what could not be sent stays, and is sent again under the same id", async () => {
    const { realtime } = await showSession(detail());
    await type("restart web");
    await key(field(), { key: "Enter", ctrlKey: true });
    await act(async () => {
      realtime.questions[0]?.reject(new CommandError("no_answer", "Nobody said."));
      await settled();
    });
    expect(field().value).toBe("restart web");
    expect(screen.getByRole("alert").textContent).toContain("it is not said twice");
    await press(screen.getByRole("button", { name: "Try again" }));
    expect(realtime.questions.map(({ id }) => id)).toEqual(["id-1", "id-1"]);
  });

  test("another text is another message", async () => {
    const { realtime } = await showSession(detail());
    await type("restart web");
    await key(field(), { key: "Enter" });
    await act(async () => {
      realtime.questions[0]?.reject(new CommandError("session_busy", "Too many."));
      await settled();
    });
    await type("restart db");
    await key(field(), { key: "Enter" });
    expect(realtime.questions.map(({ id }) => id)).toEqual(["id-1", "id-2"]);
  });

  test("a draft is there again when the session is opened again", async () => {
    const { stores } = await showSession(detail());
    await type("half a sen");
    expect(stores.drafts.get("s1").text).toBe("half a sen");
    await act(async () => {
      navigate("/sessions");
      await settled();
    });
    await act(async () => {
      navigate("/sessions/s1");
      await settled();
    });
    await act(settled);
    expect(field().value).toBe("half a sen");
  });

  test("an empty message is not sent, and one near the limit is counted", async () => {
    const { realtime } = await showSession(detail());
    await type("  \n ");
    await key(field(), { key: "Enter" });
    expect(realtime.questions).toEqual([]);
    await type("가".repeat(10_000));
    expect(screen.getByText(/of 32 KiB/).textContent).toContain("29 KiB of 32 KiB");
    await type("가".repeat(11_000));
    await key(field(), { key: "Enter" });
    expect(screen.getByText(/Shorten it/)).toBeTruthy();
    expect(realtime.questions).toEqual([]);
  });

  test("nothing is written in a session that is closed, or by somebody who only reads", async () => {
    await showSession(detail([spoken(1)], { session: summary({ state: "closed" }) }));
    expect(screen.queryByRole("textbox")).toBeNull();
    expect(screen.getByText(/This session is closed/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Actions on this session" })).toBeNull();
  });

  test("a reader of the workspace is told who can let them write", async () => {
    await showSession(detail([spoken(1)]), { workspaces: [workspaceView({ role: "viewer" })] });
    expect(screen.queryByRole("textbox")).toBeNull();
    expect(screen.getByText(/An owner of the workspace can make you a member/)).toBeTruthy();
  });
});

describe("a handover", () => {
  const handover = {
    reason: "The database needs a person.",
    summary: "db was restarted twice.",
    requested_by: "builtin",
    requested_at: "2026-11-20T09:00:00.000Z",
  };

  test("says why a person is wanted, and lets one take over and give back", async () => {
    const { rest, hear } = await showSession(detail([spoken(1)], { session: summary({ handover }) }));
    expect(document.querySelector(".handover")?.textContent).toContain("The database needs a person.");
    expect(await accessibilityProblems()).toEqual([]);
    rest.answer("POST /api/v1/sessions/s1/handover", { body: summary({ taken_by: "ann" }) });
    await press(screen.getByRole("button", { name: "Take over" }));
    expect(rest.bodies.at(-1)).toEqual({ step: "take" });
    hear(inShort(3, { taken_by: "ann" }));
    expect(document.querySelector(".handover")?.textContent).toContain("You answer in this session.");
    await press(screen.getByRole("button", { name: "Give back" }));
    expect(rest.bodies.at(-1)).toEqual({ step: "release" });
  });

  test("taken by somebody else says by whom", async () => {
    await showSession(detail([spoken(1)], { session: summary({ taken_by: "bob" }) }));
    expect(document.querySelector(".handover")?.textContent).toContain("bob answers in this session");
    expect(screen.queryByRole("button", { name: "Give back" })).toBeNull();
  });
});

describe("a request in the session", () => {
  const waiting = () => {
    const permission = permissionView();
    const asked = said("session.permission_request", 4, { session: "s1", permission });
    return detail([spoken(1), call, asked], {
      permissions: [permission],
      session: summary({ pending: 1, run: runView({ state: "waiting" }) }),
    });
  };

  test("is a card in its place, and a line once it is decided; the focus stays there", async () => {
    const { realtime, hear } = await showSession(waiting(), { pending: [permissionView()] });
    const card = document.querySelector<HTMLElement>(".approval");
    card?.focus();
    await key(card as HTMLElement, { key: "a" });
    expect(realtime.questions[0]?.data).toEqual({ permission: "p1", decision: "allow" });
    const permission = permissionView({ state: "allowed", decided_by: "ann", decided_at: "2026-11-20T09:00:00.000Z" });
    hear(said("session.permission_decision", 5, { session: "s1", permission }));
    await act(settled);
    expect(document.querySelector(".approval")).toBeNull();
    expect(screen.getByText(/You allowed this/)).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByRole("button", { name: /restart web/ }));
  });

  test("of an administrator who signed in nowhere is theirs to decide too", async () => {
    await showSession(waiting(), { pending: [permissionView()] }, signedIn());
    expect(screen.queryByRole("button", { name: "Allow" })).toBeNull();
    expect(screen.getByText(/only an operator who is signed in/)).toBeTruthy();
  });
});
