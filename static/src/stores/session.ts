import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import { ApiError, type Authority, type IdentityApi } from "../api/index.ts";
import type { Permission, SessionView, SignedIn } from "../protocol/messages.gen.ts";
import type { Cancel, Clock } from "../realtime/index.ts";
import { Deadline } from "./deadline.ts";
import { type LoadError, loadError } from "./load-error.ts";
import { Renewal } from "./renewal.ts";
import type { Tabs } from "./tabs.ts";

const RETRY_MS = 5_000;
const RELOAD_LEAST_MS = 5_000;
// Nobody tells a page that its person has got more rights: look when they come back to it.
const STALE_MS = 60_000;

/** `expired`: the person was signed in and has to sign in again; what the page shows and what was typed stays. */
export type SessionState = "loading" | "signed-out" | "signed-in" | "expired";

export interface SessionIo {
  api: IdentityApi;
  clock: Clock;
  tabs: Tabs;
  random(): number;
  /** Where `online` and `pageshow` are heard. */
  window: EventTarget;
  document: EventTarget & { readonly visibilityState: string };
  /** Whether somebody was signed in here: only then is a refresh worth a try. */
  remembered: { get(): boolean; set(signedIn: boolean): void };
}

/** Who is at this page, and what they may. It outlives the other stores, which belong to one person. */
export class SessionStore implements Authority {
  readonly #io: SessionIo;
  readonly #session = signal<SessionView | null>(null);
  readonly #state = signal<SessionState>("loading");
  readonly #error = signal<LoadError | null>(null);
  readonly #token = signal<string | null>(null);
  readonly #ending = signal<string | null>(null);
  readonly #renewal: Renewal;
  readonly #retry: Deadline;
  #readAt = Number.NEGATIVE_INFINITY;
  #cancels: Cancel[] = [];
  /** Requests that go on once somebody has signed in, or nobody will. */
  readonly #waiting: (() => void)[] = [];

