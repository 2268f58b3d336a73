import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../../../components/icons.tsx";
import { t } from "../../../i18n/index.ts";
import { newPassword } from "./new-password.ts";

interface TextFieldProps {
  label: string;
  value: Signal<string>;
  /** The rule, told before it is broken. */
  hint?: string;
  autocomplete?: string;
  numeric?: boolean;
  mono?: boolean;
  required?: boolean;
  maxLength?: number;
  /** The form was just opened: begin here. */
  focus?: boolean;
  wrong?: boolean;
  children?: ComponentChildren;
}

export function TextField(props: TextFieldProps & { type?: "text" | "password" }) {
  const { label, value, hint, type = "text", focus, wrong, numeric, mono } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (focus) input.current?.focus();
  }, [focus]);
  return (
    <div class="form-row">
      <label for={id}>{label}</label>
      <div class="field">
        <input
          ref={input}
          id={id}
          type={type}
          // In a dialog it comes before the button that has the focus else.
          data-autofocus={focus}
          class={mono ? "mono" : undefined}
          value={value}
          required={props.required ?? true}
          maxLength={props.maxLength}
          inputMode={numeric ? "numeric" : undefined}
          autocomplete={(props.autocomplete ?? "off") as "off"}
          autocapitalize="none"
          spellcheck={false}
          aria-describedby={hint ? `${id}-hint` : undefined}
          aria-invalid={wrong || undefined}
          onInput={(event) => {
            value.value = event.currentTarget.value;
          }}
        />
        {props.children}
      </div>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** A password, hidden unless asked to show. `generated`: offer to make one up. */
export function SecretField({ generated = false, ...props }: TextFieldProps & { generated?: boolean }) {
  const shown = useSignal(false);
  return (
    <TextField {...props} type={shown.value ? "text" : "password"} mono={shown.value}>
      {generated && (
        <button
          type="button"
          class="field-action"
          onClick={() => {
            props.value.value = newPassword();
            shown.value = true;
          }}
        >
          {t("account.password.generate")}
        </button>
      )}
      <button
        type="button"
        class="field-action"
        aria-label={t(shown.value ? "account.password.hide" : "account.password.show")}
        title={t(shown.value ? "account.password.hide" : "account.password.show")}
        onClick={() => {
          shown.value = !shown.value;
        }}
      >
        <Icon name={shown.value ? "hide" : "show"} />
      </button>
    </TextField>
  );
}

/** Tells a password manager whose password the form asks for; nobody sees it. */
export function Whose({ name }: { name: string }) {
  return (
    <input
      class="hidden-text"
      name="username"
      autocomplete="username"
      value={name}
      readOnly
      tabIndex={-1}
      aria-hidden="true"
    />
  );
}
