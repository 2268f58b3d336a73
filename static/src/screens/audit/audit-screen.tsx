import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Command } from "../../components/copy.tsx";
import { useStaleHost } from "../../components/freshness.tsx";
import { LoadFailure } from "../../components/load-failure.tsx";
import { NothingFound } from "../../components/nothing-found.tsx";
import { Reason } from "../../components/reason.tsx";
import { ScreenHead } from "../../components/screen-head.tsx";
import { useStores } from "../../hooks/index.ts";
import { day } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import type { AuditEntry } from "../../protocol/messages.gen.ts";
import { ForbiddenNotice } from "../people/forbidden.tsx";
import { Entry } from "./entry.tsx";
import { AuditFilters, filterFromAddress } from "./filters.tsx";

// Within a row of the top nobody has begun to read further down.
const TOP_PX = 32;

function Skeleton() {
  return (
    <div class="skeleton" aria-hidden="true">
      {[46, 62, 38, 54, 70, 44].map((width) => (
        <div class="audit" key={width}>
          <div class="audit-line">
            <span class="bone" />
            <span class="bone" />
            <span class="bone" style={{ width: `${width}%` }} />
          </div>
        </div>
      ))}
    </div>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  if (!filtered) {
    return (
      <div class="empty">
        <h2>{t("audit.none")}</h2>
        <p>{t("audit.none.next")}</p>
      </div>
    );
  }
  return <NothingFound filters={["actor", "action", "outcome"]} />;
}

/** Newest first, a heading for each day. */
function Days({ entries }: { entries: readonly AuditEntry[] }) {
  const days = new Map<string, AuditEntry[]>();
  for (const entry of entries) {
    const name = day(new Date(entry.timestamp));
    days.set(name, [...(days.get(name) ?? []), entry]);
  }
  return (
    <div class="trail">
      {[...days].map(([name, within]) => (
        <section key={name} aria-label={name}>
          <h2 class="day-name">{name}</h2>
          <ol>
            {within.map((entry) => (
              <Entry key={entry.seq} entry={entry} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

/** What came while somebody was reading further down. */
function Waiting() {
  const { audit } = useStores();
  const count = audit.waiting.value.length;
  return (
    <div class="audit-new" role="status">
      {count > 0 && (
        <Button
          label={t("audit.new", { count })}
          icon="up"
          kind="primary"
          onClick={() => {
            audit.takeIn();
            window.scrollTo(0, 0);
          }}
        />
      )}
    </div>
  );
}

function Trail() {
  const { audit } = useStores();
  const entries = audit.entries.value;
  const error = audit.error.value;
  const filtered = Object.keys(filterFromAddress()).length > 0;
  if (error?.code === "forbidden") return <ForbiddenNotice what="audit" />;
  if (entries === null) {
    return error ? <LoadFailure error={error} onRetry={() => void audit.retry()} /> : <Skeleton />;
  }
  return (
    <>
      <Waiting />
      {entries.length ? <Days entries={entries} /> : <Nothing filtered={filtered} />}
      {error && (
        <div class="notice red" role="alert">
          <p>
            <Reason of={error} />
          </p>
          <Button label={t("retry")} icon="retry" onClick={() => void audit.retry()} />
        </div>
      )}
      {audit.next.value !== null ? (
        <Button label={t("audit.older")} busy={audit.loadingOlder.value} onClick={() => void audit.loadOlder()} />
      ) : (
        entries.length > 0 && !filtered && <p class="muted">{t("audit.end")}</p>
      )}
    </>
  );
}

function Audit() {
  const { audit } = useStores();
  const { actor, action, outcome } = filterFromAddress();
  useEffect(() => {
    audit.open({ ...(actor ? { actor } : {}), ...(action ? { action } : {}), ...(outcome ? { outcome } : {}) });
    return () => audit.close();
  }, [audit, actor, action, outcome]);
  useSignalEffect(() => {
    if (audit.waiting.value.length > 0 && audit.entries.value !== null && window.scrollY < TOP_PX) audit.takeIn();
  });
  return (
    <>
      <ScreenHead title={t("nav.audit")} />
      <AuditFilters entries={audit.entries.value ?? []} />
      <Trail />
      <div class="audit-export muted">
        <span>{t("audit.verify")}</span> <Command text="python -m server audit verify" />
        <span>{t("audit.export")}</span> <Command text="python -m server audit export" />
      </div>
    </>
  );
}

/** Who did what, from where, and how it ended. */
export function AuditScreen() {
  const { session } = useStores();
  return (
    <section class="screen" {...useStaleHost()}>
      {session.can("audit") ? (
        <Audit />
      ) : (
        <>
          <ScreenHead title={t("nav.audit")} />
          <ForbiddenNotice what="audit" />
        </>
      )}
    </section>
  );
}
