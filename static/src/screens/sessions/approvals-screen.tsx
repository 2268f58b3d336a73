import { useRef } from "preact/hooks";
import { useStaleHost } from "../../components/freshness.tsx";
import { LoadFailure } from "../../components/load-failure.tsx";
import { ScreenHead } from "../../components/screen-head.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import { sessionPath } from "../../router.ts";
import { ApprovalCard } from "./approval-card.tsx";
import { SessionRow } from "./session-row.tsx";

/** Everything that waits for somebody, in all sessions. What is decided meanwhile stays, and says by whom. */
export function ApprovalsScreen() {
  const { permissions, sessions } = useStores();
  const stale = useStaleHost();
  // Those that were here while the screen was open, in the order in which they came.
  const seen = useRef<string[]>([]);
  for (const { id } of permissions.pending.value) if (!seen.current.includes(id)) seen.current.push(id);
  const known = permissions.known.value;
  const shown = seen.current.flatMap((id) => known.get(id) ?? []);
  const handedOver = sessions.handedOver.value;
  const error = permissions.error.value;
  return (
    <section class="screen" {...stale} aria-busy={permissions.loading.value}>
      <ScreenHead title={t("nav.approvals")} />
      {error !== null && shown.length === 0 ? (
        <LoadFailure error={error} onRetry={() => void permissions.refresh()} />
      ) : (
        <div class="approvals">
          {shown.map((permission) => (
            <ApprovalCard
              key={permission.id}
              permission={permission}
              session={{
                title: sessions.find(permission.session)?.title || t("session.untitled"),
                href: sessionPath(permission.session),
              }}
            />
          ))}
        </div>
      )}
      {shown.length === 0 && error === null && !permissions.loading.value && (
        <div class="empty">
          <h2>{t("approval.none")}</h2>
          <p>{t("approval.none.next")}</p>
          <a class="button" href="/sessions">
            {t("session.back")}
          </a>
        </div>
      )}
      {handedOver.length > 0 && (
        <section class="approvals-handover">
          <h2>{t("approval.handovers")}</h2>
          <ul class="sessions">
            {handedOver.map((session) => (
              <SessionRow key={session.id} session={session} />
            ))}
          </ul>
        </section>
      )}
    </section>
  );
}
