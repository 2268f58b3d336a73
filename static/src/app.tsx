import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Announcer } from "./components/announcer.tsx";
import { Confirmation } from "./components/confirmation.tsx";
import { focusHeading } from "./components/heading.ts";
import { HostStrip } from "./components/host-strip.tsx";
import { startKeyboard } from "./components/keyboard.ts";
import { lazy } from "./components/lazy.tsx";
import { hasRail, hasTwoPanes } from "./components/media.ts";
import { Rail, Tabs } from "./components/navigation.tsx";
import { Palette } from "./components/palette.tsx";
import { ShortcutsDialog } from "./components/shortcuts-dialog.tsx";
import { useStores } from "./hooks/index.ts";
import { t } from "./i18n/index.ts";
import { navigate, type Route, route, startRouter } from "./router.ts";
import { ActivityScreen } from "./screens/activity/activity-screen.tsx";
import { BootScreen } from "./screens/boot-screen.tsx";
import { ContainerScreen } from "./screens/container/container-screen.tsx";
import { ContainersScreen } from "./screens/containers/containers-screen.tsx";
import { MissingScreen } from "./screens/missing-screen.tsx";
import { MoreScreen } from "./screens/more-screen.tsx";
import { OverviewScreen } from "./screens/overview/overview-screen.tsx";
import { SignInAgain } from "./screens/sign-in/sign-in-again.tsx";
import { SignInScreen } from "./screens/sign-in/sign-in-screen.tsx";
import type { Stores } from "./stores/index.ts";

const SessionsScreen = lazy(async () => (await import("./screens/sessions/sessions-screen.tsx")).SessionsScreen);
const ApprovalsScreen = lazy(async () => (await import("./screens/sessions/approvals-screen.tsx")).ApprovalsScreen);
const AccountScreen = lazy(async () => (await import("./screens/account/account-screen.tsx")).AccountScreen);
const PeopleScreen = lazy(async () => (await import("./screens/people/people-screen.tsx")).PeopleScreen);
const AuditScreen = lazy(async () => (await import("./screens/audit/audit-screen.tsx")).AuditScreen);

/** Leaving a container's page for the list, the focus goes to the row that it was opened from. */
function useFocusOnReturn(container: string | null): void {
  const { containers } = useStores();
  const left = useRef<string | null>(null);
  useEffect(() => {
    const id = container === null && left.current !== null ? containers.find(left.current)?.id : undefined;
    if (id) document.querySelector<HTMLElement>(`tr[data-container="${id}"] [data-row]`)?.focus();
    left.current = container;
  }, [container, containers]);
}

/** On another screen the focus would be nowhere: its heading takes it, and is read out. */
function useFocusOnHeading(at: Route): void {
  const shown = useRef(at);
  useEffect(() => {
    if (shown.current === at) return;
    shown.current = at;
    if (document.activeElement !== document.body) return;
    focusHeading();
  }, [at]);
}

function Containers({ container }: { container: string | null }) {
  useFocusOnReturn(container);
  if (container === null) return <ContainersScreen />;
  if (!hasTwoPanes.value) return <ContainerScreen name={container} />;
  return (
    <div class="panes">
      <div class="pane-list">
        <ContainersScreen beside />
      </div>
      <div class="pane-detail">
        <ContainerScreen name={container} />
      </div>
    </div>
  );
}

/** Where nobody signs in there are no accounts. */
function Account() {
  const { session } = useStores();
  const isPerson = session.can("account") && session.session.value?.user;
  return isPerson ? <AccountScreen /> : <MissingScreen path="/account" />;
}

function Screen({ at }: { at: Route }) {
  switch (at.screen) {
    case "overview":
      return <OverviewScreen />;
    case "containers":
      return <Containers container={at.container} />;
    case "sessions":
      return <SessionsScreen />;
    case "approvals":
      return <ApprovalsScreen />;
    case "activity":
      return <ActivityScreen />;
    case "more":
      return <MoreScreen />;
    case "account":
      return <Account />;
    case "people":
      return <PeopleScreen />;
    case "audit":
      return <AuditScreen />;
    case "sign-in":
    case "setup":
      return null; // Somebody is signed in: the address is about to change.
    case "missing":
      return <MissingScreen path={at.path} />;
  }
}

function titleOf(at: Route, { conversation }: Stores): string {
  switch (at.screen) {
    case "sessions":
      return (at.session !== null && conversation.session.value?.title) || t("nav.sessions");
    case "containers":
      return at.container ?? t("nav.containers");
    case "missing":
      return t("missing.title");
    case "sign-in":
    case "setup":
      return t("signIn.title");
    default:
      return t(`nav.${at.screen}`);
  }
}

/** The window's title names the place, and how much waits: it is all that is seen of a tab in the background. */
function startTitle(stores: Stores): () => void {
  return effect(() => {
    const { containers, permissions, session, sessions } = stores;
    const waiting = permissions.pending.value.length + sessions.handedOver.value.length;
    const attention = (containers.summary.value?.attention ?? 0) + waiting;
    const place = session.state.value === "signed-out" ? t("signIn.title") : titleOf(route.value, stores);
    document.title = `${attention ? `(${attention}) ` : ""}${place} · Pilothouse`;
  });
}

/** Whoever is signed in has no business at the door: on to where the way led, or home. */
function useWayIn(at: Route): void {
  const isThreshold = at.screen === "sign-in" || at.screen === "setup";
  useEffect(() => {
    if (isThreshold) navigate("/", { replace: true });
  }, [isThreshold]);
}

/** Where one has just signed in, the field that had the focus is gone: the screen's heading takes it. */
function useFocusOnArrival(): void {
  const { session } = useStores();
  useEffect(() => {
    if (session.token.peek() !== null) focusHeading();
  }, [session]);
}

/** All that there is for somebody who is signed in. */
function Console() {
  const stores = useStores();
  useWayIn(route.value);
  useFocusOnHeading(route.value);
  useFocusOnArrival();
  useEffect(() => startKeyboard(stores), [stores]);
  return (
    <>
      <a class="skip" href="#main">
        {t("skip")}
      </a>
      <div class="shell">
        {hasRail.value && <Rail />}
        <HostStrip />
        <main id="main" tabIndex={-1}>
          <Screen at={route.value} />
        </main>
        {!hasRail.value && <Tabs />}
      </div>
      <Confirmation />
      <Palette />
      <ShortcutsDialog />
      <Announcer />
      {stores.session.state.value === "expired" && <SignInAgain />}
    </>
  );
}

export function App() {
  const stores = useStores();
  useEffect(() => {
    const stops = [startRouter(), startTitle(stores)];
    return () => {
      for (const stop of stops) stop();
    };
  }, [stores]);
  switch (stores.session.state.value) {
    case "loading":
      return <BootScreen />;
    case "signed-out":
      return <SignInScreen />;
    default:
      return <Console />;
  }
}
