import { useComputed } from "@preact/signals";
import { Age } from "../../components/time.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { SessionSummary } from "../../protocol/messages.gen.ts";
import { linkWith, route, sessionPath } from "../../router.ts";
import { plainText } from "./markdown-blocks.ts";
import { runnerName, who } from "./names.ts";
import { StateMark } from "./state-mark.tsx";

/** One session in the list: where it stands, what it is about, how its last message begins. */
export function SessionRow({ session }: { session: SessionSummary }) {
  const stores = useStores();
  const { id, title, preview, created_by: by, runner, updated_at: updated, pending } = session;
  const chosen = useComputed(() => {
    const at = route.value;
    return at.screen === "sessions" && at.session === id;
  }).value;
  const href = useComputed(() => linkWith({ new: "" }, sessionPath(id)));
  return (
    <li class="session-row" data-row-of={id} data-chosen={chosen || undefined}>
      <a href={href} data-row data-session-row={id} aria-current={chosen ? "page" : undefined}>
        <span class="session-row-state">
          <StateMark session={session} />
        </span>
        <span class="session-row-title clip">{title || t("session.untitled")}</span>
        <span class="session-row-preview muted clip">{plainText(preview ?? "")}</span>
        <span class="session-row-by muted clip">
          {who(by)} · {runnerName(stores, runner)}
          {pending > 0 && ` · ${t("sessions.pending", { count: pending })}`}
        </span>
        <span class="session-row-age muted">
          <Age at={updated} />
        </span>
      </a>
    </li>
  );
}
