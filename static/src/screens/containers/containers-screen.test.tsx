import { act, fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import { Confirmation } from "../../components/confirmation.tsx";
import { show } from "../../components/testing/show.tsx";
import { startRouter } from "../../router.ts";
import {
  containersData,
  containerView,
  engineView,
  operationData,
  event as serverEvent,
  settled,
} from "../../stores/testing/test-stores.ts";
import { ContainersScreen } from "./containers-screen.tsx";

const WEB = containerView({ name: "shop-web-1", project: "shop", service: "web" });
const DB = containerView({ name: "shop-db-1", project: "shop", service: "db" });
const SOLO = containerView({ name: "solo" });

function showList(containers = [WEB, DB, SOLO]) {
  const shown = show(
    <>
      <ContainersScreen />
      <Confirmation />
    </>,
  );
  act(() => shown.realtime.emit("containers", containersData({ containers })));
  return shown;
}

function rowOf(name: string): HTMLElement {
  const row = screen.getByTitle(name).closest("tr");
  if (!row) throw new Error(`No row for ${name}`);
  return row;
}

async function openMenu(name: string): Promise<HTMLElement> {
  fireEvent.click(within(rowOf(name)).getByRole("button", { name: `Actions on ${name}` }));
  return screen.findByRole("dialog");
}

describe("the list of containers", () => {
  test("shows a skeleton only before the first data, then never an empty list where there was one", () => {
    const { realtime, container } = show(<ContainersScreen />);
    expect(container.querySelector(".skeleton")).not.toBeNull();
    act(() => realtime.emit("containers", containersData({ containers: [WEB] })));
    expect(container.querySelector(".skeleton")).toBeNull();
    const down = engineView({ state: "down", code: "engine_unreachable" });
    act(() => realtime.emit("containers", containersData({ containers: [], engines: [down] })));
    expect(rowOf(WEB.name)).toBeTruthy();
    expect(screen.getByText(/The Docker engine does not answer/)).toBeTruthy();
  });

  test("an engine that never answered has not told that there are no containers", () => {
    const { realtime } = show(<ContainersScreen />);
    const down = engineView({ state: "down", code: "engine_unreachable", version: null });
    act(() => realtime.emit("containers", containersData({ containers: [], engines: [down] })));
    expect(screen.getByText(/No containers are known yet/)).toBeTruthy();
    expect(screen.queryByText("There are no containers yet.")).toBeNull();
  });

  test("says what to do when there are no containers at all", () => {
    showList([]);
    expect(screen.getByText("There are no containers yet.")).toBeTruthy();
    expect(screen.getByText(/^docker run/)).toBeTruthy();
  });

  test("groups by project, folds a group and remembers it", () => {
    showList();
    const fold = screen.getByRole("button", { name: /^shop/ });
    fireEvent.click(fold);
    expect(screen.queryByTitle(WEB.name)).toBeNull();
    expect(rowOf(SOLO.name)).toBeTruthy();
    expect(localStorage.getItem("pilothouse.folded")).toBe("shop");
  });

  test("a search opens what is folded, and clearing it brings all back", () => {
    const stop = startRouter();
    showList();
    fireEvent.click(screen.getByRole("button", { name: /^shop/ }));
    fireEvent.input(screen.getByRole("searchbox"), { target: { value: "web" } });
    expect(rowOf(WEB.name)).toBeTruthy();
    expect(screen.queryByTitle(SOLO.name)).toBeNull();
    fireEvent.input(screen.getByRole("searchbox"), { target: { value: "zzz" } });
    fireEvent.click(screen.getByRole("link", { name: "Clear filter" }));
    expect(rowOf(SOLO.name)).toBeTruthy();
    stop();
  });

  test("a list in which one container changed touches only that row", async () => {
    const { realtime } = showList();
    const touched = new Set<Element | null>();
    const observer = new MutationObserver((records) => {
      for (const { target } of records) {
        touched.add((target instanceof Element ? target : target.parentElement)?.closest("tr") ?? null);
      }
    });
    observer.observe(screen.getByRole("table"), {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
    const changed = { ...structuredClone(DB), condition: "unhealthy" as const };
    act(() =>
      realtime.emit(
        "containers",
        containersData({ containers: [structuredClone(WEB), changed, structuredClone(SOLO)] }),
      ),
    );
    await settled();
    observer.disconnect();
    expect([...touched]).toEqual([rowOf(DB.name)]);
  });
});

describe("an action", () => {
  test("restart needs no question, shows that it runs, and how long it took once the engine has confirmed", async () => {
    const { realtime } = showList();
    fireEvent.click(within(rowOf(WEB.name)).getByRole("button", { name: `Restart ${WEB.name}` }));
    expect(realtime.commands.map(({ data }) => data.action)).toEqual(["restart"]);
    expect(await within(rowOf(WEB.name)).findByText("Restarting…")).toBeTruthy();
    const confirmed = {
      container_id: WEB.id,
      container_name: WEB.name,
      state: "confirmed",
      duration_ms: 1200,
    } as const;
    act(() => {
      const events = [serverEvent("operation.confirmed", operationData(confirmed))];
      realtime.emit("events", { events, how: "live" });
    });
    expect(within(rowOf(WEB.name)).getByText("Restarted in 1.2 sec")).toBeTruthy();
  });

  test("stop is asked about first, names what it takes away, and can be undone", async () => {
    const ports = [{ private: 80, protocol: "tcp", public: 8080, ip: "0.0.0.0" }];
    const { realtime } = showList([{ ...WEB, ports }, DB]);
    fireEvent.click(within(await openMenu(WEB.name)).getByRole("button", { name: "Stop" }));
    const dialog = await screen.findByRole("dialog", { name: `Stop ${WEB.name}?` });
    expect(dialog.textContent).toContain("It belongs to shop, where 1 other container may depend on it.");
    expect(dialog.textContent).toContain("Nothing will answer on 8080.");
    expect(realtime.commands).toEqual([]);
    fireEvent.click(within(dialog).getByRole("button", { name: "Stop" }));
    const [command] = realtime.commands;
    const ack = { success: true, operation: "01J", state: "confirmed", code: null, message: null } as const;
    await act(async () => {
      command?.resolve(ack);
      await settled();
    });
    const stopped = { ...WEB, state: "exited", condition: "done" } as const;
    act(() => realtime.emit("containers", containersData({ containers: [stopped] })));
    fireEvent.click(within(rowOf(WEB.name)).getByRole("button", { name: "Start again" }));
    expect(realtime.commands.map(({ data }) => data.action)).toEqual(["stop", "start"]);
  });

  test("remove wants the name typed, and kills what runs", async () => {
    const { realtime } = showList();
    fireEvent.click(within(await openMenu(SOLO.name)).getByRole("button", { name: "Remove" }));
    const dialog = await screen.findByRole("dialog", { name: "Remove solo?" });
    const remove = within(dialog).getByRole<HTMLButtonElement>("button", { name: "Remove" });
    expect(remove.disabled).toBe(true);
    fireEvent.input(within(dialog).getByRole("textbox"), { target: { value: "sol" } });
    fireEvent.submit(dialog.querySelector("form") as HTMLFormElement);
    expect(realtime.commands).toEqual([]);
    fireEvent.input(within(dialog).getByRole("textbox"), { target: { value: "solo" } });
    fireEvent.submit(dialog.querySelector("form") as HTMLFormElement);
    expect(realtime.commands[0]?.data).toMatchObject({ container: SOLO.id, action: "remove", force: true });
  });

  test("a failure stays on the row, with the engine's reason, until it is dismissed", async () => {
    const { realtime, clock } = showList();
    fireEvent.click(within(rowOf(SOLO.name)).getByRole("button", { name: "Restart solo" }));
    const message = "The port 80 is taken by another program.";
    const ack = { success: false, operation: "01J", state: "failed", code: "conflict", message } as const;
    await act(async () => {
      realtime.commands[0]?.resolve(ack);
      await settled();
    });
    act(() => clock.advance(60_000));
    const failure = screen.getByText("Could not restart.").closest("tr") as HTMLElement;
    expect(failure.textContent).toContain(message);
    fireEvent.click(within(failure).getByRole("button", { name: "Dismiss" }));
    expect(screen.queryByText("Could not restart.")).toBeNull();
  });

  test("offline, it cannot be used and says why", () => {
    const { realtime, clock } = showList();
    act(() => realtime.setState({ kind: "offline", since: clock.now(), stopped: null }));
    const restart = within(rowOf(SOLO.name)).getByRole("button", { name: "Restart solo" });
    expect(restart.getAttribute("aria-disabled")).toBe("true");
    expect(restart.title).toBe("Offline: actions work again when the server can be reached.");
    fireEvent.click(restart);
    expect(realtime.commands).toEqual([]);
  });

  test("on the console's own container it asks for the name and insists", async () => {
    const { realtime } = showList([{ ...SOLO, is_self: true }]);
    fireEvent.click(within(rowOf(SOLO.name)).getByRole("button", { name: "Restart solo" }));
    const dialog = await screen.findByRole("dialog", { name: "Restart solo?" });
    expect(dialog.textContent).toContain("this page will lose its server");
    fireEvent.input(within(dialog).getByRole("textbox"), { target: { value: "solo" } });
    fireEvent.submit(dialog.querySelector("form") as HTMLFormElement);
    expect(realtime.commands[0]?.data).toMatchObject({ action: "restart", force: true });
  });
});
