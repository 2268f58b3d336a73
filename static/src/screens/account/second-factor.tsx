import { useSignal } from "@preact/signals";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icons.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { SessionUser } from "../../protocol/messages.gen.ts";
import { SecretField } from "./parts/fields.tsx";
import { Form, FormButtons } from "./parts/form.tsx";
import { Section } from "./parts/section.tsx";
import { Refusal, useSubmission } from "./parts/submission.tsx";
import { SetUpSecondFactor } from "./second-factor-set-up.tsx";

function Remove({ user, onDone, onCancel }: { user: SessionUser; onDone(): void; onCancel(): void }) {
  const { api, session } = useStores();
  const sent = useSubmission();
  const password = useSignal("");
  const send = async (): Promise<void> => {
    const body = { password: user.password ? password.value : null };
    if (!(await sent.run(() => api.identity.removeSecondFactor(body)))) return;
    onDone();
    await session.reload();
  };
  return (
    <Form label={t("account.factor.remove")} onSend={() => void send()}>
      <p>{t("account.factor.remove.why")}</p>
      {user.password && (
        <SecretField
          label={t("account.factor.password")}
          value={password}
          autocomplete="current-password"
          wrong={sent.error.value?.code === "wrong_password"}
          focus
        />
      )}
      <Refusal of={sent} />
      <FormButtons
        label={t("account.factor.remove")}
        kind="danger"
        busy={sent.busy.value}
        disabled={user.password && !password.value}
        onCancel={onCancel}
      />
    </Form>
  );
}

/** Set up, be sure of, or take away what is asked for besides the password. */
export function SecondFactorSection({ user }: { user: SessionUser }) {
  const open = useSignal<"set-up" | "remove" | null>(null);
  const close = (): void => {
    open.value = null;
  };
  const on = user.second_factor;
  // Where the provider alone signs somebody in, nothing here would be asked for.
  if (!user.password && !on) {
    return (
      <Section title={t("account.factor")}>
        <p class="muted">{t("account.factor.provider")}</p>
      </Section>
    );
  }
  return (
    <Section title={t("account.factor")} about={t("account.factor.about")}>
      {open.value === "set-up" ? (
        <SetUpSecondFactor user={user} onClose={close} />
      ) : open.value === "remove" ? (
        <Remove user={user} onCancel={close} onDone={close} />
      ) : (
        <>
          <p class={`mark wrap ${on ? "tone-green" : "tone-amber"}`}>
            <Icon name={on ? "healthy" : "unhealthy"} />
            {t(on ? "account.factor.on" : "account.factor.off")}
          </p>
          <p>
            <Button
              label={t(on ? "account.factor.remove" : "account.factor.setUp")}
              onClick={() => {
                open.value = on ? "remove" : "set-up";
              }}
            />
          </p>
        </>
      )}
    </Section>
  );
}
