import { type Signal, useSignal } from "@preact/signals";
import { t } from "../../../i18n/index.ts";
import type { NewToken, NewTokenBody, Role, Scope } from "../../../protocol/messages.gen.ts";
import { Choice, Choices, Select } from "./choices.tsx";
import { TextField } from "./fields.tsx";
import { Form, FormButtons } from "./form.tsx";
import { roleOptions, scopeOptions, scopesOf } from "./roles.ts";
import { Refusal, useSubmission } from "./submission.tsx";

const DAYS = ["30", "90", "365", "never"] as const;
type Lasting = (typeof DAYS)[number];

export interface TokenWish {
  readonly name: string;
  readonly role: Role;
  readonly scopes: NewTokenBody["scopes"];
  readonly days: number | null;
}

/** The scopes as the protocol wants them, or null when none is chosen. */
function asScopes(chosen: readonly Scope[]): NewTokenBody["scopes"] | null {
  const [first, second, third] = chosen;
  if (first === undefined) return null;
  if (second === undefined) return [first];
  return third === undefined ? [first, second] : [first, second, third];
}

function Lasts({ chosen }: { chosen: Signal<Lasting> }) {
  return (
    <>
      <Select
        label={t("tokens.expires")}
        options={DAYS.map((value) => ({
          value,
          label: value === "never" ? t("tokens.expires.never") : t("tokens.expires.days", { count: value }),
        }))}
        chosen={chosen.value}
        onChoose={(value) => {
          chosen.value = value;
        }}
      />
      {chosen.value === "never" && (
        <p class="notice amber" role="status">
          {t("tokens.expires.never.warning")}
        </p>
      )}
    </>
  );
}

interface TokenFormProps {
  label: string;
  /** The role whose scopes can be chosen. */
  most: Role;
  /** The token belongs to nobody: its role is chosen as well. */
  service?: boolean;
  create(wish: TokenWish): Promise<NewToken>;
  onCreated(made: NewToken): void;
  onCancel(): void;
}

export function TokenForm({ label, most, service = false, create, onCreated, onCancel }: TokenFormProps) {
  const sent = useSubmission();
  const name = useSignal("");
  const role = useSignal<Role>(service ? "viewer" : most);
  const chosen = useSignal<ReadonlySet<Scope>>(new Set<Scope>(["read"]));
  const lasting = useSignal<Lasting>("90");
  const missing = useSignal(false);
  const send = async (): Promise<void> => {
    // What was chosen for a higher role is remembered, and left out.
    const scopes = asScopes(scopesOf(role.value).filter((scope) => chosen.value.has(scope)));
    missing.value = scopes === null;
    if (scopes === null) return;
    const days = lasting.value === "never" ? null : Number(lasting.value);
    const made = await sent.run(() => create({ name: name.value.trim(), role: role.value, scopes, days }));
    if (made) onCreated(made.value);
  };
  return (
    <Form label={label} onSend={() => void send()}>
      <TextField label={t("tokens.name")} hint={t("tokens.name.hint")} value={name} maxLength={64} focus />
      {service && <Choice label={t("tokens.role")} options={roleOptions()} chosen={role} />}
      <Choices label={t("tokens.scopes")} options={scopeOptions(role.value)} chosen={chosen} />
      {missing.value && (
        <p class="refusal tone-red" role="alert">
          {t("tokens.scopes.none")}
        </p>
      )}
      <Lasts chosen={lasting} />
      <Refusal of={sent} />
      <FormButtons label={t("tokens.create")} busy={sent.busy.value} onCancel={onCancel} />
    </Form>
  );
}
