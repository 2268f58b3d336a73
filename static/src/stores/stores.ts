import { effect } from "@preact/signals";
import type { Api } from "../api/index.ts";
import type { Cancel, Clock, Realtime } from "../realtime/index.ts";
import { ActivityStore } from "./activity.ts";
import { AuditStore } from "./audit.ts";
import { ConnectionStore } from "./connection.ts";
import { ContainersStore } from "./containers.ts";
import { MetricsStore } from "./metrics.ts";
import { OperationsStore } from "./operations.ts";
import { PermissionsStore } from "./permissions.ts";
import type { SessionStore } from "./session.ts";
import { SessionsStore } from "./sessions.ts";
import { ConversationStore } from "./sessions-conversation.ts";
import { Drafts } from "./sessions-drafts.ts";

const STEADY_MS = 30_000;

/** Everything that the screens show and do. All but `session` and `api` is of one person, and ends with them. */
export interface Stores {
  readonly session: SessionStore;
  readonly connection: ConnectionStore;
  readonly containers: ContainersStore;
  readonly metrics: MetricsStore;
  readonly activity: ActivityStore;
  readonly operations: OperationsStore;
  readonly audit: AuditStore;
  /** The assistant's sessions; `session` is the person's own, at this page. */
  readonly sessions: SessionsStore;
  readonly conversation: ConversationStore;
  readonly permissions: PermissionsStore;
  readonly drafts: Drafts;
  readonly api: Api;
  /** A new ULID: the id of something that is asked for once, however often it has to be sent. */
  newId(): string;
  start(): void;
  stop(): void;
}

/** Build the stores over a realtime client and the REST client. */
export function createStores(realtime: Realtime, api: Api, clock: Clock, session: SessionStore): Stores {
  const metrics = new MetricsStore(realtime, api);
  const connection = new ConnectionStore(realtime, clock, metrics.intervalS);
  const containers = new ContainersStore(realtime, api);
  const activity = new ActivityStore(realtime, clock);
  const operations = new OperationsStore(realtime, clock, () => session.forbidden());
  const audit = new AuditStore(realtime, api);
  const sessions = new SessionsStore(realtime, api);
  const permissions = new PermissionsStore(realtime, api);
  const conversation = new ConversationStore({
    realtime,
    api,
    clock,
    onSession: (summary) => sessions.put(summary),
    onPermissions: (some) => permissions.put(some),
  });
  const drafts = new Drafts(
    () => sessionStorage,
    () => session.person.value ?? "",
  );
  const all = [connection, containers, metrics, activity, operations, sessions, permissions];
  let unfollow: Cancel = () => undefined;
  return {
    session,
    connection,
    containers,
    metrics,
    activity,
    operations,
    audit,
    sessions,
    conversation,
    permissions,
    drafts,
    api,
    newId: () => realtime.newId(),
    start() {
      for (const store of all) store.start();
      realtime.connect();
      unfollow = follow(session, realtime, clock);
    },
    stop() {
      unfollow();
      audit.close();
      conversation.close();
      realtime.disconnect();
      for (const store of all) store.stop();
    },
  };
}

/** The connection is the person's: it gets their newest token, rests while they have to sign in, and says who may not. */
function follow(session: SessionStore, realtime: Realtime, clock: Clock): Cancel {
  let rests = false;
  let wasLost = false;
  let revivedAt = Number.NEGATIVE_INFINITY;
  const revive = async (code: string): Promise<void> => {
    await session.revoked(code);
    // Somebody is signed in all the same. A server that ends each socket must not be asked for the next one at once.
    if (session.state.value !== "signed-in" || clock.now() - revivedAt < STEADY_MS) return;
    revivedAt = clock.now();
    realtime.connect();
  };
  const cancels = [
    effect(() => {
      const token = session.token.value;
      if (token !== null) realtime.authorise(token);
    }),
    effect(() => {
      const expired = session.state.value === "expired";
      if (expired === rests) return;
      rests = expired;
      if (expired) realtime.disconnect();
      else realtime.connect();
    }),
    realtime.on("state", (state) => {
      const reason = state.kind === "offline" ? state.stopped?.reason : undefined;
      if (reason === "token_revoked" || reason === "token_expired") void revive(reason);
      // The socket may have been closed over changed rights, or the server started anew with other settings.
      if (state.kind === "live" && wasLost) void session.reload();
      wasLost = state.kind === "reconnecting";
    }),
    realtime.on("denied", () => void session.reload()),
  ];
  return () => {
    for (const cancel of cancels) cancel();
  };
}
