import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../../../components/button.tsx";
import { Icon } from "../../../components/icons.tsx";
import { t } from "../../../i18n/index.ts";

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

/** 20 letters and digits that nobody takes for one another, about 99 bits. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const GROUPS = 4;
const GROUP_LETTERS = 5;

export function newPassword(): string {
  const letters: string[] = [];
  // Bytes above the last whole multiple would make the first letters likelier.
  const fair = 256 - (256 % LETTERS.length);
  while (letters.length < GROUPS * GROUP_LETTERS) {
    const [byte = 255] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < fair) letters.push(LETTERS[byte % LETTERS.length] ?? "");
  }
  return letters.join("").replace(new RegExp(`.{${GROUP_LETTERS}}(?=.)`, "g"), "$&-");
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
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6" />
          {shown.value && <path d="M2.5 13.5l11-11" />}
        </svg>
      </button>
    </TextField>
  );
}

export interface Option<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly why?: string;
}

interface OptionsProps<Value extends string> {
  label: string;
  options: readonly Option<Value>[];
  disabled?: boolean;
}

/** One of a few, each with a line on what it means. */
export function Choice<Value extends string>({
  label,
  options,
  chosen,
}: OptionsProps<Value> & { chosen: Signal<Value> }) {
  const name = useId();
  return (
    <fieldset class="form-row">
      <legend>{label}</legend>
      <div class="options">
        {options.map(({ value, label: word, why }) => (
          <label key={value} class="option">
            <input
              type="radio"
              name={name}
              checked={chosen.value === value}
              onChange={() => {
                chosen.value = value;
              }}
            />
            <span>
              {word}
              {why && <span class="hint"> {why}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Any of a few. */
export function Choices<Value extends string>({
  label,
  options,
  chosen,
}: OptionsProps<Value> & { chosen: Signal<ReadonlySet<Value>> }) {
  return (
    <fieldset class="form-row">
      <legend>{label}</legend>
      <div class="options">
        {options.map(({ value, label: word, why }) => (
          <label key={value} class="option">
            <input
              type="checkbox"
              checked={chosen.value.has(value)}
              onChange={(event) => {
                const next = new Set(chosen.value);
                if (event.currentTarget.checked) next.add(value);
                else next.delete(value);
                chosen.value = next;
              }}
            />
            <span>
              {word}
              {why && <span class="hint"> {why}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface SelectProps<Value extends string> {
  label: string;
  options: readonly Option<Value>[];
  chosen: Value;
  onChoose(value: Value): void;
  hiddenLabel?: boolean;
}

/** One of many. */
export function Select<Value extends string>({ label, options, chosen, onChoose, hiddenLabel }: SelectProps<Value>) {
  const id = useId();
  return (
    <div class="form-row">
      {!hiddenLabel && <label for={id}>{label}</label>}
      <div class="field select">
        <select
          id={id}
          aria-label={hiddenLabel ? label : undefined}
          value={chosen}
          onChange={(event) => onChoose(event.currentTarget.value as Value)}
        >
          {options.map(({ value, label: word }) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
        <Icon name="down" />
      </div>
    </div>
  );
}

interface FormButtonsProps {
  label: string;
  busy: boolean;
  kind?: "primary" | "danger";
  /** Nothing to send yet. */
  disabled?: boolean;
  cancel?: string;
  onCancel?(): void;
}

/** What sends the form, and what leaves it. */
export function FormButtons({ label, busy, kind = "primary", disabled, cancel, onCancel }: FormButtonsProps) {
  return (
    <div class="form-buttons">
      <button type="submit" class={`button ${kind}`} disabled={disabled} aria-busy={busy || undefined}>
        {busy && <Icon name="progress" class="spin" />}
        {label}
      </button>
      {onCancel && <Button label={cancel ?? t("people.cancel")} kind="plain" onClick={onCancel} />}
    </div>
  );
}

/** A form whose submit the page handles. When it goes, the focus goes to the first button of the section around it. */
export function Form({ label, children, onSend }: { label?: string; children: ComponentChildren; onSend(): void }) {
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    const around = form.current?.parentElement?.closest("section");
    return () =>
      // Once the form is out of the page, and what opened it back in.
      queueMicrotask(() => {
        if (document.activeElement === document.body) around?.querySelector<HTMLElement>(".button")?.focus();
      });
  }, []);
  return (
    <form
      ref={form}
      class="form"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
    >
      {children}
    </form>
  );
}
