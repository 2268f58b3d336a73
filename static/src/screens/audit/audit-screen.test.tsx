import { act, fireEvent, screen, within } from "@testing-library/preact";
import { afterEach, describe, expect, test, vi } from "vitest";
import { accessibilityProblems, show } from "../../components/testing/show.tsx";
import { chooseLanguage } from "../../i18n/index.ts";
import type { AuditData, AuditEntry } from "../../protocol/messages.gen.ts";
import { navigate, startRouter } from "../../router.ts";
import { settled, signedIn, testStores } from "../../stores/testing/test-stores.ts";
import { AuditScreen } from "./audit-screen.tsx";
import { actorName, auditPhrase } from "./phrase.ts";

const AT = "2026-11-20T09:00:00.000Z";
const TRAIL = "GET /api/v1/audit";

function data(fields: Partial<AuditData> = {}): AuditData {
  return {
    actor: "ann",
    action: "container_action",
    outcome: "ok",
    target: "web",
    address: "192.0.2.7",
    agent: "curl/8.5.0",
    code: null,
    detail: { action: "restart" },
    repeated: 0,
    ...fields,
  };
}

function entry(seq: number, fields: Partial<AuditData> = {}): AuditEntry {
  return { seq, timestamp: AT, data: data(fields), chain: `${seq}`.padStart(64, "a") };
}

const FAILED = entry(8, {
  actor: "bob",
  action: "sign_in",
  outcome: "refused",
  target: null,
  code: "wrong_credentials",
  detail: {},
  repeated: 3,
});

async function showTrail(entries = [entry(9), FAILED], next: number | null = null) {
  const fakes = testStores({ session: signedIn() });
  fakes.rest.answer(TRAIL, { body: { entries, next } });
  const shown = show(
    <main>
      <AuditScreen />
    </main>,
    fakes,
  );
  await act(settled);
  const recorded = (seq: number, prev: number, fields: Partial<AuditData> = {}) =>
    act(async () => {
      const { timestamp, chain } = entry(seq);
      const envelope = { id: `e${seq}`, channel: "audit", seq, prev, timestamp, chain };
      const event = { type: "audit.recorded" as const, data: data(fields), ...envelope };
      shown.realtime.emit("events", { events: [event], how: "live" });
      await settled();
    });
  return { ...shown, recorded };
}

function lines(): (string | undefined)[] {
  return screen.queryAllByRole("listitem").map((line) => line.querySelector(".audit-what")?.textContent ?? undefined);
}

function scrollTo(y: number): void {
  vi.spyOn(window, "scrollY", "get").mockReturnValue(y);
}

afterEach(() => navigate("/audit", { replace: true }));

describe("the trail", () => {
  test("tells in words what happened, who did it, from where, and how it ended", async () => {
    await showTrail();
    expect(lines()).toEqual(["Restarted web", "Sign-in refused: wrong name or password and 3 more like it"]);
    const [first, second] = screen.getAllByRole("listitem");
    expect(first?.textContent).toMatch(/done.*ann.*192\.0\.2\.7/);
    expect(second?.textContent).toMatch(/refused.*bob/);
  });

  test("opens a line to all that is known of it", async () => {
    await showTrail([entry(9, { detail: { action: "restart", grace: "10 s" } })]);
    const what = screen.getByRole("button", { name: "Restarted web" });
    fireEvent.click(what);
    expect(what.getAttribute("aria-expanded")).toBe("true");
    const details = document.getElementById(what.getAttribute("aria-controls") ?? "") as HTMLElement;
    expect(details.textContent).toContain("grace10 s");
    expect(details.textContent).toContain("aaaaaaaaaaaa…");
    expect(within(details).getByRole("button", { name: "Copy the whole hash" })).toBeTruthy();
  });

  test("is for administrators: anybody else learns who can change that", async () => {
    const session = signedIn("bob", { role: "operator" }, { permissions: ["view", "account"] });
    const { rest, realtime } = show(<AuditScreen />, testStores({ session }));
    await act(settled);
    expect(screen.getByText(/Only administrators read the audit trail/)).toBeTruthy();
    expect(rest.requests).not.toContain(TRAIL);
    expect(realtime.channels.has("audit")).toBe(false);
  });

  test("says so when the server has changed its mind about who may read it", async () => {
    const fakes = testStores({ session: signedIn() });
    fakes.rest.refuse(TRAIL, 403, "forbidden");
    fakes.rest.answer("GET /api/v1/auth/session", { body: signedIn() });
    show(<AuditScreen />, fakes);
    await act(settled);
    expect(screen.getByText(/Only administrators read the audit trail/)).toBeTruthy();
  });

  test("that cannot be loaded says why, and is tried again", async () => {
    const fakes = testStores({ session: signedIn() });
    fakes.rest.refuse(TRAIL, 503, "storage_unavailable");
    show(<AuditScreen />, fakes);
    await act(settled);
    fakes.rest.answer(TRAIL, { body: { entries: [FAILED], next: null } });
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await act(settled);
    expect(lines()).toHaveLength(1);
  });

  test("goes on with older entries, and keeps what it has where they cannot be loaded", async () => {
    const { rest } = await showTrail([entry(9), entry(8)], 8);
    rest.refuse(TRAIL, 503, "storage_unavailable");
    fireEvent.click(screen.getByRole("button", { name: "Load older" }));
    await act(settled);
    expect(lines()).toHaveLength(2);
    rest.answer(TRAIL, { body: { entries: [entry(7), entry(5)], next: null } });
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await act(settled);
    expect(lines()).toHaveLength(4);
    expect(screen.getByText("This is the beginning of the trail.")).toBeTruthy();
  });

  test("without any entry says what will be here", async () => {
    await showTrail([]);
    expect(screen.getByText("Nothing has been recorded yet.")).toBeTruthy();
  });

  test("has nothing that a screen reader stumbles over", async () => {
    await showTrail();
    fireEvent.click(screen.getByRole("button", { name: "Restarted web" }));
    expect(await accessibilityProblems()).toEqual([]);
  });
});

