import { Button } from "../../components/button.tsx";
import { Ago } from "../../components/time.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { SessionSummary } from "../../protocol/messages.gen.ts";
import { isHandedOver } from "../../stores/index.ts";
import { Refusal, useSubmission } from "../account/parts/submission.tsx";
import { isMe, runnerName, who } from "./names.ts";

/** A person is wanted, or answers in place of the assistant: who, why, and the way to change that. */
export function HandoverBanner({ session, mayWrite }: { session: SessionSummary; mayWrite: boolean }) {
  const stores = useStores();
  const sent = useSubmission();
  const { taken_by: taken, handover, state } = session;
  const wanted = isHandedOver(session);
  if (state === "closed" || (!wanted && taken === null)) return null;
  const mine = isMe(stores, taken);
  const asked = handover?.requested_by ?? null;
  const by = asked === session.runner ? runnerName(stores, session.runner) : who(asked);
  const step = (name: "take" | "release") => (
    <Button
      label={t(`session.${name}`)}
      kind={name === "take" ? "primary" : "normal"}
      busy={sent.busy.value}
      onClick={() => void sent.run(() => stores.sessions.handover(session.id, { step: name }))}
    />
  );
  return (
    <div class={`notice handover ${wanted ? "amber" : ""}`} role="status">
      <div>
        {wanted && handover !== null ? (
          <>
            <p>
              <strong>{t("handover.wanted")}</strong> {handover.reason}
            </p>
            <p class="muted small">
              {t("handover.by", { who: by })} · <Ago at={handover.requested_at} />
            </p>
            {handover.summary && (
              <details>
                <summary>{t("handover.summary")}</summary>
                <p class="said">{handover.summary}</p>
              </details>
            )}
          </>
        ) : (
          <p>{mine ? t("handover.you") : t("handover.other", { who: who(taken) })}</p>
        )}
        <Refusal of={sent} />
      </div>
      {mayWrite && (wanted ? step("take") : mine ? step("release") : null)}
    </div>
  );
}
