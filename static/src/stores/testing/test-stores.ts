import { Api } from "../../api/index.ts";
import { FakeClock } from "../../realtime/testing/fake-clock.ts";
import { createStores, type Stores } from "../stores.ts";
import { FakeRealtime } from "./fake-realtime.ts";
import { FakeRest } from "./fake-rest.ts";

export { settled } from "../../realtime/testing/fake-clock.ts";
export {
  about,
  containersData,
  containerView,
  engineView,
  event,
  metricsData,
  operationData,
  operationView,
} from "../../realtime/testing/messages.ts";

export interface TestStores {
  stores: Stores;
  realtime: FakeRealtime;
  clock: FakeClock;
  rest: FakeRest;
}

/** Started stores without a network and without real time. */
export function testStores(): TestStores {
  const clock = new FakeClock();
  const realtime = new FakeRealtime();
  const rest = new FakeRest();
  rest.answer("GET /api/v1/metrics/history", { body: { interval_s: 2, points: [] } });
  const stores = createStores(realtime, new Api({ clock, fetch: rest.fetch }), clock);
  stores.start();
  return { stores, realtime, clock, rest };
}
