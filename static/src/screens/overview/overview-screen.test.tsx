import { act, screen, within } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { roundTop } from "../../components/chart.tsx";
import { fakeCanvas } from "../../components/testing/fake-canvas.ts";
import { accessibilityProblems, show } from "../../components/testing/show.tsx";
import { about, containersData, containerView, event, metricsData } from "../../stores/testing/test-stores.ts";
import { OverviewScreen } from "./overview-screen.tsx";

const FAILED = containerView({ name: "job", state: "exited", condition: "failed", exit_code: 3, attention: true });
const OOM = containerView({ ...FAILED, id: "a".repeat(64), name: "train", oom_killed: true, exit_code: 137 });
const SICK = containerView({ name: "api", condition: "unhealthy", attention: true });

beforeEach(fakeCanvas);
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function showOverview(containers = [FAILED, OOM, SICK, containerView()]) {
  const shown = show(
    <main>
      <OverviewScreen />
    </main>,
  );
  act(() => {
    const disks = [
      { mount: "/", device: "/dev/vda1", fstype: "ext4", total: 2 ** 30, used: 2 ** 28, percent: 25 },
      { mount: "/var", device: "/dev/vdb1", fstype: "xfs", total: 2 ** 30, used: 2 ** 30, percent: 97 },
    ];
    shown.realtime.emit("metrics", metricsData({ disks }));
    shown.realtime.emit("containers", containersData({ containers }));
    const events = [event("container.started", about(containerView()))];
    shown.realtime.emit("events", { events, how: "history" });
  });
  return shown;
}

describe("the overview", () => {
  test("answers how the host is, in words beside the pictures", () => {
    showOverview();
    expect(screen.getByRole("img", { name: "CPU: CPU 13%" })).toBeTruthy();
    expect(screen.getByRole("img", { name: "Network: in 1.0 KiB/s, out 500 B/s" })).toBeTruthy();
    const mounts = within(screen.getByRole("region", { name: "Disks" })).getAllByRole("listitem");
    expect(mounts.map((mount) => mount.textContent)).toEqual(["/var97%1.0 GiB of 1.0 GiB", "/25%256 MiB of 1.0 GiB"]);
  });

  test("answers what is broken and why, the worst first", () => {
    showOverview();
    const attention = screen.getByRole("region", { name: "Needs attention" });
    const rows = within(attention).getAllByRole("listitem");
    expect(rows.map((row) => row.querySelector("a")?.textContent)).toEqual(["api", "job", "train"]);
    expect(rows[0]?.textContent).toContain("Its health check fails");
    expect(rows[1]?.textContent).toContain("Exited with code 3");
    expect(rows[2]?.textContent).toContain("Out of memory");
  });

  test("says so when nothing is", () => {
    showOverview([containerView()]);
    expect(screen.getByText("Nothing needs attention. 1 container is running.")).toBeTruthy();
  });

  test("answers what changed lately", () => {
    showOverview();
    const changes = screen.getByRole("region", { name: "What changed lately" });
    expect(within(changes).getByRole("link", { name: "web" }).getAttribute("href")).toBe("/containers/web");
    expect(changes.textContent).toContain("Started");
  });

  test("has nothing for axe to find", async () => {
    showOverview();
    expect(await accessibilityProblems()).toEqual([]);
  });
});

test.each([
  [0, 1024],
  [1500, 2048],
  [300 * 1024, 500 * 1024],
  [3.2 * 1024 ** 2, 5 * 1024 ** 2],
  [900 * 1024 ** 2, 1000 * 1024 ** 2],
])("an axis for up to %d ends at %d, a round number of its unit", (value, top) => expect(roundTop(value)).toBe(top));
