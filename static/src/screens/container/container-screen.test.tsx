import { act, fireEvent, screen } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import { show } from "../../components/testing/show.tsx";
import { navigate, route } from "../../router.ts";
import {
  about,
  containersData,
  containerView,
  event,
  settled,
  type TestStores,
  testStores,
} from "../../stores/testing/test-stores.ts";
import { ContainerScreen } from "./container-screen.tsx";

const DONE = containerView({ name: "job", state: "exited", condition: "done", exit_code: 0, status: "Exited (0)" });

function logPath(id: string): string {
  return `GET /api/v1/containers/${id}/logs`;
}

function line(second: number, text: string, stream = "stdout"): string {
  return JSON.stringify({ ts: `2026-11-20T09:00:${String(second).padStart(2, "0")}Z`, stream, text });
}

async function showContainer(name = DONE.name, fakes: TestStores = testStores()) {
  const shown = show(<ContainerScreen name={name} />, fakes);
  await act(async () => {
    shown.realtime.emit("containers", containersData({ containers: [DONE] }));
    await settled();
  });
  await act(settled);
  return shown;
}

describe("a container's output", () => {
  test("shows the last lines, says which came from stderr, and why no more come", async () => {
    const fakes = testStores();
    fakes.rest.answer(logPath(DONE.id), { body: `${line(1, "hello")}\n${line(2, "oh no", "stderr")}\n` });
    await showContainer(DONE.name, fakes);
    const log = screen.getByRole("log", { name: "Output of job" });
    expect([...log.querySelectorAll(".log-text")].map((element) => element.textContent)).toEqual(["hello", "oh no"]);
    expect(log.querySelector("[data-stream=stderr]")?.textContent).toContain("err");
    expect(log.textContent).toContain("It has ended");
  });

  test("opened again after a start it brings nothing twice", async () => {
    const fakes = testStores();
    fakes.rest.answer(logPath(DONE.id), { body: `${line(1, "first")}\n` });
    const { realtime } = await showContainer(DONE.name, fakes);
    fakes.rest.answer(logPath(DONE.id), { body: `${line(1, "first")}\n${line(2, "second")}\n` });
    const again = { ...DONE, started_at: "2026-11-20T10:00:00Z" };
    await act(async () => {
      realtime.emit("containers", containersData({ containers: [again] }));
      await settled();
    });
    await act(settled);
    const texts = [...document.querySelectorAll(".log-text")].map((element) => element.textContent);
    expect(texts).toEqual(["first", "second"]);
  });

  test("that cannot be read says so in place, and can be tried again", async () => {
    const fakes = testStores();
    const body = { error: { code: "engine_down", message: "The engine does not answer.", request_id: "r-1" } };
    fakes.rest.answer(logPath(DONE.id), { status: 503, body });
    await showContainer(DONE.name, fakes);
    expect(screen.getByRole("alert").textContent).toContain("The engine does not answer.");
    fakes.rest.answer(logPath(DONE.id), { body: `${line(1, "back")}\n` });
    await act(async () => {
      fireEvent.click(screen.getByRole("button", { name: "Try again" }));
      await settled();
    });
    await act(settled);
    expect(screen.queryByRole("alert")).toBeNull();
    expect(screen.getByText("back")).toBeTruthy();
  });

  test("that is empty gives the reason", async () => {
    const fakes = testStores();
    fakes.rest.answer(logPath(DONE.id), { body: "" });
    await showContainer(DONE.name, fakes);
    expect(screen.getByText("It wrote nothing to its output.")).toBeTruthy();
  });
});

describe("a container's page", () => {
  test("has its own events", async () => {
    navigate("/containers/job?tab=events");
    const { realtime } = await showContainer();
    const other = containerView({ name: "other" });
    act(() => {
      const events = [event("container.created", about(DONE)), event("container.started", about(other))];
      realtime.emit("events", { events, how: "history" });
    });
    expect(screen.getByText("Created from nginx:1.29")).toBeTruthy();
    expect(screen.queryByText("Started")).toBeNull();
  });

  test("of a container that ended right after its start says so, and not that it was started", async () => {
    const { realtime, stores, clock } = await showContainer();
    const ack = { success: true, operation: "01J", state: "confirmed", code: null, message: null } as const;
    await act(async () => {
      const outcome = stores.operations.perform(DONE, "start");
      realtime.commands[0]?.resolve(ack);
      await outcome;
    });
    expect(document.querySelector(".container-title .mark")?.textContent).toContain("Started");
    const finished_at = new Date(clock.now() + 100).toISOString();
    const failed = { ...DONE, condition: "failed", exit_code: 1, attention: true, finished_at } as const;
    act(() => realtime.emit("containers", containersData({ containers: [failed] })));
    expect(document.querySelector(".container-title .mark")?.textContent).toBe("failed (1)");
  });

  test("follows its container to a new name", async () => {
    navigate("/containers/job");
    const { realtime } = await showContainer();
    act(() => realtime.emit("containers", containersData({ containers: [{ ...DONE, name: "job-old" }] })));
    expect(route.value).toEqual({ screen: "containers", container: "job-old" });
  });

  test("of a container that is gone says so and shows the way on", async () => {
    await showContainer("ghost");
    expect(screen.getByRole("heading", { name: "There is no container ghost." })).toBeTruthy();
    expect(screen.getByRole("link", { name: "What happened to it" }).getAttribute("href")).toBe("/activity?q=ghost");
  });

  test("shows every fact of it", async () => {
    navigate("/containers/job?tab=inspect");
    const fakes = testStores();
    const detail = {
      container: DONE,
      all_labels: { maintainer: "team" },
      command: ["sh", "-c", "it's"],
      entrypoint: [],
      working_dir: "/srv",
      user: "1000",
      hostname: "abc",
      restart_policy: "always",
      networks: { shop_default: "172.18.0.4" },
      mounts: [{ kind: "bind", source: "/etc/hosts", target: "/hosts", read_only: true }],
      health_log: [{ at: "2026-11-20T09:00:00Z", exit_code: 1, output: "curl: 503\n" }],
      error: null,
    };
    fakes.rest.answer(`GET /api/v1/containers/${DONE.id}`, { body: detail });
    const { container } = await showContainer(DONE.name, fakes);
    for (const fact of ["always", "172.18.0.4", "/etc/hosts", "bind, read-only", "curl: 503", "maintainer"]) {
      expect(container.textContent).toContain(fact);
    }
    expect(container.textContent).toContain(String.raw`sh -c 'it'\''s'`);
  });
});
