import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useStores } from "../../hooks/index.ts";
import { rich, t } from "../../i18n/index.ts";
import { link } from "../../router.ts";
import { useAttempt } from "./attempt.ts";
import { Entry, PasswordEntry } from "./fields.tsx";
import { AttemptProblem, Submit } from "./submit.tsx";

interface SignInFormProps {
  /** The name that is likely to be typed. */
  name?: string;
  /** Where the provider of sign-ins leads back to; null: it opens in another tab, and this page stays. */
  returnTo: string | null;
  /** What went wrong before, at the provider. */
  problem?: string | null;
}

type Step = "password" | "app" | "recovery";

export function focusOn(form: HTMLFormElement | null, field: string): void {
  const input = form?.querySelector<HTMLInputElement>(`input[name="${field}"]`);
  input?.focus();
  input?.select();
}

/** Name and password, then a code where the account asks for one. What was typed stays until it has worked. */
export function SignInForm({ name: likely = "", returnTo, problem = null }: SignInFormProps) {
  const { session } = useStores();
  const attempt = useAttempt();
  const name = useSignal(likely);
  const password = useSignal("");
  const code = useSignal("");
  const step = useSignal<Step>("password");
  const form = useRef<HTMLFormElement>(null);
  const { oidc = null } = session.session.value ?? {};
  const failed = attempt.failure.value?.code;

  const focus = (field: string): void => focusOn(form.current, field);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what went wrong before this form was shown.
  useEffect(() => {
    if (problem) attempt.fail(problem);
  }, [problem]);
  useEffect(() => {
    focusOn(form.current, step.value !== "password" ? "code" : name.value ? "password" : "name");
  }, [step.value, name]);

  const submit = async (): Promise<void> => {
    // A password manager may fill in without a word.
    const typed = new FormData(form.current ?? undefined);
    if (step.value === "password") {
      name.value = String(typed.get("name") ?? name.value).trim();
      password.value = String(typed.get("password") ?? password.value);
    } else {
      code.value = String(typed.get("code") ?? code.value);
    }
    const sent = step.value === "password" ? undefined : code.value.replaceAll(/\s/g, "");
    const refused = await attempt.begin(() => session.signIn(name.value, password.value, sent));
    if (refused === null) return;
    if (refused === "second_factor_required") {
      attempt.forgive();
      step.value = "app";
    } else if (refused === "wrong_credentials") {
      // With a code the password may have been changed meanwhile.
      step.value = "password";
      focus("password");
    } else if (refused === "wrong_code") {
      focus("code");
    }
  };
  const turnTo = (next: Step): void => {
    attempt.forgive();
    code.value = "";
    step.value = next;
  };
  const typed = (into: { value: string }) => (text: string) => {
    into.value = text;
    attempt.forgive();
  };

  return (
    <form
      ref={form}
      class="sign-in-form"
      noValidate={step.value !== "password"}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {step.value === "password" ? (
        <>
          <Entry
            label={t("signIn.name")}
            name="name"
            value={name.value}
            autocomplete="username"
            focus={!likely}
            wrong={failed === "wrong_credentials"}
            onInput={typed(name)}
          />
          <PasswordEntry
            value={password.value}
            autocomplete="current-password"
            focus={likely !== ""}
            wrong={failed === "wrong_credentials"}
            onInput={typed(password)}
          />
        </>
      ) : (
        <>
          {/* A password manager that stores what it sees should see whose password this was. */}
          <input type="hidden" name="username" autocomplete="username" value={name.value} />
          <p class="muted">{rich("signIn.as", { name: <strong>{name.value}</strong> })}</p>
          <Entry
            label={t(step.value === "app" ? "signIn.code" : "signIn.recovery")}
            name="code"
            value={code.value}
            autocomplete={step.value === "app" ? "one-time-code" : "off"}
            inputMode={step.value === "app" ? "numeric" : "text"}
            rule={t(step.value === "app" ? "signIn.code.hint" : "signIn.recovery.hint")}
            wrong={failed === "wrong_code"}
            onInput={typed(code)}
          />
        </>
      )}
      <AttemptProblem attempt={attempt} />
      <Submit attempt={attempt} label={t(step.value === "password" ? "signIn.submit" : "signIn.code.submit")} />
      {step.value !== "password" && (
        <p class="sign-in-ways">
          <button type="button" class="link-button" onClick={() => turnTo(step.value === "app" ? "recovery" : "app")}>
            {t(step.value === "app" ? "signIn.recovery.use" : "signIn.recovery.not")}
          </button>
          <button type="button" class="link-button" onClick={() => turnTo("password")}>
            {t("signIn.code.back")}
          </button>
        </p>
      )}
      {oidc && step.value === "password" && (
        <>
          <p class="sign-in-or">{t("signIn.or")}</p>
          <a
            class="button"
            href={link("/api/v1/auth/oidc", { return: returnTo ?? "/sign-in" })}
            target={returnTo === null ? "_blank" : undefined}
          >
            {t("signIn.oidc", { name: oidc })}
          </a>
          {returnTo === null && <p class="muted small">{t("signIn.oidc.tab")}</p>}
        </>
      )}
    </form>
  );
}
