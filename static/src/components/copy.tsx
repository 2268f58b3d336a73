import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { Icon } from "./icons.tsx";

/** Put `text` on the clipboard; where that is not allowed, select `fallback` so that one key does it. */
async function copy(text: string, fallback: Element | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (fallback) window.getSelection()?.selectAllChildren(fallback);
    return false;
  }
}

export function CopyButton({ text, label, source }: { text: string; label: string; source?: () => Element | null }) {
  const copied = useSignal(false);
  const said = copied.value ? t("copy.done") : label;
  return (
    <button
      type="button"
      class="button plain icon-only"
      aria-label={said}
      title={said}
      onClick={async () => {
        copied.value = await copy(text, source?.() ?? null);
      }}
      onBlur={() => {
        copied.value = false;
      }}
    >
      <Icon name={copied.value ? "check" : "copy"} />
    </button>
  );
}

/** A command to run in a terminal. */
export function Command({ text }: { text: string }) {
  const code = useRef<HTMLElement>(null);
  return (
    <span class="command">
      <code ref={code}>{text}</code>
      <CopyButton text={text} label={t("copy.command")} source={() => code.current} />
    </span>
  );
}
