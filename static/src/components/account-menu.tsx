import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useStores } from "../hooks/index.ts";
import { t } from "../i18n/index.ts";
import { route } from "../router.ts";
import { Icon } from "./icons.tsx";
import { Overlay } from "./overlay.tsx";
import { SignOut } from "./sign-out.tsx";

/** At the foot of the rail: who is signed in, their account, and the way out. */
export function AccountMenu() {
  const { session } = useStores();
  const open = useSignal(false);
  const place = useRef<HTMLButtonElement>(null);
  const user = session.session.value?.user;
  if (!user) return null;
  const close = (): void => {
    open.value = false;
  };
  return (
    <>
      <button
        ref={place}
        type="button"
        class="door rail-account"
        aria-haspopup="dialog"
        aria-expanded={open.value}
        onClick={() => {
          open.value = true;
        }}
      >
        <Icon name="account" />
        <span class="hidden-text">{t("account.of", { name: user.name })}, </span>
        <span class="door-name clip" title={user.name} aria-hidden="true">
          {user.name}
        </span>
        <span class="muted small">{t(`role.${user.role}`)}</span>
      </button>
      {open.value && (
        <Overlay kind="menu" label={t("account.of", { name: user.name })} anchor={place.current} onClose={close}>
          <div class="menu-head">
            <strong class="clip">{user.name}</strong>
            <span class="muted">{t(`role.${user.role}`)}</span>
          </div>
          <ul class="menu">
            {session.can("account") && (
              <li>
                <a
                  class="menu-entry"
                  href="/account"
                  onClick={close}
                  aria-current={route.value.screen === "account" ? "page" : undefined}
                >
                  <Icon name="account" />
                  {t("nav.account")}
                </a>
              </li>
            )}
            <li>
              <SignOut class="menu-entry" />
            </li>
          </ul>
        </Overlay>
      )}
    </>
  );
}
