import { describe, expect, it } from "vitest";
import { containersData, containerView, engineView, settled, testStores } from "./testing/test-stores.ts";

const DOWN = engineView({ state: "down", message: "Start Docker." });

describe("the list of containers", () => {
  it("is loading until the first data, and then never again", () => {
    const { stores, realtime } = testStores();
    expect(stores.containers.loading.value).toBe(true);
    expect(stores.containers.summary.value).toBeNull();
    realtime.emit("containers", containersData());
    expect(stores.containers.loading.value).toBe(false);
    expect(stores.containers.summary.value?.total).toBe(0);
  });

  it("shows why there is nothing yet, until there is something", () => {
    const { stores, realtime } = testStores();
    realtime.emit("load-failed", { code: "network", message: "Pilothouse cannot be reached." });
    expect(stores.containers.error.value?.code).toBe("network");
    expect(stores.containers.loading.value).toBe(false);
    realtime.emit("containers", containersData());
    expect(stores.containers.error.value).toBeNull();
  });

  it("keeps what was known when the engine goes down", () => {
    const { stores, realtime } = testStores();
    realtime.emit("containers", containersData({ containers: [containerView()] }));
    realtime.emit("containers", containersData({ engines: [DOWN] }));
    expect(stores.containers.list.value.map(({ name }) => name)).toEqual(["web"]);
    expect(stores.containers.summary.value?.total).toBe(1);
    expect(stores.containers.engineDown.value?.message).toBe("Start Docker.");
  });

  it("is empty when the engine says so", () => {
    const { stores, realtime } = testStores();
    realtime.emit("containers", containersData({ containers: [containerView()] }));
    realtime.emit("containers", containersData());
    expect(stores.containers.list.value).toEqual([]);
    expect(stores.containers.engineDown.value).toBeNull();
  });

  it("stays when the connection is lost", () => {
    const { stores, realtime } = testStores();
    realtime.emit("containers", containersData({ containers: [containerView()] }));
    realtime.setState({ kind: "offline", since: 0, stopped: null });
    realtime.emit("load-failed", { code: "network", message: "Pilothouse cannot be reached." });
    expect(stores.containers.list.value).toHaveLength(1);
    expect(stores.containers.error.value).toBeNull();
  });

  it("finds by id, name and the start of an id", () => {
    const { stores, realtime } = testStores();
    const web = containerView({ id: "abcdef".padEnd(64, "0"), name: "web" });
    realtime.emit("containers", containersData({ containers: [containerView({ name: "abcd" }), web] }));
    expect(stores.containers.find(web.id)).toBe(web);
    expect(stores.containers.find("web")).toBe(web);
    expect(stores.containers.find("abcdef")).toBe(web);
    expect(stores.containers.find("abcd")?.name).toBe("abcd");
    expect(stores.containers.find("a")).toBeUndefined();
  });

  it("is read anew when that is asked for", async () => {
    const { stores, rest } = testStores();
    rest.answer("GET /api/v1/containers", { body: containersData({ containers: [containerView()] }) });
    await stores.containers.refresh();
    await settled();
    expect(stores.containers.list.value).toHaveLength(1);
  });
});
