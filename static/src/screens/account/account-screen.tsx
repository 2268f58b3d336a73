import { useCallback } from "preact/hooks";
import { ScreenHead } from "../../components/screen-head.tsx";
import { useStores } from "../../hooks/index.ts";
import { rich, t } from "../../i18n/index.ts";
import type { SessionUser } from "../../protocol/messages.gen.ts";
import { DevicesSection } from "./devices.tsx";
import { OwnTokensSection } from "./own-tokens.tsx";
import { useResource } from "./parts/resource.ts";
import { roleName } from "./parts/roles.ts";
import { Section } from "./parts/section.tsx";
import { PasswordSection } from "./password.tsx";
import { SecondFactorSection } from "./second-factor.tsx";

/** The filter as code in a sentence. */
function Labels({ labels }: { labels: readonly string[] }) {
  return <code>{labels.join(", ")}</code>;
}

function Who({ user }: { user: SessionUser }) {
  return (
    <Section title={t("account.who")}>
      <p class="who">
        <strong>{user.name}</strong> <span>{roleName(user.role)}</span>
      </p>
      <p>{t(`account.who.${user.role}`)}</p>
      <p class="muted">
        {user.labels.length
          ? rich("account.who.filter", { labels: <Labels labels={user.labels} /> })
          : t("account.who.all")}
      </p>
    </Section>
  );
}

/** There is a session here, but no person: nobody has to sign in, or a token of nobody is used. */
function Nobody({ open }: { open: boolean }) {
  return (
    <div class="empty">
      <h2>{t(open ? "account.who.open" : "account.who.token")}</h2>
      <p>{t(open ? "account.who.open.why" : "account.who.token.why")}</p>
    </div>
  );
}

function Account({ user }: { user: SessionUser }) {
  const { identity } = useStores().api;
  const logins = useResource(useCallback((signal: AbortSignal) => identity.logins(signal), [identity]));
  return (
    <div class="matters">
      <Who user={user} />
      <PasswordSection user={user} onChanged={logins.reload} />
      <SecondFactorSection user={user} />
      <DevicesSection logins={logins} />
      <OwnTokensSection user={user} />
    </div>
  );
}

/** Who somebody is here, and what protects that. */
export function AccountScreen() {
  const { session } = useStores();
  const view = session.session.value;
  return (
    <section class="screen">
      <ScreenHead title={t("nav.account")} />
      {view && (view.user ? <Account key={view.user.name} user={view.user} /> : <Nobody open={view.auth === "off"} />)}
    </section>
  );
}
