import { useEffect } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { useStaleHost } from "../../components/freshness.tsx";
import { focusHeading } from "../../components/heading.ts";
import { Icon } from "../../components/icons.tsx";
import { LoadFailure } from "../../components/load-failure.tsx";
import { prefersSheets } from "../../components/media.ts";
import { Reason } from "../../components/reason.tsx";
import { ScreenHead } from "../../components/screen-head.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { SessionSummary } from "../../protocol/messages.gen.ts";
import { linkWith } from "../../router.ts";
import type { LoadError } from "../../stores/index.ts";
import { Announce } from "./announce.tsx";
import { Composer } from "./composer.tsx";
import { HandoverBanner } from "./handover.tsx";
import { runnerName } from "./names.ts";
import { SessionMenu } from "./session-menu.tsx";
import { StateMark } from "./state-mark.tsx";
import { Transcript } from "./transcript.tsx";

function Head({ session, mayWrite }: { session: SessionSummary; mayWrite: boolean }) {
  const stores = useStores();
  const { sessions } = stores;
  const several = (sessions.workspaces.value?.length ?? 0) > 1;
  const workspace = several ? sessions.workspace(session.workspace)?.name : undefined;
  const title = session.title || t("session.untitled");
  return (
    <header class="session-head">
      <a class="back button plain icon-only" href={linkWith({}, "/sessions")} aria-label={t("session.back")}>
        <Icon name="back" />
      </a>
      <div class="session-title">
        <h1 class="title clip" tabIndex={-1} title={title}>
          {title}
        </h1>
        <p class="muted small clip">{[runnerName(stores, session.runner), workspace].filter(Boolean).join(" · ")}</p>
      </div>
      <StateMark session={session} />
      {mayWrite && session.state === "open" && <SessionMenu session={session} />}
    </header>
  );
}

function Gone() {
  return (
    <section class="screen">
      <div class="empty">
        <h1 class="title" tabIndex={-1}>
          {t("session.gone")}
        </h1>
        <p>{t("session.gone.why")}</p>
        <a class="button" href={linkWith({}, "/sessions")}>
          {t("session.back")}
        </a>
      </div>
    </section>
  );
}

/** The first load failed: the way back stays. */
function Unreadable({ error }: { error: LoadError }) {
  const { conversation } = useStores();
  return (
    <section class="screen">
      <ScreenHead title={t("nav.sessions")}>
        <a class="link" href={linkWith({}, "/sessions")}>
          {t("session.back")}
        </a>
      </ScreenHead>
      <LoadFailure error={error} onRetry={() => void conversation.reload()} />
    </section>
  );
}

function Skeleton() {
  return (
    <section class="session-screen" aria-busy="true">
      <div class="skeleton session-skeleton" aria-hidden="true">
        {[34, 62, 48, 70].map((width) => (
          <span class="bone" key={width} style={{ width: `${width}%` }} />
        ))}
      </div>
    </section>
  );
}

/** What is shown may be old: it could not be read anew. */
function Stale() {
  const { conversation } = useStores();
  const error = conversation.error.value;
  if (error === null) return null;
  return (
    <div class="notice red" role="alert">
      <p>
        {t("session.stale")} <Reason of={error} />
      </p>
      <Button label={t("retry")} icon="retry" onClick={() => void conversation.reload()} />
    </div>
  );
}

/** Whoever begins a session wants to speak; under a thumb the keyboard would hide half of the page for that. */
function focusOnArrival(isNew: boolean): void {
  if (document.activeElement !== document.body && document.activeElement?.tagName !== "H1") return;
  const composer = isNew && !prefersSheets.value ? document.querySelector<HTMLElement>("[data-composer]") : null;
  if (composer) composer.focus();
  else focusHeading();
}

/** One session: what was said and done in it, and the place to say more. */
export function SessionView({ id }: { id: string }) {
  const { conversation, sessions } = useStores();
  const stale = useStaleHost();
  useEffect(() => {
    conversation.open(id);
    return () => conversation.close();
  }, [conversation, id]);
  const here = conversation.id.value === id;
  const session = here ? conversation.session.value : null;
  const ready = session !== null && conversation.events.value !== null;
  const isNew = session?.messages === 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is there.
  useEffect(() => {
    if (ready) focusOnArrival(isNew);
  }, [ready]);
  const error = here ? conversation.error.value : null;
  if (session === null || !ready) {
    if (error?.code === "session_not_found") return <Gone />;
    if (error !== null) return <Unreadable error={error} />;
    return <Skeleton />;
  }
  const mayWrite = sessions.mayWrite(session.workspace);
  return (
    <section class="session-screen" data-session={id} {...stale}>
      <Head session={session} mayWrite={mayWrite} />
      <HandoverBanner session={session} mayWrite={mayWrite} />
      <Stale />
      <Transcript key={id} session={session} mayWrite={mayWrite} />
      <Composer session={session} mayWrite={mayWrite} />
      <Announce key={`announce ${id}`} />
    </section>
  );
}
