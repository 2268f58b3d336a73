import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../../../components/button.tsx";
import { Icon } from "../../../components/icons.tsx";
import { t } from "../../../i18n/index.ts";

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
