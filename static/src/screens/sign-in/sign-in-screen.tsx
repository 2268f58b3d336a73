import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import { address, fragment, query, route } from "../../router.ts";
import { SetupForm, SetupLink } from "./setup-form.tsx";
import { SignInForm } from "./sign-in-form.tsx";
import { Threshold } from "./threshold.tsx";

/** What stands at any address while nobody is signed in. The address stays, so that the way leads on to it. */
export function SignInScreen() {
  const { session } = useStores();
  const at = route.value.screen;
  if (session.session.value?.setup) {
    const token = at === "setup" ? fragment.value : "";
    return token ? (
      <Threshold title={t("setup.title")}>
        <SetupForm token={token} />
      </Threshold>
    ) : (
      <Threshold title={t("setup.link.title")}>
        <SetupLink />
      </Threshold>
    );
  }
  const isThreshold = at === "sign-in" || at === "setup";
  return (
    <Threshold title={t("signIn.title")}>
      {at === "setup" && <p class="notice">{t("setup.done.why")}</p>}
      <SignInForm returnTo={isThreshold ? "/" : address()} problem={at === "sign-in" ? query("error") || null : null} />
    </Threshold>
  );
}
