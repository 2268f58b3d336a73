import { useSignal } from "@preact/signals";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { SessionUser } from "../../protocol/messages.gen.ts";
import { SecretField, Whose } from "./parts/fields.tsx";
import { Form, FormButtons } from "./parts/form.tsx";
import { PASSWORD_CHARACTERS } from "./parts/rules.ts";
import { Section } from "./parts/section.tsx";
import { Refusal, useSubmission } from "./parts/submission.tsx";

/** `onChanged`: every other sign-in has ended. */
function ChangePassword({ user, onChanged }: PasswordProps) {
  const { identity } = useStores().api;
  const sent = useSubmission();
  const current = useSignal("");
  const next = useSignal("");
  const changed = useSignal(false);
  const send = async (): Promise<void> => {
    changed.value = false;
    const done = await sent.run(() => identity.changePassword({ current: current.value, new: next.value }));
    if (!done) return;
    current.value = "";
    next.value = "";
    changed.value = true;
    onChanged();
  };
  const code = sent.error.value?.code;
  return (
    <Form label={t("account.password.change")} onSend={() => void send()}>
      <Whose name={user.name} />
      <SecretField
        label={t("account.password.current")}
        value={current}
        autocomplete="current-password"
        wrong={code === "wrong_password"}
      />
      <SecretField
        label={t("account.password.new")}
        hint={t("account.password.rule", { count: PASSWORD_CHARACTERS })}
        value={next}
        autocomplete="new-password"
        wrong={code === "weak_password"}
      />
      <Refusal of={sent} />
      {changed.value && (
        <p class="tone-green" role="status">
          {t("account.password.changed")}
        </p>
      )}
      <FormButtons
        label={t("account.password.change")}
        busy={sent.busy.value}
        disabled={!current.value || !next.value}
      />
    </Form>
  );
}

interface PasswordProps {
  user: SessionUser;
  onChanged(): void;
}

export function PasswordSection(props: PasswordProps) {
  const has = props.user.password;
  return (
    <Section title={t("account.password")} {...(has ? { about: t("account.password.about") } : {})}>
      {has ? <ChangePassword {...props} /> : <p class="muted">{t("account.password.none")}</p>}
    </Section>
  );
}
