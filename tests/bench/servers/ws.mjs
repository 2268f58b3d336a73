// The peer in Node: the package `ws`, as its own manual broadcasts. Commands as in control.py.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(process.argv[2])("ws");
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/ws", backlog: 1024 });
server.on("connection", (client) => client.on("error", () => client.terminate()));
server.on("listening", () => console.log(server.address().port));

function publish(burst, size) {
  const at = process.hrtime.bigint().toString().padStart(19, "0");
  const empty = JSON.stringify({ at, pad: "" });
  const text = JSON.stringify({ at, pad: "x".repeat(size - empty.length) });
  for (let n = 0; n < burst; n++) for (const client of server.clients) client.send(text);
}

for await (const line of createInterface({ input: process.stdin })) {
  const [rounds, periodUs, burst, size] = line.split(" ").slice(1).map(Number);
  const started = performance.now();
  for (let n = 0; n < rounds; n++) {
    await sleep(Math.max(started + (n * periodUs) / 1000 - performance.now(), 0));
    publish(burst, size);
  }
  console.log("done");
}
