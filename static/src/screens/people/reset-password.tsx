import { useSignal } from "@preact/signals";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { UserView } from "../../protocol/messages.gen.ts";
import { SecretField } from "../account/parts/fields.tsx";
import { Form, FormButtons } from "../account/parts/form.tsx";
import { PASSWORD_CHARACTERS } from "../account/parts/rules.ts";
import { Refusal, useSubmission } from "../account/parts/submission.tsx";

interface ResetPasswordProps {
  user: UserView;
  onDone(password: string): void;
  onCancel(): void;
}

export function ResetPassword({ user, onDone, onCancel }: ResetPasswordProps) {
  const { identity } = useStores().api;
  const sent = useSubmission();
  const password = useSignal("");
  const label = t("people.password.new", { name: user.name });
  const send = async (): Promise<void> => {
    const wanted = password.value;
    if (await sent.run(() => identity.setPassword(user.name, { password: wanted }))) onDone(wanted);
  };
  return (
    <Form label={t("people.password.set")} onSend={() => void send()}>
      <SecretField
        label={label}
        hint={t("account.password.rule", { count: PASSWORD_CHARACTERS })}
        value={password}
        autocomplete="new-password"
        wrong={sent.error.value?.code === "weak_password"}
        generated
        focus
      />
      <p>{t("people.password.ends", { name: user.name })}</p>
      <Refusal of={sent} />
      <FormButtons
        label={t("people.password.set")}
        busy={sent.busy.value}
        disabled={!password.value}
        onCancel={onCancel}
      />
    </Form>
  );
}
