import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { containerPath, linkWith, matchRoute, navigate, query, route, setQuery, startRouter } from "./router.ts";

describe("an address", () => {
  test.each([
    ["/", { screen: "overview" }],
    ["/containers", { screen: "containers", container: null }],
    ["/containers/", { screen: "containers", container: null }],
    ["/containers/shop-web-1", { screen: "containers", container: "shop-web-1" }],
    ["/containers/a%20b", { screen: "containers", container: "a b" }],
    ["/containers/100%", { screen: "containers", container: "100%" }],
    ["/containers/web/extra", { screen: "missing", path: "/containers/web/extra" }],
    ["/sessions", { screen: "sessions", session: null }],
    ["/sessions/01JD", { screen: "sessions", session: "01JD" }],
    ["/sessions/01JD/more", { screen: "missing", path: "/sessions/01JD/more" }],
    ["/approvals", { screen: "approvals" }],
    ["/activity", { screen: "activity" }],
    ["/more", { screen: "more" }],
    ["/activity/7", { screen: "missing", path: "/activity/7" }],
    ["/nowhere", { screen: "missing", path: "/nowhere" }],
  ])("%s names its screen", (path, expected) => expect(matchRoute(path)).toEqual(expected));

  test("a container's path survives whatever its name holds", () =>
    expect(matchRoute(containerPath("odd/name?"))).toEqual({ screen: "containers", container: "odd/name?" }));
});

describe("the router", () => {
  let stop: () => void;
  beforeEach(() => {
    stop = startRouter();
    navigate("/containers?q=web&sort=name", { replace: true });
  });
  afterEach(() => {
    stop();
    document.body.replaceChildren();
  });

  function click(html: string, init: MouseEventInit = {}): MouseEvent {
    document.body.innerHTML = html;
    const event = new MouseEvent("click", { bubbles: true, cancelable: true, button: 0, ...init });
    document.querySelector("a")?.dispatchEvent(event);
    return event;
  }

  test("a link within the page changes the screen without loading it", () => {
    const event = click('<a href="/activity">go</a>');
    expect(event.defaultPrevented).toBe(true);
    expect(route.value).toEqual({ screen: "activity" });
  });

  test.each([
    ["another site", '<a href="https://example.com/">x</a>', {}],
    ["a window of its own", '<a href="/activity" target="_blank">x</a>', {}],
    ["a click that wants a new tab", '<a href="/activity">x</a>', { ctrlKey: true }],
    ["a place on this page", '<a href="#main">x</a>', {}],
  ])("%s is left to the browser", (_, html, init) => {
    document.addEventListener("click", (event) => event.preventDefault(), { once: true });
    click(html, init);
    expect(route.value.screen).toBe("containers");
  });

  test("what is typed into a filter goes into the address without a step in the history", () => {
    const steps = history.length;
    setQuery({ q: "api" });
    expect(query("q")).toBe("api");
    expect(window.location.search).toBe("?q=api&sort=name");
    expect(history.length).toBe(steps);
  });

  test("an empty value leaves the address", () => {
    setQuery({ q: "" });
    expect(window.location.search).toBe("?sort=name");
  });

  test("a link keeps the parameters that it does not change", () =>
    expect(linkWith({ sort: "" }, "/containers/web")).toBe("/containers/web?q=web"));

  test("Back returns to the screen before", () => {
    navigate("/activity");
    history.replaceState(null, "", "/containers");
    window.dispatchEvent(new PopStateEvent("popstate"));
    expect(route.value).toEqual({ screen: "containers", container: null });
  });
});
