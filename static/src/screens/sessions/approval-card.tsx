import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { useLeft } from "../../components/elapsed.tsx";
import { Icon } from "../../components/icons.tsx";
import { useStores } from "../../hooks/index.ts";
import { rich, t } from "../../i18n/index.ts";
import type { PermissionView } from "../../protocol/messages.gen.ts";
import type { Stores } from "../../stores/index.ts";
import { Decide, Failure } from "./approval-decide.tsx";
import { Exactly } from "./approval-exactly.tsx";
import { Outcome } from "./approval-outcome.tsx";
import { keepFocus } from "./keep-focus.ts";
import { isMe, who } from "./names.ts";

const RISK_TONES = { read: "grey", change: "amber", destructive: "red" } as const;

/** Why this person may not decide; null when they may. */
function whyNot({ session, sessions }: Stores, { workspace }: PermissionView): string | null {
  if (session.can("approve")) return sessions.mayWrite(workspace) ? null : t("approval.may");
  return t(session.can("operate") ? "approval.may.signed" : "approval.may");
}

function Expiry({ permission, may }: { permission: PermissionView; may: boolean }) {
  const { permissions } = useStores();
  const { text, over } = useLeft(permission.expires_at);
  return (
    <span class="approval-expiry">
      <Icon name="clock" class="muted" />
      <span class="muted">{over ? t("approval.expires.now") : t("approval.expires", { time: text })}</span>
      {may && <Button label={t("approval.extend")} kind="plain" onClick={() => void permissions.extend(permission)} />}
    </span>
  );
}

interface ApprovalCardProps {
  permission: PermissionView;
  /** Where it stands among those of other sessions: the session's title and address. */
  session?: { title: string; href: string };
}

/** Something that an agent wants to do, and the place to allow it or not. */
export function ApprovalCard({ permission, session }: ApprovalCardProps) {
  const stores = useStores();
  const title = useId();
  const card = useRef<HTMLElement>(null);
  const { id } = permission;
  useLayoutEffect(() => () => keepFocus(card.current, `[data-tool-of="${id}"] button, [data-composer]`), [id]);
  const { call, container_name: container, requested_by: by, state } = permission;
  const not = whyNot(stores, permission);
  return (
    <article
      ref={card}
      class="approval"
      data-risk={call.risk}
      data-state={state}
      data-permission={permission.id}
      data-row
      data-row-of={permission.id}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a key decides on the card that has the focus.
      tabIndex={0}
      aria-labelledby={title}
    >
      <p class="approval-head">
        <span class={`mark tone-${RISK_TONES[call.risk]}`}>
          <Icon name="hand" />
          {t(`approval.risk.${call.risk}`)}
        </span>
        {state === "pending" && <Expiry permission={permission} may={not === null} />}
      </p>
      <p class="approval-title" id={title}>
        <span class="hidden-text">{t("approval.title")}: </span>
        <strong>{call.title}</strong>
      </p>
      <Exactly permission={permission} />
      <p class="approval-facts muted small">
        {container !== null && <span>{rich("approval.on", { container: <code>{container}</code> })}</span>}
        <span>{t("approval.by", { who: isMe(stores, by) ? t("by.you") : who(by) })}</span>
        {session && (
          <a class="link" href={session.href}>
            {t("approval.session", { title: session.title })}
          </a>
        )}
      </p>
      {state !== "pending" ? (
        <Outcome permission={permission} />
      ) : not === null ? (
        <Decide permission={permission} />
      ) : (
        <p class="approval-not">
          <Icon name="lock" />
          {not}
        </p>
      )}
      {state === "pending" && <Failure permission={permission} />}
    </article>
  );
}
