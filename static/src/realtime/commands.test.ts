// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { ContainerAckData, ContainerActionData } from "../protocol/messages.gen.ts";
import type { CommandError } from "./commands.ts";
import { settled } from "./testing/fake-clock.ts";
import { operationView } from "./testing/messages.ts";
import { World } from "./testing/world.ts";

const RESTART: ContainerActionData = { container: "web", action: "restart" };
const DONE: ContainerAckData = {
  success: true,
  operation: "operation-1",
  state: "confirmed",
  code: null,
  message: null,
};

type Outcome = ContainerAckData | CommandError;

/** Perform, and record each time the promise settles. */
function perform(world: World, data = RESTART): Outcome[] {
  const outcomes: Outcome[] = [];
  const record = (outcome: Outcome) => {
    outcomes.push(outcome);
  };
  world.client.act(data).then(record, record);
  return outcomes;
}

const sent = (world: World) => world.server.sockets.flatMap(({ received }) => received);

function ack(world: World, id = "command-1", data = DONE): void {
  world.server.socket.say({ type: "container-ack", id, timestamp: "", data });
}

describe("a command", () => {
  it("is sent over the socket and ends with the server's answer", async () => {
    const world = await new World().live();
    const outcomes = perform(world);
    expect(sent(world)).toEqual([{ type: "container-action", id: "command-1", data: RESTART }]);
    ack(world);
    await settled();
    expect(outcomes).toEqual([DONE]);
  });

  it("ends once, whatever comes after", async () => {
    const world = await new World().live();
    const outcomes = perform(world);
    ack(world);
    ack(world, "command-1", { ...DONE, success: false });
    await world.clock.run(120_000);
    expect(outcomes).toEqual([DONE]);
  });

  it("is refused with the server's words", async () => {
    const world = await new World().live();
    const outcomes = perform(world);
    const data = { code: "not_found", message: "There is no container web.", temporary: false };
    world.server.socket.say({ type: "error", id: "command-1", timestamp: "", data });
    await settled();
    expect(outcomes).toMatchObject([{ code: "not_found", message: "There is no container web." }]);
    expect(world.refused).toEqual([]);
  });

  it("is sent again with the same id after a reconnect", async () => {
    const world = await new World().live();
    const outcomes = perform(world);
    world.server.socket.end(1006);
    await world.clock.run(1000);
    expect(sent(world).map(({ id }) => id)).toEqual(["command-1", "command-1"]);
    ack(world);
    await settled();
    expect(outcomes).toEqual([DONE]);
  });

  it("given while reconnecting is sent when the socket is back", async () => {
    const world = await new World().live();
    world.server.socket.end(1006);
    const outcomes = perform(world);
    await world.clock.run(1000);
    ack(world);
    await settled();
    expect(outcomes).toEqual([DONE]);
  });

  it("that could not be sent for 15 s is not sent later", async () => {
    const world = await new World().live();
    world.server.upgrade = "swallow";
    world.server.rest = "hang";
    world.server.socket.end(1006);
    const outcomes = perform(world);
    await world.clock.run(15_000);
    expect(outcomes).toMatchObject([{ code: "not_sent", unknown: false }]);
    world.server.upgrade = "admit";
    await world.clock.run(60_000);
    expect(sent(world)).toEqual([]);
  });

  it("without an answer is given up after a minute and its grace, as unknown", async () => {
    const world = await new World().live();
    const outcomes = perform(world, { container: "web", action: "stop", grace_s: 30 });
    for (let i = 0; i < 3; i++) {
      await world.clock.run(29_000);
      world.server.socket.heartbeat();
    }
    expect(outcomes).toEqual([]);
    await world.clock.run(3_000);
    expect(outcomes).toMatchObject([{ code: "no_answer", unknown: true }]);
    ack(world);
    await settled();
    expect(outcomes).toHaveLength(1);
  });

  it("while offline is refused at once", async () => {
    const world = await new World().live();
    world.server.upgrade = "refuse";
    world.server.rest = "down";
    world.server.socket.end(1006);
    await world.clock.run(10_000);
    const outcomes = perform(world);
    await settled();
    expect(outcomes).toMatchObject([{ code: "offline" }]);
  });

  it("is given up when the client stops", async () => {
    const world = await new World().live();
    const outcomes = perform(world);
    world.server.socket.end(4503);
    await settled();
    expect(outcomes).toMatchObject([{ code: "offline" }]);
  });

  it("that the server finds too large is dropped, and the others are sent again", async () => {
    const world = await new World().live();
    const small = perform(world);
    const large = perform(world, { ...RESTART, signal: `SIG${"X".repeat(2000)}` });
    world.server.socket.end(1009);
    await world.clock.run(1000);
    expect(large).toMatchObject([{ code: "too_large" }]);
    expect(small).toEqual([]);
    expect(world.server.socket.received.map(({ id }) => id)).toEqual(["command-1"]);
  });

  it("is refused when 32 others wait", async () => {
    const world = await new World().live();
    for (let i = 0; i < 32; i++) perform(world);
    const outcomes = perform(world);
    await settled();
    expect(outcomes).toMatchObject([{ code: "too_many_commands" }]);
    expect(sent(world)).toHaveLength(32);
    ack(world, "command-7");
    expect(perform(world)).toEqual([]);
    expect(sent(world)).toHaveLength(33);
  });
});

describe("a command while polling", () => {
  async function polling(): Promise<World> {
    const world = await new World().live();
    world.server.upgrade = "refuse";
    world.server.socket.end(1006);
    await world.clock.run(3000);
    return world;
  }

  const posts = (world: World) => world.server.requests.filter(({ method }) => method === "POST");

  it("goes over REST under its id", async () => {
    const world = await polling();
    const outcomes = perform(world);
    await settled();
    expect(posts(world).map(({ url, key }) => [url.pathname, key])).toEqual([
      ["/api/v1/containers/web/restart", "command-1"],
    ]);
    expect(outcomes).toEqual([DONE]);
  });

  it("asks again under the same id until the outcome is final", async () => {
    const world = await polling();
    world.server.actionEnds = "running";
    const outcomes = perform(world);
    for (let i = 0; i < 3; i++) await Promise.resolve();
    world.server.actionEnds = "failed";
    await settled();
    expect(new Set(posts(world).map(({ key }) => key))).toEqual(new Set(["command-1"]));
    expect(outcomes).toMatchObject([{ success: false, state: "failed", operation: "operation-1" }]);
  });

  it("that was sent over the lost socket has one effect", async () => {
    const world = await new World().live();
    const outcomes = perform(world);
    world.server.operations.set("command-1", operationView({ id: "operation-1", state: "confirmed" }));
    world.server.upgrade = "refuse";
    world.server.socket.end(1006);
    await world.clock.run(3000);
    expect(world.server.operations.size).toBe(1);
    expect(outcomes).toEqual([DONE]);
  });

  it("whose request is lost is tried again when REST is back", async () => {
    const world = await polling();
    world.server.rest = "down";
    const outcomes = perform(world);
    await world.clock.run(100);
    expect(outcomes).toEqual([]);
    world.server.rest = "up";
    await world.clock.run(30_000);
    expect(outcomes).toEqual([DONE]);
  });

  it("that is refused ends with the server's words", async () => {
    const world = await polling();
    world.server.refuseActions = { status: 409, code: "id_reused", message: "That id was used for another command." };
    const outcomes = perform(world);
    await settled();
    expect(outcomes).toMatchObject([{ code: "id_reused" }]);
  });
});
