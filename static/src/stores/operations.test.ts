import { describe, expect, it } from "vitest";
import type { OperationView } from "../protocol/messages.gen.ts";
import { CommandError } from "../realtime/index.ts";
import { containerView, event, operationData, settled, type TestStores, testStores } from "./testing/test-stores.ts";

const WEB = containerView({ name: "web" });

function say(
  { realtime }: TestStores,
  fields: Partial<OperationView>,
  how: "live" | "replayed" | "history" = "live",
): void {
  const data = operationData({ container_id: WEB.id, ...fields });
  realtime.emit("events", { events: [event(`operation.${data.operation.state}`, data)], how });
}

const shown = ({ stores }: TestStores) => stores.operations.byContainer.value.get(WEB.id);

const ACK = { success: true, operation: "op-1", state: "confirmed", code: null, message: null } as const;

describe("an action of this page", () => {
  it("is sent, and shown as confirmed only once the server says that the engine confirmed it", async () => {
    const world = testStores();
    const outcome = world.stores.operations.perform(WEB, "restart");
    expect(world.realtime.commands[0]?.data).toEqual({ container: WEB.id, action: "restart" });
    expect(shown(world)?.phase).toBe("sending");
    say(world, { id: "op-1", state: "requested" });
    say(world, { id: "op-1", state: "running" });
    expect(shown(world)).toMatchObject({ phase: "running", operation: "op-1", by: "ann" });
    say(world, { id: "op-1", state: "confirmed", duration_ms: 1234 });
    world.realtime.commands[0]?.resolve(ACK);
    expect(await outcome).toMatchObject({ phase: "confirmed", durationMs: 1234 });
    expect(shown(world)).toMatchObject({ phase: "confirmed", durationMs: 1234 });
  });

  it("goes off the row some seconds after it was confirmed, and does not come back with its event", async () => {
    const world = testStores();
    const outcome = world.stores.operations.perform(WEB, "restart");
    world.clock.advance(1500);
    world.realtime.commands[0]?.resolve(ACK);
    expect(await outcome).toMatchObject({ phase: "confirmed", durationMs: 1500 });
    world.clock.advance(8000);
    expect(shown(world)).toBeUndefined();
    say(world, { id: "op-1", state: "confirmed" });
    expect(shown(world)).toBeUndefined();
  });

  it("that fails stays with its reason until it is dismissed", async () => {
    const world = testStores();
    const outcome = world.stores.operations.perform(WEB, "start", { force: true });
    world.realtime.commands[0]?.resolve({
      ...ACK,
      success: false,
      state: "failed",
      code: "port_taken",
      message: "Port 80 is taken.",
    });
    await outcome;
    world.clock.advance(3600_000);
    expect(shown(world)).toMatchObject({ phase: "failed", code: "port_taken", message: "Port 80 is taken." });
    world.stores.operations.dismiss(WEB.id);
    expect(shown(world)).toBeUndefined();
    say(world, { id: "op-1", state: "failed" });
    expect(shown(world)).toBeUndefined();
  });

  it("that is refused has failed, in the server's words", async () => {
    const world = testStores();
    const outcome = world.stores.operations.perform(WEB, "start");
    world.realtime.commands[0]?.reject(new CommandError("not_found", "There is no such container."));
    expect(await outcome).toMatchObject({ phase: "failed", code: "not_found", operation: null });
  });

  it("without an answer is unknown, until an event tells how it ended", async () => {
    const world = testStores();
    const outcome = world.stores.operations.perform(WEB, "restart");
    say(world, { id: "op-1", state: "running" });
    world.realtime.commands[0]?.reject(new CommandError("no_answer", "Nobody said how this ended."));
    expect(await outcome).toMatchObject({ phase: "unknown", operation: "op-1" });
    say(world, { id: "op-1", state: "confirmed", duration_ms: 90_000 }, "replayed");
    expect(shown(world)).toMatchObject({ phase: "confirmed", durationMs: 90_000 });
  });

  it("cannot be dismissed while it is under way", () => {
    const world = testStores();
    void world.stores.operations.perform(WEB, "restart");
    world.stores.operations.dismiss(WEB.id);
    expect(shown(world)?.phase).toBe("sending");
  });

  it("takes the place of the outcome before it", async () => {
    const world = testStores();
    const first = world.stores.operations.perform(WEB, "stop");
    world.realtime.commands[0]?.resolve(ACK);
    await first;
    world.clock.advance(5000);
    void world.stores.operations.perform(WEB, "start");
    world.clock.advance(5000);
    expect(shown(world)).toMatchObject({ action: "start", phase: "sending" });
  });

  it("ends when its outcome was missed and comes with the replay", async () => {
    const world = testStores();
    void world.stores.operations.perform(WEB, "restart");
    say(world, { id: "op-1", state: "failed", message: "No." }, "replayed");
    await settled();
    expect(shown(world)).toMatchObject({ phase: "failed", message: "No." });
  });
});

describe("an action of somebody else", () => {
  it("is shown from its request to its end", () => {
    const world = testStores();
    say(world, { id: "op-9", by: "bob", state: "requested" });
    expect(shown(world)).toMatchObject({ phase: "running", by: "bob" });
    say(world, { id: "op-9", by: "bob", state: "confirmed", duration_ms: 10 });
    expect(shown(world)).toMatchObject({ phase: "confirmed", durationMs: 10 });
  });

  it("that is still under way is shown when the page opens, one that has ended is not", () => {
    const world = testStores();
    say(world, { id: "op-1", state: "failed" }, "history");
    expect(shown(world)).toBeUndefined();
    say(world, { id: "op-2", state: "running" }, "history");
    expect(shown(world)).toMatchObject({ operation: "op-2", phase: "running" });
  });

  it("is not shown as running for ever when its end lies in a gap", () => {
    const world = testStores();
    say(world, { id: "op-2", state: "running" });
    world.realtime.emit("gap", { channels: ["system"], from: 1, to: 9, reason: "expired", keptSince: null });
    expect(shown(world)).toBeUndefined();
  });

  it("does not end what this page has under way", () => {
    const world = testStores();
    void world.stores.operations.perform(WEB, "restart");
    say(world, { id: "op-1", state: "running" });
    say(world, { id: "op-0", state: "failed" });
    expect(shown(world)).toMatchObject({ operation: "op-1", phase: "running" });
  });
});
