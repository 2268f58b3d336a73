import { useSignal } from "@preact/signals";
import { Button } from "../../components/button.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { UserView } from "../../protocol/messages.gen.ts";
import { Ask } from "../account/parts/ask.tsx";
import { ResetPassword } from "./reset-password.tsx";

export interface PersonActionsProps {
  user: UserView;
  /** How many tokens of this person work now. */
  tokens: number;
  onChanged(user: UserView): void;
  /** A new password, to be handed over. */
  onPassword(name: string, password: string): void;
}

type Question = "disable" | "enable" | "logins" | "factor";

function Disable({ user, tokens, onChanged, onClose }: PersonActionsProps & { onClose(): void }) {
  const { identity } = useStores().api;
  const { name } = user;
  return (
    <Ask
      title={t("people.disable.title", { name })}
      label={t("people.disable")}
      onClose={onClose}
      onConfirm={async () => onChanged(await identity.changeUser(name, { disabled: true }))}
    >
      <p>{t("people.disable.why", { name })}</p>
      {(user.logins > 0 || tokens > 0) && (
        <ul class="dependents">
          {user.logins > 0 && <li>{t("people.disable.devices", { count: user.logins })}</li>}
          {tokens > 0 && <li>{t("people.disable.tokens", { count: tokens, name })}</li>}
        </ul>
      )}
    </Ask>
  );
}

function Asked({ asked, onClose, ...props }: PersonActionsProps & { asked: Question; onClose(): void }) {
  const { identity } = useStores().api;
  const { user, onChanged } = props;
  const { name } = user;
  switch (asked) {
    case "disable":
      return <Disable {...props} onClose={onClose} />;
    case "enable":
      return (
        <Ask
          title={t("people.enable.title", { name })}
          label={t("people.enable")}
          danger={false}
          onClose={onClose}
          onConfirm={async () => onChanged(await identity.changeUser(name, { disabled: false }))}
        >
          <p>{t("people.enable.why", { name })}</p>
        </Ask>
      );
    case "logins":
      return (
        <Ask
          title={t("people.logins.end.title", { name })}
          label={t("people.logins.end")}
          onClose={onClose}
          onConfirm={async () => {
            await identity.endLoginsOf(name);
            onChanged({ ...user, logins: 0 });
          }}
        >
          <p>{t("people.logins.end.why", { count: user.logins, name })}</p>
        </Ask>
      );
    case "factor":
      return (
        <Ask
          title={t("people.factor.reset.title", { name })}
          label={t("people.factor.reset")}
          onClose={onClose}
          onConfirm={async () => {
            await identity.removeSecondFactorOf(name);
            onChanged({ ...user, second_factor: false });
          }}
        >
          <p>{t("people.factor.reset.why", { name })}</p>
        </Ask>
      );
  }
}

/** What an administrator can do to an account, each after a question that says what ends. */
export function PersonActions(props: PersonActionsProps) {
  const { user, onChanged, onPassword } = props;
  const asked = useSignal<Question | null>(null);
  const resetting = useSignal(false);
  const ask = (question: Question) => () => {
    asked.value = question;
  };
  if (resetting.value) {
    return (
      <ResetPassword
        user={user}
        onCancel={() => {
          resetting.value = false;
        }}
        onDone={(password) => {
          resetting.value = false;
          onChanged({ ...user, logins: 0 });
          onPassword(user.name, password);
        }}
      />
    );
  }
  return (
    <div class="person-actions">
      {user.password && (
        <Button
          label={t("people.password.set")}
          onClick={() => {
            resetting.value = true;
          }}
        />
      )}
      {user.second_factor && <Button label={t("people.factor.reset")} onClick={ask("factor")} />}
      {user.logins > 0 && <Button label={t("people.logins.end")} onClick={ask("logins")} />}
      {user.disabled ? (
        <Button label={t("people.enable")} onClick={ask("enable")} />
      ) : (
        <Button label={t("people.disable")} class="tone-red" onClick={ask("disable")} />
      )}
      {asked.value && (
        <Asked
          {...props}
          asked={asked.value}
          onClose={() => {
            asked.value = null;
          }}
        />
      )}
    </div>
  );
}
