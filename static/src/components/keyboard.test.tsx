import { act, fireEvent, screen } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { navigate, route } from "../router.ts";
import { containersData, containerView } from "../stores/testing/test-stores.ts";
import { question } from "./actions.ts";
import { currentContainer, letterOf, startKeyboard } from "./keyboard.ts";
import { Palette } from "./palette.tsx";
import { matching, score } from "./palette-commands.ts";
import { paletteOpen, shortcutsOpen } from "./palette-state.ts";
import { show } from "./testing/show.tsx";

const WEB = containerView({ name: "web" });

function Page() {
  return (
    <>
      <input data-filter aria-label="Filter" />
      <div data-container={WEB.id}>
        <a href="/containers/web" data-row>
          web
        </a>
      </div>
      <Palette />
    </>
  );
}

describe("keys", () => {
  let stop = (): void => undefined;
  let fakes: ReturnType<typeof show>;

  beforeEach(() => {
    fakes = show(<Page />);
    act(() => fakes.realtime.emit("containers", containersData({ containers: [WEB] })));
    stop = startKeyboard(fakes.stores);
  });
  afterEach(() => stop());

  function press(key: string, init: KeyboardEventInit = {}, target: Element = document.body): void {
    act(() => {
      fireEvent.keyDown(target, { key, ...init });
    });
  }

  test.each([
    ["o", "/", "overview"],
    ["c", "/containers", "containers"],
    ["s", "/sessions", "sessions"],
    ["a", "/activity", "activity"],
  ])("g %s goes to %s", (key, _, name) => {
    navigate("/more");
    press("g");
    press(key);
    expect(route.value.screen).toBe(name);
  });

  test("a letter typed into a field is text", () => {
    press("?", {}, screen.getByLabelText("Filter"));
    expect(shortcutsOpen.value).toBe(false);
  });

  test("/ goes to the filter", () => {
    press("/");
    expect(document.activeElement).toBe(screen.getByLabelText("Filter"));
  });

  test("r asks before it restarts the container whose row has the focus", () => {
    screen.getByRole("link", { name: "web" }).focus();
    press("r");
    expect(question.value).toMatchObject({ action: "restart", container: { name: "web" } });
    expect(fakes.realtime.commands).toEqual([]);
  });

  test("l opens the logs of the container whose page is open", () => {
    navigate("/containers/web?tab=inspect");
    press("l");
    expect(window.location.search).toBe("?tab=logs");
    expect(currentContainer(fakes.stores)?.name).toBe("web");
  });

  test("Escape goes from a container back to the list, with its filter", () => {
    navigate("/containers/web?q=we&tab=logs");
    press("Escape");
    expect(window.location.pathname + window.location.search).toBe("/containers?q=we");
  });

  test("Escape goes from a session back to the list, with its filter", () => {
    navigate("/sessions/s1?state=open");
    press("Escape");
    expect(window.location.pathname + window.location.search).toBe("/sessions?state=open");
  });

  test("n begins a session, from anywhere", () => {
    navigate("/containers");
    press("n");
    expect(window.location.pathname + window.location.search).toBe("/sessions?new=1");
  });

  test("with a Korean keyboard the same keys do the same", () => {
    expect(letterOf(new KeyboardEvent("keydown", { key: "ㅓ", code: "KeyJ" }))).toBe("j");
    expect(letterOf(new KeyboardEvent("keydown", { key: "?", code: "Slash" }))).toBe("?");
  });

  test("Ctrl K opens the palette anywhere; Enter runs what is chosen", async () => {
    press("k", { ctrlKey: true }, screen.getByLabelText("Filter"));
    const field = await screen.findByRole("combobox");
    fireEvent.input(field, { target: { value: "activ" } });
    fireEvent.keyDown(field, { key: "Enter" });
    await Promise.resolve();
    expect(route.value.screen).toBe("activity");
    expect(paletteOpen.value).toBe(false);
  });

  test("the palette acts on the current container, and asks where a click would", async () => {
    navigate("/containers/web");
    press("k", { ctrlKey: true });
    const field = await screen.findByRole("combobox");
    expect(screen.getAllByRole("option")[0]?.textContent).toBe("Restart web");
    fireEvent.input(field, { target: { value: "stop" } });
    fireEvent.keyDown(field, { key: "Enter" });
    await Promise.resolve();
    expect(question.value).toMatchObject({ action: "stop" });
  });
});

describe("what the palette finds", () => {
  test("a whole word counts more than scattered letters, and a miss is a miss", () => {
    expect(score("shop-web-1", "web")).toBeGreaterThan(score("shop-worker-b", "web"));
    expect(score("shop-web-1", "xyz")).toBe(0);
  });

  test("everything, in its own order, before anything is typed", () => {
    const all = ["b", "a"].map((name) => ({
      key: name,
      icon: "more" as const,
      name,
      hint: "",
      unavailable: null,
      run: () => undefined,
    }));
    expect(matching(all, " ").map(({ name }) => name)).toEqual(["b", "a"]);
  });
});
