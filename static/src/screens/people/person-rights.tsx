import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { Role, UserView } from "../../protocol/messages.gen.ts";
import { Choice } from "../account/parts/choices.tsx";
import { TextField } from "../account/parts/fields.tsx";
import { Form, FormButtons } from "../account/parts/form.tsx";
import { roleOptions } from "../account/parts/roles.ts";
import { Refusal, useSubmission } from "../account/parts/submission.tsx";
import { labelsIn, labelsText } from "./labels.ts";

/** What somebody may do and see. Only what was changed here is sent: another administrator may change the rest. */
export function PersonRights({ user, onChanged }: { user: UserView; onChanged(user: UserView): void }) {
  const { identity } = useStores().api;
  const sent = useSubmission();
  const role = useSignal<Role>(user.role);
  const labels = useSignal(labelsText(user.labels));
  const saved = useSignal(false);
  const shown = useRef(user);
  // What another administrator has changed meanwhile is followed where nothing else was chosen here.
  useLayoutEffect(() => {
    const before = shown.current;
    shown.current = user;
    if (role.value === before.role) role.value = user.role;
    if (labels.value === labelsText(before.labels)) labels.value = labelsText(user.labels);
  }, [user, role, labels]);
  const wanted = labelsIn(labels.value);
  const changes = {
    ...(role.value === user.role ? {} : { role: role.value }),
    ...(labelsText(wanted) === labelsText(user.labels) ? {} : { labels: wanted }),
  };
  const changed = Object.keys(changes).length > 0;
  const send = async (): Promise<void> => {
    saved.value = false;
    const done = await sent.run(() => identity.changeUser(user.name, changes));
    if (!done) return;
    role.value = done.value.role;
    labels.value = labelsText(done.value.labels);
    saved.value = true;
    onChanged(done.value);
  };
  const discard = (): void => {
    role.value = user.role;
    labels.value = labelsText(user.labels);
    sent.clear();
  };
  return (
    <Form label={user.name} onSend={() => void send()}>
      <Choice label={t("people.role")} options={roleOptions()} chosen={role} />
      <TextField
        label={t("people.labels")}
        hint={t("people.labels.hint")}
        value={labels}
        required={false}
        wrong={sent.error.value?.code === "invalid_label"}
        mono
      />
      <Refusal of={sent} />
      {saved.value && !changed && (
        <p class="tone-green" role="status">
          {t("people.saved")}
        </p>
      )}
      {changed && (
        <FormButtons label={t("people.save")} busy={sent.busy.value} cancel={t("people.reset")} onCancel={discard} />
      )}
    </Form>
  );
}
