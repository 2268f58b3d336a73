import type { ComponentChildren } from "preact";
import { Button } from "../../../components/button.tsx";
import { Icon } from "../../../components/icons.tsx";
import { Overlay } from "../../../components/overlay.tsx";
import { t } from "../../../i18n/index.ts";
import { Refusal, useSubmission } from "./submission.tsx";

interface AskProps {
  title: string;
  /** What the button does, in one verb. */
  label: string;
  danger?: boolean;
  /** What will end. */
  children: ComponentChildren;
  onClose(): void;
  onConfirm(): Promise<unknown>;
}

/** The question before something ends. It stays open, with the reason, when the server refuses. */
export function Ask({ title, label, danger = true, children, onClose, onConfirm }: AskProps) {
  const sent = useSubmission();
  const confirm = async (): Promise<void> => {
    if (await sent.run(onConfirm)) onClose();
  };
  return (
    <Overlay kind="dialog" label={title} onClose={onClose}>
      <form
        class="confirmation"
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        <h2>{title}</h2>
        {children}
        <Refusal of={sent} />
        <div class="confirmation-buttons">
          <Button label={t("confirm.cancel")} onClick={onClose} />
          <button type="submit" class={`button ${danger ? "danger" : "primary"}`} data-autofocus>
            {sent.busy.value && <Icon name="progress" class="spin" />}
            {label}
          </button>
        </div>
      </form>
    </Overlay>
  );
}
