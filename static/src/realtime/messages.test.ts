// @vitest-environment node
import { describe, expect, it } from "vitest";
import { settled } from "./testing/fake-clock.ts";
import { interrupted, upTo, World } from "./testing/world.ts";

describe("an older socket", () => {
  it("that was only stalled is not heard any more once there is another", async () => {
    const world = await new World().live();
    world.happen(1);
    const old = world.server.socket;
    old.stalled = true;
    world.happen(3);
    await world.clock.run(60_000);
    expect(world.server.sockets).toHaveLength(2);
    old.unstall();
    world.happen(1);
    old.end(1006);
    expect(world.seqs).toEqual(upTo(5));
    expect(world.kind).toBe("live");
  });
});

describe("a message", () => {
  it("that comes before the socket was let in changes nothing", async () => {
    const world = await new World().live();
    world.happen(3);
    world.server.upgrade = "hold";
    world.server.socket.end(1006);
    world.happen(4);
    await world.clock.run(1000);
    const heads = { system: 3 };
    world.server.socket.say({ type: "heartbeat", timestamp: "", seq: 7, data: { heads } });
    world.server.socket.admit("late");
    expect(world.seqs).toEqual(upTo(7));
  });

  it("of an event type that this page does not know is handed on, and keeps its place", async () => {
    const world = await new World().live();
    world.server.socket.say(
      '{"type":"disk.full","id":"x","channel":"system","seq":1,"prev":0,"timestamp":"","data":{}}',
    );
    await interrupted(world, () => undefined);
    expect(world.seqs).toEqual([1]);
    expect(world.server.socket.url.searchParams.get("last_seq")).toBe("1");
  });

  it("of an unknown type without a place in the order is passed over", async () => {
    const world = await new World().live();
    world.server.socket.say('{"type":"weather","timestamp":"","data":{"wind":"NW"}}');
    world.happen(1);
    expect(world.seqs).toEqual([1]);
  });

  it.each([["{"], ["[]"], ["null"], [new ArrayBuffer(4)]])(
    "that is none (%s) ends the socket, not the order",
    async (frame) => {
      const world = await new World().live();
      world.happen(1);
      world.server.socket.say(frame);
      world.happen(1);
      await world.clock.run(1000);
      expect(world.server.sockets).toHaveLength(2);
      expect(world.seqs).toEqual(upTo(2));
    },
  );

  it("of a channel that is not wanted is not handed on", async () => {
    const world = await new World({ channels: ["session:1"] }).live();
    world.client.unsubscribe(["session:1"]);
    world.server.happens("session:1");
    world.happen(1);
    expect(world.seqs).toEqual([2]);
    expect(world.server.socket.received.map(({ type }) => type)).toEqual(["unsubscribe"]);
  });
});

describe("a channel that is added later", () => {
  it("is complete from where the server says", async () => {
    const world = await new World().live();
    world.happen(3);
    world.client.subscribe(["session:1"]);
    const { socket } = world.server;
    socket.channels.add("session:1");
    socket.say({ type: "ack", id: "command-1", timestamp: "", data: { channels: ["session:1"], from: 3 } });
    world.server.happens("session:1");
    await interrupted(world, () => world.server.happens("session:1"));
    expect(world.server.socket.url.searchParams.get("channels")).toBe("system,metrics,containers,session:1");
    expect(world.server.socket.url.searchParams.get("last_seq")).toBe("3");
    expect(world.seqs).toEqual(upTo(5));
  });

  it("is given up when the server forbids it, and that is told", async () => {
    const world = new World({ channels: ["session:1"] });
    world.server.upgrade = "hold";
    await world.live();
    world.server.socket.admit("one", {
      channels: { system: { recovered: null }, "session:1": { recovered: null, forbidden: true } },
    });
    await settled();
    expect(world.denied).toEqual(["session:1"]);
    world.server.upgrade = "admit";
    await interrupted(world, () => undefined);
    expect(world.server.socket.url.searchParams.get("channels")).toBe("system");
  });

  it("is asked for again once the person tries anew, for rights change", async () => {
    const world = new World({ channels: ["session:1"] });
    world.server.upgrade = "hold";
    await world.live();
    world.server.socket.admit("one", {
      channels: { system: { recovered: null }, "session:1": { recovered: null, forbidden: true } },
    });
    world.server.upgrade = "admit";
    world.client.disconnect();
    world.client.connect();
    await settled();
    expect(world.server.socket.url.searchParams.get("channels")).toBe("system,session:1");
    expect(world.denied).toEqual([]);
  });
});

describe("rights that are taken away", () => {
  it("end the channels that they were for, and the page says so", async () => {
    const world = await new World({ channels: ["session:1"] }).live();
    const { socket } = world.server;
    socket.say({ type: "unsubscribed", timestamp: "", data: { channels: ["session:1"], reason: "permission" } });
    world.server.happens("session:1");
    world.happen(1);
    expect(world.denied).toEqual(["session:1"]);
    expect(world.kind).toBe("live");
    expect(world.seqs).toHaveLength(1);
  });
});

describe("a newer token", () => {
  it("is shown to the server on the open socket", async () => {
    const world = await new World().live();
    world.client.authorise("token-2");
    expect(world.server.socket.received).toContainEqual(
      expect.objectContaining({ type: "refresh_token", data: { token: "token-2" } }),
    );
    world.server.socket.say({ type: "token_refreshed", id: "1", timestamp: "", data: { token_expires_at: null } });
    expect(world.kind).toBe("live");
  });

  it("is waited for before a socket is opened", async () => {
    let renewed = () => undefined as unknown;
    const renewal = new Promise<void>((resolve) => {
      renewed = () => resolve();
    });
    const world = await new World({ ready: () => renewal }).live();
    expect(world.server.sockets).toHaveLength(0);
    renewed();
    await settled();
    expect(world.kind).toBe("live");
  });

  it("that does not come in time is no reason to wait for ever", async () => {
    let asked = 0;
    const world = new World({ ready: () => (++asked === 1 ? new Promise(() => undefined) : null) });
    world.client.connect();
    await world.clock.run(11_000);
    expect(world.kind).toBe("live");
  });

  it("is not waited for by a client that was told to stop", async () => {
    const world = new World({ ready: () => Promise.resolve() });
    world.client.connect();
    world.client.disconnect();
    await settled();
    expect(world.server.sockets).toHaveLength(0);
  });
});
