import { useStores } from "../hooks/index.ts";
import { count } from "../i18n/format.ts";
import { type MessageKey, t } from "../i18n/index.ts";
import { type Route, route } from "../router.ts";
import type { SessionStore } from "../stores/index.ts";
import { AccountMenu } from "./account-menu.tsx";
import { BrandMark } from "./brand-mark.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { paletteOpen } from "./palette-state.ts";
import { LanguageSwitch, ThemeSwitch } from "./switches.tsx";

export interface Destination {
  readonly screen: Route["screen"];
  readonly href: string;
  readonly icon: IconName;
  readonly name: MessageKey & `nav.${string}`;
}

const DESTINATIONS = [
  { screen: "overview", href: "/", icon: "overview", name: "nav.overview" },
  { screen: "containers", href: "/containers", icon: "containers", name: "nav.containers" },
  { screen: "sessions", href: "/sessions", icon: "sessions", name: "nav.sessions" },
] as const satisfies readonly Destination[];

/** On a phone it is one of the further screens. */
const ACTIVITY = {
  screen: "activity",
  href: "/activity",
  icon: "activity",
  name: "nav.activity",
} as const satisfies Destination;

const PEOPLE = { screen: "people", href: "/people", icon: "people", name: "nav.people" } as const satisfies Destination;
const AUDIT = { screen: "audit", href: "/audit", icon: "audit", name: "nav.audit" } as const satisfies Destination;
const MORE = { screen: "more", href: "/more", icon: "more", name: "nav.more" } as const satisfies Destination;

/** The screens that have no place of their own on a phone; some of them only some people have. */
export function furtherDestinations(session: SessionStore): readonly Destination[] {
  return [ACTIVITY, ...(session.can("people") ? [PEOPLE] : []), ...(session.can("audit") ? [AUDIT] : [])];
}

/** How many containers wait for somebody: the one number that belongs on a door. */
function Waiting({ screen }: { screen: Route["screen"] }) {
  const { containers } = useStores();
  const attention = containers.summary.value?.attention ?? 0;
  if (screen !== "containers" || !attention) return null;
  return (
    <span class="badge red" title={t("nav.attention", { count: attention })}>
      {count(attention)}
      <span class="hidden-text"> {t("nav.attention.word")}</span>
    </span>
  );
}

/** How much waits for a person, and the way there: beside the door of the sessions, wherever one is. */
function Approvals() {
  const { permissions, sessions } = useStores();
  const handedOver = sessions.handedOver.value.length;
  const length = permissions.pending.value.length + handedOver;
  if (length === 0) return null;
  const label = t(handedOver > 0 ? "nav.waiting.all" : "nav.waiting", { count: length });
  return (
    <a class="door-waiting" href="/approvals" title={label}>
      <span class="badge amber" aria-hidden="true">
        {count(length)}
      </span>
      <span class="hidden-text">{label}</span>
    </a>
  );
}

interface DoorProps extends Destination {
  current: boolean;
}

function Door({ screen, href, icon, name, current }: DoorProps) {
  const door = (
    <a class="door" href={href} aria-current={current ? "page" : undefined}>
      <Icon name={icon} />
      <span class="door-name">{t(name)}</span>
      <Waiting screen={screen} />
    </a>
  );
  if (screen !== "sessions") return door;
  return (
    <span class="door-place">
      {door}
      <Approvals />
    </span>
  );
}

/** Approvals are reached from the door of the sessions, and belong to it. */
function isAt(screen: Route["screen"], at: Route["screen"]): boolean {
  return screen === at || (screen === "sessions" && at === "approvals");
}

/** Left of the screen where there is room for it. */
export function Rail() {
  const { metrics, session } = useStores();
  const at = route.value.screen;
  const hostname = metrics.latest.value?.hostname;
  return (
    <nav class="rail" aria-label={t("nav.label")}>
      <div class="brand">
        <BrandMark />
        <span class="brand-words">
          <strong>Pilothouse</strong>
          <span class="muted small clip" title={hostname}>
            {hostname ?? " "}
          </span>
        </span>
      </div>
      <div class="rail-doors">
        {[...DESTINATIONS, ...furtherDestinations(session)].map((destination) => (
          <Door key={destination.href} {...destination} current={isAt(destination.screen, at)} />
        ))}
      </div>
      <button
        type="button"
        class="door rail-search"
        onClick={() => {
          paletteOpen.value = true;
        }}
      >
        <Icon name="search" />
        <span class="door-name">{t("palette.open")}</span>
        <kbd>{isApple ? "⌘K" : "Ctrl K"}</kbd>
      </button>
      <div class="rail-foot">
        <ThemeSwitch iconsOnly />
        <LanguageSwitch />
      </div>
      <AccountMenu />
    </nav>
  );
}

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

/** Along the bottom edge, under the thumb. */
export function Tabs() {
  const at = route.value.screen;
  const isFurther = !DESTINATIONS.some(({ screen }) => isAt(screen, at));
  return (
    <nav class="tabs" aria-label={t("nav.label")}>
      {[...DESTINATIONS, MORE].map((destination) => (
        <Door
          key={destination.href}
          {...destination}
          current={destination === MORE ? isFurther : isAt(destination.screen, at)}
        />
      ))}
    </nav>
  );
}
