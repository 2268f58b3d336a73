import { useSignal } from "@preact/signals";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { t } from "../../i18n/index.ts";

const MOST_CHARACTERS = 1000;

interface DenyFormProps {
  onCancel(): void;
  onDeny(reason: string): void;
}

/** Before a request is denied: why, for the agent, if somebody wants to say. */
export function DenyForm({ onCancel, onDeny }: DenyFormProps) {
  const reason = useSignal("");
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    field.current?.focus();
    // The buttons below it too.
    field.current?.form?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <form
      class="deny"
      onSubmit={(event) => {
        event.preventDefault();
        onDeny(reason.value);
      }}
      onKeyDown={(event) => {
        if (event.isComposing) return;
        if (event.key === "Escape") {
          event.preventDefault();
          event.stopPropagation();
          onCancel();
        } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          onDeny(reason.value);
        }
      }}
    >
      <label for={id}>
        {t("approval.reason")} <span class="muted small">{t("approval.reason.hint")}</span>
      </label>
      <div class="field">
        <input
          ref={field}
          id={id}
          value={reason}
          maxLength={MOST_CHARACTERS}
          autocomplete="off"
          onInput={(event) => {
            reason.value = event.currentTarget.value;
          }}
        />
      </div>
      <div class="approval-buttons">
        <button type="submit" class="button danger">
          {t("approval.deny")}
        </button>
        <Button label={t("confirm.cancel")} onClick={onCancel} />
      </div>
    </form>
  );
}
