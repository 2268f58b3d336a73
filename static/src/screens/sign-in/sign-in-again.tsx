import { Overlay } from "../../components/overlay.tsx";
import { SignOut } from "../../components/sign-out.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import { SignInForm } from "./sign-in-form.tsx";

const WHY: Record<string, "signIn.again.revoked" | "signIn.again.reused"> = {
  token_revoked: "signIn.again.revoked",
  session_reused: "signIn.again.reused",
};

/** Over the screen that one was at when the sign-in ended. Nothing below it is lost, and nothing of it can be used. */
export function SignInAgain() {
  const { session } = useStores();
  const { ending, person } = session;
  return (
    <Overlay kind="dialog" label={t("signIn.again")} lasting onClose={() => undefined}>
      <div class="sign-in-again">
        <h2>{t("signIn.again")}</h2>
        <p>{t(WHY[ending.value ?? ""] ?? "signIn.again.why")}</p>
        <SignInForm name={person.value ?? ""} returnTo={null} />
        <div class="sign-in-other muted small">
          <span>{t("signIn.again.other")}</span>
          <SignOut class="link-button" />
        </div>
      </div>
    </Overlay>
  );
}
