import { useSignal } from "@preact/signals";
import type { ComponentChildren, Ref } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "../../components/icons.tsx";
import { t } from "../../i18n/index.ts";

interface EntryProps {
  label: string;
  name: string;
  value: string;
  autocomplete: string;
  /** Said beside the label. */
  aside?: ComponentChildren;
  /** Said below the field, before anything is typed. */
  rule?: string;
  type?: "text" | "password";
  inputMode?: "text" | "numeric";
  focus?: boolean;
  wrong?: boolean;
  inputRef?: Ref<HTMLInputElement>;
  /** Within the field, at its end. */
  children?: ComponentChildren;
  onInput(value: string): void;
  onKey?(event: KeyboardEvent): void;
}

/** One thing to type, with its label above it. */
export function Entry(props: EntryProps) {
  const id = useId();
  const { label, name, value, autocomplete, aside, rule, type = "text", inputMode, focus, wrong, inputRef } = props;
  return (
    <div class="typed">
      <div class="typed-head">
        <label for={id}>{label}</label>
        {aside}
      </div>
      <div class="field" data-wrong={wrong || undefined}>
        <input
          ref={inputRef ?? null}
          id={id}
          name={name}
          type={type}
          value={value}
          autocomplete={autocomplete}
          autocapitalize="none"
          autocorrect="off"
          spellcheck={false}
          inputMode={inputMode}
          required
          maxLength={1024}
          aria-invalid={wrong || undefined}
          aria-describedby={rule ? `${id}-rule` : undefined}
          data-autofocus={focus || undefined}
          onInput={(event) => props.onInput(event.currentTarget.value)}
          onKeyDown={props.onKey}
          onKeyUp={props.onKey}
        />
        {props.children}
      </div>
      {rule && (
        <p class="muted small" id={`${id}-rule`}>
          {rule}
        </p>
      )}
    </div>
  );
}

type PasswordProps = Omit<EntryProps, "label" | "name" | "type" | "aside" | "children" | "onKey">;

/** A password: hidden until one asks to see it, with a word when Caps Lock is on. */
export function PasswordEntry(props: PasswordProps) {
  const shown = useSignal(false);
  const capsLock = useSignal(false);
  return (
    <Entry
      {...props}
      label={t("signIn.password")}
      name="password"
      type={shown.value ? "text" : "password"}
      aside={
        <span class="tone-amber small" role="status">
          {capsLock.value && t("signIn.capsLock")}
        </span>
      }
      onKey={(event) => {
        // A password manager's event is no key.
        if (typeof event.getModifierState === "function") capsLock.value = event.getModifierState("CapsLock");
      }}
    >
      <button
        type="button"
        class="field-button"
        aria-label={t("signIn.password.show")}
        title={t("signIn.password.show")}
        aria-pressed={shown.value}
        onClick={() => {
          shown.value = !shown.value;
        }}
      >
        <Icon name={shown.value ? "hide" : "show"} />
      </button>
    </Entry>
  );
}
