import { useSignal } from "@preact/signals";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { Role, UserView } from "../../protocol/messages.gen.ts";
import { Choice } from "../account/parts/choices.tsx";
import { SecretField, TextField } from "../account/parts/fields.tsx";
import { Form, FormButtons } from "../account/parts/form.tsx";
import { roleOptions } from "../account/parts/roles.ts";
import { NAME_CHARACTERS, PASSWORD_CHARACTERS } from "../account/parts/rules.ts";
import { Refusal, useSubmission } from "../account/parts/submission.tsx";
import { labelsIn } from "./labels.ts";

interface AddPersonProps {
  /** `password` is what the person has to be given. */
  onAdded(user: UserView, password: string): void;
  onCancel(): void;
}

export function AddPerson({ onAdded, onCancel }: AddPersonProps) {
  const { identity } = useStores().api;
  const sent = useSubmission();
  const name = useSignal("");
  const role = useSignal<Role>("viewer");
  const password = useSignal("");
  const labels = useSignal("");
  const code = sent.error.value?.code;
  const send = async (): Promise<void> => {
    const body = {
      name: name.value.trim(),
      role: role.value,
      password: password.value,
      labels: labelsIn(labels.value),
    };
    const added = await sent.run(() => identity.addUser(body));
    if (added) onAdded(added.value, body.password);
  };
  return (
    <section class="add-person">
      <h2>{t("people.add.title")}</h2>
      <Form label={t("people.add.title")} onSend={() => void send()}>
        <TextField
          label={t("people.add.name")}
          hint={t("people.add.name.rule")}
          value={name}
          maxLength={NAME_CHARACTERS}
          wrong={code === "invalid_name" || code === "name_taken"}
          focus
        />
        <SecretField
          label={t("people.add.password")}
          hint={t("account.password.rule", { count: PASSWORD_CHARACTERS })}
          value={password}
          autocomplete="new-password"
          wrong={code === "weak_password"}
          generated
        />
        <Choice label={t("people.role")} options={roleOptions()} chosen={role} />
        <TextField
          label={t("people.labels")}
          hint={t("people.labels.hint")}
          value={labels}
          required={false}
          wrong={code === "invalid_label"}
          mono
        />
        <Refusal of={sent} />
        <FormButtons
          label={t("people.add.submit")}
          busy={sent.busy.value}
          disabled={!name.value.trim() || !password.value}
          onCancel={onCancel}
        />
      </Form>
    </section>
  );
}
