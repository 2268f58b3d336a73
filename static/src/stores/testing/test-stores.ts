import { Api } from "../../api/index.ts";
import type { SessionView } from "../../protocol/messages.gen.ts";
import { FakeClock } from "../../realtime/testing/fake-clock.ts";
import { SessionStore } from "../session.ts";
import { createStores, type Stores } from "../stores.ts";
import { FakeRealtime } from "./fake-realtime.ts";
import { FakeRest } from "./fake-rest.ts";
import { fakeSessionIo, sessionView } from "./fake-session.ts";

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
export { grant, PERMISSIONS, sessionView, signedIn, signedOut } from "./fake-session.ts";

export interface TestStores {
  stores: Stores;
  realtime: FakeRealtime;
  clock: FakeClock;
  rest: FakeRest;
}

/** Started stores without a network and without real time. Nobody has to sign in unless `session` says otherwise. */
export function testStores({ session: view = sessionView() }: { session?: SessionView } = {}): TestStores {
  const clock = new FakeClock();
  const realtime = new FakeRealtime();
  const rest = new FakeRest();
  rest.answer("GET /api/v1/metrics/history", { body: { interval_s: 2, points: [] } });
  const api = new Api({ clock, fetch: rest.fetch });
  const session = new SessionStore(fakeSessionIo(api, clock), view);
  api.obey(session);
  const stores = createStores(realtime, api, clock, session);
  stores.start();
  return { stores, realtime, clock, rest };
}
