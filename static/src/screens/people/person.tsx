import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { Icon } from "../../components/icons.tsx";
import { Ago } from "../../components/time.tsx";
import { useStores } from "../../hooks/index.ts";
import { date } from "../../i18n/format.ts";
import { rich, t } from "../../i18n/index.ts";
import type { UserView } from "../../protocol/messages.gen.ts";
import { roleName } from "../account/parts/roles.ts";
import { PersonActions, type PersonActionsProps } from "./person-actions.tsx";
import { PersonRights } from "./person-rights.tsx";

function Marks({ user, own }: { user: UserView; own: boolean }) {
  return (
    <>
      {own && <span class="badge this">{t("people.you")}</span>}
      {user.disabled && (
        <span class="mark tone-red">
          <Icon name="failed" />
          {t("people.disabled")}
        </span>
      )}
    </>
  );
}

/** How this person signs in, in words; nothing for a password alone. */
function howSignedIn(user: UserView): string {
  return [user.oidc && t("people.provider"), user.second_factor && t("people.factor")].filter(Boolean).join(", ");
}

/** One account: a line that opens to all that can be changed. */
export function Person(props: PersonActionsProps) {
  const { user, onChanged } = props;
  const { session } = useStores();
  const open = useSignal(false);
  const panel = useId();
  const own = session.session.value?.user?.name === user.name;
  return (
    <li class="person" data-disabled={user.disabled || undefined}>
      <button
        type="button"
        class="person-line"
        data-row
        aria-expanded={open.value}
        aria-controls={panel}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <Icon name={open.value ? "down" : "right"} />
        <span class="person-name">
          <strong class="clip">{user.name}</strong> <Marks user={user} own={own} />
        </span>
        <span class="person-role">{roleName(user.role)}</span>
        <span class="person-facts">
          <span class="person-labels mono clip">{user.labels.join(", ")}</span>
          <span class="person-how">{howSignedIn(user)}</span>
          <span class="person-devices">
            {user.logins ? t("people.devices", { count: user.logins }) : t("people.devices.none")}
          </span>
          <span class="person-seen">
            {user.last_seen_at ? rich("people.seen", { when: <Ago at={user.last_seen_at} /> }) : t("people.seen.never")}
          </span>
        </span>
      </button>
      {open.value && (
        <div class="person-panel" id={panel}>
          {own && <p class="notice">{t("people.own")}</p>}
          <PersonRights user={user} onChanged={onChanged} />
          <PersonActions {...props} />
          <p class="muted small">{t("people.since", { date: date(new Date(user.created_at)) })}</p>
        </div>
      )}
    </li>
  );
}
