import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { CopyButton } from "../../components/copy.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { SessionUser, TotpSetup } from "../../protocol/messages.gen.ts";
import { SecretField, TextField, Whose } from "./parts/fields.tsx";
import { Form, FormButtons } from "./parts/form.tsx";
import { Once } from "./parts/once.tsx";
import { Refusal, useSubmission } from "./parts/submission.tsx";

/** In fours, as people type them. */
function inFours(secret: string): string {
  return secret.replace(/.{4}(?=.)/g, "$& ");
}

function Scan({ setup }: { setup: TotpSetup }) {
  const secret = useRef<HTMLElement>(null);
  return (
    <div class="scan">
      <div>
        <p>{t("account.factor.scan")}</p>
        <img class="qr" src={`data:image/svg+xml,${encodeURIComponent(setup.qr)}`} alt={t("account.factor.qr")} />
      </div>
      <div>
        <p>{t("account.factor.secret")}</p>
        <p class="command">
          <code ref={secret}>{inFours(setup.secret)}</code>
          <CopyButton text={setup.secret} label={t("account.factor.secret.copy")} source={() => secret.current} />
        </p>
      </div>
    </div>
  );
}

/** Password, then secret and code, then the recovery codes; not in force before the code was right. */
export function SetUpSecondFactor({ user, onClose }: { user: SessionUser; onClose(): void }) {
  const { api, session } = useStores();
  const sent = useSubmission();
  const password = useSignal("");
  const code = useSignal("");
  const setup = useSignal<TotpSetup | null>(null);
  const recovery = useSignal<readonly string[] | null>(null);

  const begin = async (): Promise<void> => {
    const begun = await sent.run(() => api.identity.beginSecondFactor({ password: password.value }));
    if (begun) setup.value = begun.value;
  };
  const confirm = async (): Promise<void> => {
    const done = await sent.run(() => api.identity.confirmSecondFactor({ code: code.value.replace(/\s/g, "") }));
    if (done) recovery.value = done.value.codes;
  };
  const finish = (): void => {
    onClose();
    void session.reload();
  };

  if (recovery.value) {
    return (
      <Once
        title={t("account.factor.done")}
        why={t("account.factor.recovery")}
        lines={recovery.value}
        file={t("account.factor.file")}
        onClose={finish}
      />
    );
  }
  if (!setup.value) {
    return (
      <Form label={t("account.factor.setUp")} onSend={() => void begin()}>
        <Whose name={user.name} />
        <SecretField
          label={t("account.factor.password")}
          value={password}
          autocomplete="current-password"
          wrong={sent.error.value?.code === "wrong_password"}
          focus
        />
        <Refusal of={sent} />
        <FormButtons
          label={t("account.factor.continue")}
          busy={sent.busy.value}
          disabled={!password.value}
          onCancel={onClose}
        />
      </Form>
    );
  }
  return (
    <Form label={t("account.factor.confirm")} onSend={() => void confirm()}>
      <Scan setup={setup.value} />
      <TextField
        label={t("account.factor.code")}
        hint={t("account.factor.code.hint")}
        value={code}
        autocomplete="one-time-code"
        numeric
        mono
        maxLength={16}
        wrong={sent.error.value?.code === "wrong_code"}
        focus
      />
      <Refusal of={sent} />
      <FormButtons
        label={t("account.factor.confirm")}
        busy={sent.busy.value}
        disabled={!code.value.trim()}
        onCancel={onClose}
      />
    </Form>
  );
}