describe("the filters", () => {
  test("stand in the address, and the server applies them", async () => {
    const stop = startRouter();
    const { rest } = await showTrail([FAILED]);
    fireEvent.change(screen.getByLabelText("Person"), { target: { value: " bob " } });
    fireEvent.change(screen.getByLabelText("Action"), { target: { value: "sign_in" } });
    fireEvent.click(screen.getByRole("link", { name: "Refused" }));
    await act(settled);
    expect(location.search).toBe("?actor=bob&action=sign_in&outcome=refused");
    expect(rest.queries.at(-1)).toMatchObject({ actor: "bob", action: "sign_in", outcome: "refused" });
    stop();
  });

  test("that find nothing can be cleared", async () => {
    navigate("/audit?actor=nobody", { replace: true });
    await showTrail([]);
    expect(screen.getByRole("link", { name: "Clear filter" }).getAttribute("href")).toBe("/audit");
  });

  test("hold for what arrives, too", async () => {
    navigate("/audit?actor=bob", { replace: true });
    const { recorded } = await showTrail([FAILED]);
    await recorded(10, 8, { actor: "ann" });
    await recorded(11, 10, { actor: "bob", target: "db" });
    expect(lines()[0]).toBe("Restarted db");
    expect(lines()).toHaveLength(2);
  });
});

describe("while it is open", () => {
  test("it hears what happens, and stops hearing it when it is left", async () => {
    const { recorded, realtime, unmount, stores } = await showTrail();
    expect([...realtime.channels]).toEqual(["audit"]);
    await recorded(10, 9, { target: "db" });
    expect(lines()[0]).toBe("Restarted db");
    unmount();
    expect(realtime.channels.size).toBe(0);
    expect(stores.audit.entries.value).toBeNull();
  });

  test("what somebody reads further down does not move: new entries wait behind a count", async () => {
    const { recorded } = await showTrail();
    scrollTo(600);
    await recorded(10, 9);
    await recorded(11, 10);
    expect(lines()).toHaveLength(2);
    fireEvent.click(screen.getByRole("button", { name: "2 new" }));
    expect(lines()).toHaveLength(4);
  });

  test("an entry that comes twice is there once", async () => {
    const { recorded } = await showTrail();
    await recorded(9, 8);
    await recorded(10, 9);
    await recorded(10, 9);
    expect(lines()).toHaveLength(3);
  });

  test("what was written between the page and the first live entry is read as well", async () => {
    const { recorded, rest } = await showTrail();
    rest.answer(TRAIL, { body: { entries: [entry(12), entry(11), entry(9), FAILED], next: null } });
    await recorded(12, 11);
    expect(lines()).toHaveLength(4);
    expect(rest.count(TRAIL)).toBe(2);
  });

  test("after a gap the newest page is read again", async () => {
    const { realtime, rest } = await showTrail();
    rest.answer(TRAIL, { body: { entries: [entry(40)], next: 40 } });
    act(() => realtime.emit("gap", { channels: ["audit"], from: 9, to: 40, reason: "expired", keptSince: null }));
    await act(settled);
    expect(lines()).toHaveLength(1);
  });

  test("none of it shows up in the activity of the containers", async () => {
    const { recorded, stores } = await showTrail();
    await recorded(10, 9);
    expect(stores.activity.items.value).toEqual([]);
  });
});

describe("in words", () => {
  test.each<[Partial<AuditData>, string]>([
    [{}, "Restarted web"],
    [{ outcome: "requested" }, "Restart of web was asked for"],
    [{ outcome: "refused", code: "read_only" }, "Restart of web refused: read-only mode"],
    [{ outcome: "failed" }, "Restart of web failed"],
    [{ detail: { action: "dance" } }, "Acted on web"],
    [{ action: "sign_in", target: null }, "Signed in"],
    [{ action: "session_revoked", target: "01JD3K", detail: {} }, "Signed out another device"],
    [{ action: "session_revoked", target: "bob", detail: { sign_ins: "2" } }, "Signed out bob everywhere"],
    [
      { action: "access", outcome: "refused", target: null, detail: { left_out: "40 × access invalid_token" } },
      "Many refusals of several kinds: 40 × access invalid_token",
    ],
    [{ action: "user_added", target: "bob" }, "Added bob"],
    [{ action: "user_added", target: null }, "Added something"],
  ])("%j", (fields, words) => {
    expect(auditPhrase(data(fields))).toBe(words);
  });

  test("an action that this page does not know yet is named as the server names it", () => {
    expect(auditPhrase(data({ action: "moon_landed" as AuditData["action"], target: "web" }))).toBe("moon_landed web");
  });

  test.each([
    ["ann", "ann"],
    ["ann:ci", "ann, token ci"],
    ["token:ci", "token ci"],
    ["local", "this machine"],
    ["console", "command line"],
    [null, "nobody known"],
  ])("%s is %s", (actor, words) => {
    expect(actorName(actor)).toBe(words);
  });

  test("in Korean as well", () => {
    chooseLanguage("ko");
    expect(auditPhrase(data({ outcome: "refused", code: "read_only" }))).toBe("web 재시작 거부됨: 읽기 전용 모드");
  });
});
