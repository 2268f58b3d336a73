// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { DeltaData, MessageAccepted, PermissionView, RunView } from "../protocol/messages.gen.ts";
import { settled } from "./testing/fake-clock.ts";
import { World } from "./testing/world.ts";

const ACCEPTED = { message: { id: "m1" }, run: null } as unknown as MessageAccepted;
const RUN = { id: "run-1", state: "stopped" } as unknown as RunView;
const PERMISSION = { id: "p1", state: "allowed" } as unknown as PermissionView;

const sent = (world: World) => world.server.sockets.flatMap(({ received }) => received);

describe("what is asked of a session", () => {
  it("is sent under the id that it was given, and ends with its own answer", async () => {
    const world = await new World().live();
    const said = world.client.ask("message", { session: "s1", text: "hello" }, "id-1");
    const stopped = world.client.ask("command", { session: "s1", command: "stop" }, "id-2");
    const decided = world.client.ask("permission-decision", { permission: "p1", decision: "allow" }, "id-3");
    expect(sent(world)).toEqual([
      { type: "message", id: "id-1", data: { session: "s1", text: "hello" } },
      { type: "command", id: "id-2", data: { session: "s1", command: "stop" } },
      { type: "permission-decision", id: "id-3", data: { permission: "p1", decision: "allow" } },
    ]);
    const { socket } = world.server;
    socket.say({ type: "permission-ack", id: "id-3", timestamp: "", data: { permission: PERMISSION } });
    socket.say({ type: "command-ack", id: "id-2", timestamp: "", data: { run: RUN } });
    socket.say({ type: "message-ack", id: "id-1", timestamp: "", data: ACCEPTED });
    expect(await Promise.all([said, stopped, decided])).toEqual([ACCEPTED, RUN, PERMISSION]);
  });

  it("is sent again with the same id after a reconnect", async () => {
    const world = await new World().live();
    void world.client.ask("message", { session: "s1", text: "hello" }, "id-1");
    world.server.socket.end(1006);
    await world.clock.run(1000);
    expect(sent(world).map(({ id }) => id)).toEqual(["id-1", "id-1"]);
  });

  it("goes over REST under its id while there is no socket", async () => {
    const world = await new World().live();
    world.server.upgrade = "refuse";
    world.server.socket.end(1006);
    await world.clock.run(3000);
    void world.client.ask("message", { session: "s1", text: "hello" }, "id-1");
    void world.client.ask("command", { session: "s1", command: "resume" }, "id-2");
    void world.client.ask("permission-decision", { permission: "p1", decision: "deny" }, "id-3");
    await settled();
    const posts = world.server.requests.filter(({ method }) => method === "POST");
    expect(posts.map(({ url, key }) => [url.pathname, key])).toEqual([
      ["/api/v1/sessions/s1/messages", "id-1"],
      ["/api/v1/sessions/s1/command", "id-2"],
      ["/api/v1/permissions/p1", "id-3"],
    ]);
  });
});

describe("a delta", () => {
  const delta: DeltaData = { session: "s1", run: "r", message: "m", text: "so far", as_of_seq: 1 };

  it("of a subscribed session is handed on, and has no place in the order", async () => {
    const world = await new World().live();
    const heard: DeltaData[] = [];
    world.client.on("delta", (data) => heard.push(data));
    world.client.subscribe(["session:s1"]);
    world.server.socket.say({ type: "delta", timestamp: "", channel: "session:s1", data: delta });
    expect(heard).toEqual([delta]);
    expect(world.seqs).toEqual([]);
  });

  it("that comes after its session was left is passed over", async () => {
    const world = await new World().live();
    const heard: DeltaData[] = [];
    world.client.on("delta", (data) => heard.push(data));
    world.client.subscribe(["session:s1"]);
    world.client.unsubscribe(["session:s1"]);
    world.server.socket.say({ type: "delta", timestamp: "", channel: "session:s1", data: delta });
    expect(heard).toEqual([]);
  });
});

describe("a channel that is added later", () => {
  it("is said to be heard, and from where", async () => {
    const world = await new World().live();
    const heard: { channels: readonly string[]; from: number }[] = [];
    world.client.on("subscribed", (subscribed) => heard.push(subscribed));
    world.client.subscribe(["session:s1"]);
    world.server.socket.say({ type: "ack", id: "1", timestamp: "", data: { channels: ["session:s1"], from: 7 } });
    expect(heard).toEqual([{ channels: ["session:s1"], from: 7 }]);
  });

  it("while the socket is being opened is asked for as soon as it is open", async () => {
    const world = new World();
    world.client.connect();
    world.client.subscribe(["workspace:w1"]);
    await settled();
    expect(sent(world)).toMatchObject([{ type: "subscribe", data: { channels: ["workspace:w1"] } }]);
  });
});
