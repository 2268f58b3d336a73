import { act, screen } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import { navigate } from "../router.ts";
import { answerSessions, permissionView, summary } from "../stores/testing/sessions.ts";
import { settled, testStores } from "../stores/testing/test-stores.ts";
import { Rail, Tabs } from "./navigation.tsx";
import { accessibilityProblems, show } from "./testing/show.tsx";

async function showDoors(Doors: typeof Rail | typeof Tabs, waiting: number) {
  const fakes = testStores();
  const pending = Array.from({ length: waiting }, (_, i) => permissionView({ id: `p${i}` }));
  answerSessions(fakes, { pending });
  const shown = show(<Doors />, fakes);
  await act(async () => {
    await fakes.stores.permissions.refresh();
    await settled();
  });
  return shown;
}

describe.each([
  ["the rail", Rail],
  ["the tabs", Tabs],
] as const)("%s", (_, Doors) => {
  test("says how many requests wait, and leads to them", async () => {
    await showDoors(Doors, 2);
    const badge = screen.getByRole("link", { name: "2 approvals wait for a decision" });
    expect(badge.getAttribute("href")).toBe("/approvals");
    expect(badge.querySelector(".badge")?.textContent).toBe("2");
    expect(await accessibilityProblems()).toEqual([]);
  });

  test("counts the sessions in which a person is wanted, too", async () => {
    const { stores } = await showDoors(Doors, 1);
    const handover = { reason: "Help", summary: "", requested_by: "bob", requested_at: "2026-11-20T09:00:00.000Z" };
    act(() => stores.sessions.put(summary({ handover })));
    expect(screen.getByRole("link", { name: "2 wait for a person" }).getAttribute("href")).toBe("/approvals");
  });

  test("says nothing when none waits", async () => {
    await showDoors(Doors, 0);
    expect(screen.queryByRole("link", { name: /wait/ })).toBeNull();
    expect(screen.getByRole("link", { name: "Sessions" }).getAttribute("href")).toBe("/sessions");
  });

  test("shows the approvals as part of the sessions", async () => {
    navigate("/approvals");
    await showDoors(Doors, 0);
    expect(screen.getByRole("link", { name: "Sessions" }).getAttribute("aria-current")).toBe("page");
  });
});