  readonly session: ReadonlySignal<SessionView | null> = this.#session;
  readonly state: ReadonlySignal<SessionState> = this.#state;
  /** Why it is not known yet who is here; it is tried again. */
  readonly error: ReadonlySignal<LoadError | null> = this.#error;
  /** The access token of the last sign-in or refresh, for the open socket; null after a reload of the page. */
  readonly token: ReadonlySignal<string | null> = this.#token;
  /** The code of what ended the sign-in, while it is expired. */
  readonly ending: ReadonlySignal<string | null> = this.#ending;
  /** Whose page this is: stays through `expired`. Null for nobody, empty where nobody signs in. */
  readonly person: ReadonlySignal<string | null> = computed(() => personOf(this.#session.value));
  readonly readOnly: ReadonlySignal<boolean> = computed(() => this.#session.value?.read_only === true);
  /** Whether containers can be changed from here at all. */
  readonly mayOperate: ReadonlySignal<boolean> = computed(() => this.can("operate") && !this.readOnly.value);

  /** `known`: what was already learned of the session. */
  constructor(io: SessionIo, known: SessionView | null = null) {
    this.#io = io;
    const { clock, random } = io;
    this.#renewal = new Renewal({ clock, random, renew: () => this.#renew(), goesOn: () => this.#isSignedIn() });
    this.#retry = new Deadline(io.clock, () => void this.#load());
    if (known !== null) this.#take(known);
  }

  /** Whether the person may, as far as this page knows; the server decides. Follows the signal when called in one. */
  can(permission: Permission): boolean {
    return this.#session.value?.permissions.includes(permission) ?? false;
  }

  start(): void {
    const { window, document, tabs } = this.#io;
    const on = (target: EventTarget, type: string, act: (event: Event) => void) => {
      target.addEventListener(type, act);
      this.#cancels.push(() => target.removeEventListener(type, act));
    };
    on(window, "online", () => this.#wake());
    on(document, "visibilitychange", () => {
      if (document.visibilityState === "visible") this.#wake();
    });
    on(window, "pageshow", () => this.#wake());
    this.#cancels.push(
      tabs.on((message) => {
        if (message.kind === "granted") this.#accept(message.grant);
        else if (this.#state.value !== "signed-out") this.#leave();
      }),
    );
    if (this.#state.value === "loading") void this.#load();
  }

  stop(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
    this.#renewal.lift();
    this.#retry.lift();
  }

  /** Rejects with ApiError; then all is as it was. */
  async signIn(name: string, password: string, code?: string): Promise<void> {
    const body = code === undefined ? { name, password } : { name, password, code };
    this.#grant(await this.#io.api.signIn(body));
  }

  /** Make the first account and sign in as it. Rejects with ApiError. */
  async setup(token: string, name: string, password: string): Promise<void> {
    this.#grant(await this.#io.api.setup({ token, name, password }));
  }

  /** Rejects with ApiError when the server could not be told: the sign-in then goes on. */
  async signOut(): Promise<void> {
    await this.#io.api.signOut();
    this.#io.tabs.tell({ kind: "signed-out" });
    this.#leave();
  }

  /**
   * Get a new access token. Whoever asks meanwhile waits for the same one.
   *
   * Rejects with ApiError: with status 401 the sign-in has ended and the state says so, else it can be tried again.
   */
  refresh(): Promise<void> {
    return this.#renewal.now();
  }

  /** As `refresh`, but resolves too when there cannot be a new token just now: it rejects only when the sign-in ended. */
  async renewed(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      if (!this.#isSignedIn()) throw error;
    }
  }

  /** Read who is here anew; after one's own account was changed, for one. A failure changes nothing. */
  async reload(): Promise<void> {
    this.#readAt = this.#io.clock.now();
    const view = await this.#io.api.session().catch(() => null);
    if (view === null) return;
    if (view.auth === "off" || view.signed_in || this.#state.value === "signed-out") this.#take(view);
    else if (this.#state.value === "signed-in") await this.refresh().catch(() => undefined);
  }

  /** What a socket must wait for before it is opened, where the token is about to end; null when it is good. */
  ready(): Promise<void> | null {
    if (!this.#isSignedIn() || !this.#renewal.due) return null;
    return this.refresh().catch(() => undefined);
  }

  /** The server ended the socket for good, or it takes the token no more. */
  async revoked(code: string): Promise<void> {
    if (!this.#isSignedIn()) return;
    // Another tab may have signed in anew with the same cookies.
    const view = await this.#io.api.session().catch(() => null);
    if (view === null) return;
    if (view.signed_in) this.#take(view);
    else this.#expire(code);
  }

  /** Ask again who is here, while that is not known. */
  retry(): void {
    if (this.#state.value === "loading") this.#retry.now();
  }

  async unknown({ code }: ApiError): Promise<boolean> {
    const person = this.person.value;
    if (person === null) return false;
    if (this.#state.value === "signed-in") {
      try {
        await this.refresh();
      } catch {
        // It did not just fail to be asked: somebody has to sign in again, and then this goes on.
        if (this.#isSignedIn()) return false;
        this.#ending.value ??= code;
      }
    }
    if (this.#state.value === "expired") await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.person.value === person;
  }

  forbidden(): void {
    // Rights have changed since they were read; a page full of refusals needs to be told once.
    if (this.#io.clock.now() - this.#readAt >= RELOAD_LEAST_MS) void this.reload();
  }

  async #load(): Promise<void> {
    const { api, remembered } = this.#io;
    try {
      const view = await api.session();
      if (view.auth === "on" && !view.signed_in && !view.setup && remembered.get()) {
        // The access token's cookie ends with it, the sign-in lasts longer.
        const grant = await api.refresh().catch(unlessRefused);
        if (grant !== null) return this.#grant(grant);
      }
      this.#take(view);
    } catch (error) {
      this.#error.value = loadError(error);
      this.#retry.set(RETRY_MS);
    }
  }

  async #renew(): Promise<void> {
    const { api, tabs } = this.#io;
    if (this.#session.value?.auth === "off") return this.reload();
    const before = this.#session.value?.expires_at;
    await tabs.alone(async () => {
      // Another tab has done it while this one waited, and told.
      if (this.#session.value?.expires_at !== before) return;
      try {
        this.#grant(await api.refresh());
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) this.#expire(error.code);
        throw error;
      }
    });
  }

  /** The network or the person is back. */
  #wake(): void {
    if (this.#state.value === "loading" && this.#error.value !== null) this.#retry.now();
    else if (this.#state.value === "expired") void this.reload();
    else if (!this.#renewal.catchUp() && this.#isSignedIn() && this.#io.clock.now() - this.#readAt >= STALE_MS)
      void this.reload();
  }

  #grant(grant: SignedIn): void {
    this.#accept(grant);
    this.#io.tabs.tell({ kind: "granted", grant });
  }

  #accept({ session, access_token: token }: SignedIn): void {
    batch(() => {
      this.#take(session);
      this.#token.value = token;
    });
  }

  #take(view: SessionView): void {
    const here = personOf(view) !== null;
    this.#readAt = this.#io.clock.now();
    this.#retry.lift();
    batch(() => {
      if (view.login !== this.#session.value?.login) this.#token.value = null;
      this.#session.value = view;
      this.#state.value = here ? "signed-in" : "signed-out";
      this.#ending.value = null;
      this.#error.value = null;
    });
    for (const goOn of this.#waiting.splice(0)) goOn();
    if (view.auth === "on") this.#io.remembered.set(here);
    if (here && view.auth === "on" && view.expires_at !== null) this.#renewal.expect(view.expires_at);
    else this.#renewal.lift();
  }

  #expire(code: string): void {
    this.#renewal.lift();
    if (this.#state.value !== "signed-in") return;
    batch(() => {
      this.#state.value = "expired";
      this.#ending.value = code;
      this.#token.value = null;
    });
  }

  /** Nobody is here any more, by somebody's will: nothing of theirs stays. */
  #leave(): void {
    const view = this.#session.value;
    if (view === null) return;
    this.#take({ ...view, signed_in: false, user: null, login: null, permissions: [], expires_at: null });
  }

  #isSignedIn(): boolean {
    return this.#state.value === "signed-in";
  }
}

function personOf(view: SessionView | null): string | null {
  if (view === null) return null;
  if (view.auth === "off") return "";
  return view.signed_in ? (view.user?.name ?? view.login ?? "") : null;
}

function unlessRefused(error: unknown): null {
  if (error instanceof ApiError && error.status === 401) return null;
  throw error;
}
