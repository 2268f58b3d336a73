import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { FilterField } from "../../components/filter-field.tsx";
import { FilterLinks } from "../../components/filter-links.tsx";
import { useStaleHost } from "../../components/freshness.tsx";
import { LoadFailure } from "../../components/load-failure.tsx";
import { hasTwoPanes } from "../../components/media.ts";
import { NothingFound } from "../../components/nothing-found.tsx";
import { Reason } from "../../components/reason.tsx";
import { ScreenHead } from "../../components/screen-head.tsx";
import { useStores } from "../../hooks/index.ts";
import { count } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import type { SessionSummary } from "../../protocol/messages.gen.ts";
import { query, route } from "../../router.ts";
import { FILTERS, isOf, isWaiting, sessionMatches } from "./arrange.ts";
import { NewSession } from "./new-session.tsx";
import { PolicySection } from "./policy.tsx";
import { SessionRow } from "./session-row.tsx";
import { SessionView } from "./session-view.tsx";

function Skeleton() {
  return (
    <div class="skeleton sessions" aria-hidden="true">
      {[46, 62, 38, 54].map((width) => (
        <div class="session-row" key={width}>
          <span class="bone" style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}

/** Why there is nothing, and what comes next: that depends on what the person may. */
function NoSessions() {
  const { session, sessions } = useStores();
  const workspaces = sessions.workspaces.value ?? [];
  const outside = workspaces.length === 0 && !session.can("people");
  if (outside) {
    return (
      <div class="empty">
        <h2>{t("sessions.none.workspace")}</h2>
        <p>{t("sessions.none.workspace.next")}</p>
      </div>
    );
  }
  return (
    <div class="empty">
      <h2>{t("sessions.none")}</h2>
      <p>{t(mayBegin(workspaces.map(({ role }) => role)) ? "sessions.none.next" : "sessions.none.reader")}</p>
    </div>
  );
}

/** Somebody who only reads everywhere begins nothing; whoever has no workspace yet may be given one. */
function mayBegin(roles: readonly (string | null)[]): boolean {
  return roles.length === 0 || roles.some((role) => role !== "viewer");
}

/** What waits in all sessions, at the head of them. */
function Waiting() {
  const { permissions } = useStores();
  const { length } = permissions.pending.value;
  if (length === 0) return null;
  return (
    <div class="notice amber" role="status">
      <p>{t("sessions.waits.approval", { count: length })}</p>
      <a class="button" href="/approvals">
        {t("sessions.waits.review")}
      </a>
    </div>
  );
}

function Rows({ sessions }: { sessions: readonly SessionSummary[] }) {
  return (
    <ul class="sessions" aria-label={t("nav.sessions")}>
      {sessions.map((session) => (
        <SessionRow key={session.id} session={session} />
      ))}
    </ul>
  );
}

/** The list of all sessions, the ones changed last first. */
function SessionList({ beside = false }: { beside?: boolean }) {
  const { sessions } = useStores();
  const stale = useStaleHost();
  const policyOpen = useSignal(false);
  const all = sessions.list.value;
  const filter = FILTERS.find((known) => known === query("state"));
  const text = query("q").trim();
  const found = all.filter((one) => (!filter || isOf(one, filter)) && (!text || sessionMatches(one, text)));
  const owned = (sessions.workspaces.value ?? []).filter(({ id }) => sessions.owns(id));
  const error = sessions.error.value;
  const roles = (sessions.workspaces.value ?? []).map(({ role }) => role);
  if (error !== null && all.length === 0) {
    return (
      <section class="screen">
        <ScreenHead title={t("nav.sessions")} level={beside ? 2 : 1} />
        <LoadFailure error={error} onRetry={() => void sessions.refresh()} />
      </section>
    );
  }
  return (
    <section class="screen" {...stale} aria-busy={sessions.loading.value}>
      <ScreenHead title={t("nav.sessions")} level={beside ? 2 : 1} note={all.length ? count(all.length) : ""}>
        <div class="sessions-head">
          {owned.length > 0 && (
            <Button
              label={t("policy.open")}
              icon="key"
              kind="plain"
              pressed={policyOpen.value}
              onClick={() => {
                policyOpen.value = !policyOpen.value;
              }}
            />
          )}
          {mayBegin(roles) && <NewSession />}
        </div>
      </ScreenHead>
      {policyOpen.value && owned.length > 0 && <PolicySection workspaces={owned} />}
      <Waiting />
      {all.length > 0 && (
        <div class="tools">
          <FilterField label={t("sessions.filter")} />
          <FilterLinks
            label={t("sessions.states")}
            name="state"
            chosen={filter ?? ""}
            choices={[
              { value: "", label: t("sessions.all") },
              ...FILTERS.map((value) => ({
                value,
                label: t(`sessions.${value}`),
                ...(value === "waiting" ? { count: all.filter(isWaiting).length } : {}),
              })),
            ]}
          />
        </div>
      )}
      {sessions.loading.value ? (
        <Skeleton />
      ) : found.length > 0 ? (
        <Rows sessions={found} />
      ) : all.length > 0 ? (
        <NothingFound filters={["q", "state"]} />
      ) : (
        <NoSessions />
      )}
      {error !== null && all.length > 0 && (
        <div class="notice red" role="alert">
          <p>
            <Reason of={error} />
          </p>
          <Button label={t("retry")} icon="retry" onClick={() => void sessions.refresh()} />
        </div>
      )}
      {sessions.next.value !== null && (
        <Button
          label={t("sessions.older")}
          busy={sessions.loadingOlder.value}
          onClick={() => void sessions.loadOlder()}
        />
      )}
    </section>
  );
}

/** Leaving a session for the list, the focus goes to the row that it was opened from. */
function useFocusOnReturn(session: string | null): void {
  const left = useRef<string | null>(null);
  useEffect(() => {
    const row = session === null && left.current !== null ? left.current : null;
    if (row !== null) document.querySelector<HTMLElement>(`[data-session-row="${CSS.escape(row)}"]`)?.focus();
    left.current = session;
  }, [session]);
}

/** The sessions of all of a person's workspaces, and the one that is open. */
export function SessionsScreen() {
  const at = route.value;
  const id = at.screen === "sessions" ? at.session : null;
  useFocusOnReturn(id);
  if (id === null) return <SessionList />;
  if (!hasTwoPanes.value) return <SessionView key={id} id={id} />;
  return (
    <div class="panes">
      <div class="pane-list">
        <SessionList beside />
      </div>
      <div class="pane-detail">
        <SessionView key={id} id={id} />
      </div>
    </div>
  );
}
