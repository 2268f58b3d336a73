import { chooseLanguage, t } from "../i18n/index.ts";
import type { ContainerView } from "../protocol/messages.gen.ts";
import { containerPath, link, navigate, sessionPath } from "../router.ts";
import type { Stores } from "../stores/index.ts";
import { ACTION_ICONS, actionName, actionsOn, request, whyUnavailable } from "./actions.ts";
import { conditionWord } from "./condition.tsx";
import type { IconName } from "./icons.tsx";
import { furtherDestinations } from "./navigation.tsx";
import { shortcutsOpen } from "./palette-state.ts";
import { chooseTheme, THEMES } from "./theme.ts";

export interface Command {
  readonly key: string;
  readonly icon: IconName;
  readonly name: string;
  /** Said at the right, smaller; searched too. */
  readonly hint: string;
  readonly unavailable: string | null;
  run(): void;
}

function go(key: string, icon: IconName, name: string, to: string, hint = ""): Command {
  return { key, icon, name, hint, unavailable: null, run: () => navigate(to) };
}

function containerCommands(stores: Stores, container: ContainerView): Command[] {
  const { id, name } = container;
  const unavailable = whyUnavailable(stores, container);
  return [
    ...actionsOn(stores, container).map(
      (action): Command => ({
        key: `${action} ${id}`,
        icon: ACTION_ICONS[action],
        name: t("palette.act", { action: actionName(action), name }),
        hint: "",
        unavailable,
        run: () => request(stores, container, action, { ask: action === "restart" }),
      }),
    ),
    go(`logs ${id}`, "logs", t("palette.logs", { name }), link(containerPath(name), { tab: "logs" })),
  ];
}

// The ones changed last; the list has the others.
const MOST_SESSIONS = 30;

function sessionCommands({ permissions }: Stores): Command[] {
  const waiting = permissions.pending.value.length;
  return [
    go("sessions", "sessions", t("nav.sessions"), "/sessions", "g s"),
    go(
      "approvals",
      "hand",
      t("nav.approvals"),
      "/approvals",
      waiting ? t("palette.approvals", { count: waiting }) : "",
    ),
    go("new-session", "add", t("sessions.new"), link("/sessions", { new: "1" }), "n"),
  ];
}

function openSessions({ sessions }: Stores): Command[] {
  return sessions.list.value
    .slice(0, MOST_SESSIONS)
    .map(({ id, title }) => go(`session ${id}`, "sessions", title || t("session.untitled"), sessionPath(id)));
}

/** Everything that the palette offers, the current container's actions first. */
export function commands(stores: Stores, current: ContainerView | undefined): Command[] {
  const { containers, session } = stores;
  const { list } = containers;
  return [
    ...(current ? containerCommands(stores, current) : []),
    go("overview", "overview", t("nav.overview"), "/", "g o"),
    go("containers", "containers", t("nav.containers"), "/containers", "g c"),
    ...sessionCommands(stores),
    ...furtherDestinations(session).map(({ screen, icon, name, href }) =>
      go(screen, icon, t(name), href, screen === "activity" ? "g a" : ""),
    ),
    ...(session.session.value?.user ? [go("account", "account", t("nav.account"), "/account")] : []),
    ...list.value.map((container) =>
      go(
        `container ${container.id}`,
        "containers",
        container.name,
        containerPath(container.name),
        [conditionWord(container.condition), container.project].filter(Boolean).join(" · "),
      ),
    ),
    ...openSessions(stores),
    ...THEMES.map(
      (theme): Command => ({
        key: `theme ${theme}`,
        icon: theme,
        name: t("palette.theme", { theme: t(`theme.${theme}`) }),
        hint: "",
        unavailable: null,
        run: () => chooseTheme(theme),
      }),
    ),
    {
      key: "en",
      icon: "language",
      name: "English",
      hint: "Language",
      unavailable: null,
      run: () => chooseLanguage("en"),
    },
    { key: "ko", icon: "language", name: "한국어", hint: "언어", unavailable: null, run: () => chooseLanguage("ko") },
    ...(session.session.value?.user
      ? [
          {
            key: "sign-out",
            icon: "signOut" as const,
            name: t("signOut"),
            hint: "",
            unavailable: null,
            // It fails only without a connection, which the page shows; the menu of the account says it in words.
            run: () => void session.signOut().catch(() => undefined),
          },
        ]
      : []),
    {
      key: "reconnect",
      icon: "connection",
      name: t("chip.retry"),
      hint: "",
      unavailable: null,
      run: () => stores.connection.retryNow(),
    },
    {
      key: "shortcuts",
      icon: "keyboard",
      name: t("shortcuts.title"),
      hint: "?",
      unavailable: null,
      run: () => {
        shortcutsOpen.value = true;
      },
    },
  ];
}

/** How well `text` answers `wanted`: letters in order; a whole word, a start and neighbours count more. 0 is no match. */
export function score(text: string, wanted: string): number {
  const hay = text.toLowerCase();
  const needle = wanted.toLowerCase();
  const whole = hay.indexOf(needle);
  if (whole >= 0) return 1000 - whole - hay.length / 100;
  let from = 0;
  let gaps = 0;
  for (const letter of needle.replaceAll(" ", "")) {
    const found = hay.indexOf(letter, from);
    if (found < 0) return 0;
    gaps += found - from;
    from = found + 1;
  }
  return Math.max(1, 500 - gaps * 10);
}

/** The commands that answer `typed`, best first; all of them, in their own order, when nothing is typed. */
export function matching(all: readonly Command[], typed: string): Command[] {
  const wanted = typed.trim();
  if (!wanted) return [...all];
  return all
    .map((command) => ({ command, points: Math.max(score(command.name, wanted), score(command.hint, wanted) / 2) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .map(({ command }) => command);
}
