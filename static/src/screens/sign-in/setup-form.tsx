import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Command } from "../../components/copy.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import { useAttempt } from "./attempt.ts";
import { Entry, PasswordEntry } from "./fields.tsx";
import { focusOn } from "./sign-in-form.tsx";
import { AttemptProblem, Submit } from "./submit.tsx";

/** The first account. Its rules are told before it is tried. */
export function SetupForm({ token }: { token: string }) {
  const { session } = useStores();
  const attempt = useAttempt();
  const name = useSignal("");
  const password = useSignal("");
  const form = useRef<HTMLFormElement>(null);
  const failed = attempt.failure.value?.code;
  useEffect(() => focusOn(form.current, "name"), []);

  const submit = async (): Promise<void> => {
    const typed = new FormData(form.current ?? undefined);
    name.value = String(typed.get("name") ?? name.value).trim();
    password.value = String(typed.get("password") ?? password.value);
    const refused = await attempt.begin(() => session.setup(token, name.value, password.value));
    if (refused === "weak_password") focusOn(form.current, "password");
    else if (refused === "invalid_name") focusOn(form.current, "name");
    else if (refused === "setup_done") await session.reload();
  };
  return (
    <form
      ref={form}
      class="sign-in-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <p class="muted">{t("setup.why")}</p>
      <Entry
        label={t("signIn.name")}
        name="name"
        value={name.value}
        autocomplete="username"
        rule={t("setup.name.rule")}
        focus
        wrong={failed === "invalid_name"}
        onInput={(text) => {
          name.value = text;
          attempt.forgive();
        }}
      />
      <PasswordEntry
        value={password.value}
        autocomplete="new-password"
        rule={t("setup.password.rule")}
        wrong={failed === "weak_password"}
        onInput={(text) => {
          password.value = text;
          attempt.forgive();
        }}
      />
      <AttemptProblem attempt={attempt} />
      <Submit attempt={attempt} label={t("setup.submit")} />
    </form>
  );
}

/** Where the link is found: whoever can read the server's log may make the first account. */
export function SetupLink() {
  return (
    <div class="sign-in-form">
      <p>{t("setup.link.why")}</p>
      <Command text="docker compose logs pilothouse | grep /setup" />
      <p>{t("setup.link.systemd")}</p>
      <Command text="journalctl -u pilothouse | grep /setup" />
      <p class="muted">{t("setup.link.else")}</p>
    </div>
  );
}
