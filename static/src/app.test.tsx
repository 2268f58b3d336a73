import { act, screen } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { App } from "./app.tsx";
import { question } from "./components/actions.ts";
import { paletteOpen, shortcutsOpen } from "./components/palette-state.ts";
import { fakeCanvas } from "./components/testing/fake-canvas.ts";
import { accessibilityProblems, show } from "./components/testing/show.tsx";
import { chooseLanguage, type Language } from "./i18n/index.ts";
import { navigate } from "./router.ts";
import {
  about,
  containersData,
  containerView,
  event,
  metricsData,
  operationData,
  settled,
} from "./stores/testing/test-stores.ts";

const WEB = containerView({ name: "shop-web-1", project: "shop", service: "web", condition: "healthy" });
const JOB = containerView({
  name: "job",
  state: "exited",
  condition: "failed",
  exit_code: 137,
  attention: true,
  finished_at: "2026-11-20T08:59:00Z",
});

beforeEach(fakeCanvas);
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function open(path: string, language: Language = "en") {
  chooseLanguage(language);
  navigate(path, { replace: true });
  const shown = show(<App />);
  await act(async () => {
    const disks = [{ mount: "/", device: "/dev/vda1", fstype: "ext4", total: 100, used: 40, percent: 40 }];
    shown.realtime.emit("metrics", metricsData({ disks }));
    shown.realtime.emit("containers", containersData({ containers: [WEB, JOB] }));
    const events = [
      event("container.started", about(WEB)),
      event("container.exited", { ...about(JOB), exit_code: 137, oom_killed: true }),
      event("operation.failed", operationData({ state: "failed", message: "No such image." })),
    ];
    shown.realtime.emit("events", { events, how: "history" });
    await settled();
  });
  await act(settled);
  return shown;
}

const PATHS = [
  "/",
  "/containers",
  "/containers?q=nothing-like-it",
  "/containers/shop-web-1",
  "/containers/shop-web-1?tab=events",
  "/containers/ghost",
  "/sessions",
  "/sessions/ghost",
  "/approvals",
  "/activity",
  "/more",
  "/nowhere",
];

describe.each<Language>(["en", "ko"])("in %s", (language) => {
  test.each(PATHS)("axe finds nothing on %s", async (path) => {
    await open(path, language);
    expect(await accessibilityProblems()).toEqual([]);
  });

  test("axe finds nothing in what opens over the page", async () => {
    await open("/containers", language);
    act(() => {
      question.value = { container: WEB, action: "remove" };
    });
    expect(await accessibilityProblems()).toEqual([]);
    act(() => {
      question.value = null;
      paletteOpen.value = true;
    });
    expect(await accessibilityProblems()).toEqual([]);
    act(() => {
      paletteOpen.value = false;
      shortcutsOpen.value = true;
    });
    expect(await accessibilityProblems()).toEqual([]);
  });
});

describe("the page", () => {
  test("has one heading of the first level on every screen", async () => {
    for (const path of PATHS) {
      const { unmount } = await open(path);
      expect(screen.getAllByRole("heading", { level: 1 })).toHaveLength(1);
      unmount();
    }
  });

  test("says in its title where it is and how many containers wait", async () => {
    await open("/containers");
    expect(document.title).toBe("(1) Containers · Pilothouse");
  });

  test("a dialog gives the focus back to where it was, or to the heading when that is gone", async () => {
    await open("/containers");
    const link = screen.getByTitle(WEB.name);
    link.focus();
    act(() => {
      shortcutsOpen.value = true;
    });
    act(() => {
      shortcutsOpen.value = false;
    });
    expect(document.activeElement).toBe(link);
    act(() => {
      shortcutsOpen.value = true;
    });
    link.remove();
    act(() => {
      shortcutsOpen.value = false;
    });
    expect(document.activeElement).toBe(screen.getByRole("heading", { level: 1 }));
  });

  test("back from a container the focus is on its row", async () => {
    await open("/containers");
    await act(async () => navigate("/containers/shop-web-1"));
    await act(async () => navigate("/containers"));
    expect(document.activeElement).toBe(screen.getByTitle(WEB.name));
  });

  test("on another screen the heading has the focus, so that it is read out", async () => {
    await open("/containers");
    await act(async () => navigate("/activity"));
    expect(document.activeElement).toBe(screen.getByRole("heading", { level: 1, name: "Activity" }));
  });

  test("announces an outcome, and shows it when its row is gone", async () => {
    const { realtime, stores } = await open("/containers");
    void stores.operations.perform({ id: JOB.id, name: JOB.name }, "remove");
    const ack = { success: true, operation: "01J", state: "confirmed", code: null, message: null } as const;
    await act(async () => {
      realtime.emit("containers", containersData({ containers: [WEB] }));
      realtime.commands[0]?.resolve(ack);
      await settled();
    });
    expect(document.querySelector("[role=status]")?.textContent).toContain("job: Removed in");
    expect(document.querySelector(".toast")?.textContent).toContain("job Removed in");
  });
});
