import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../../../components/button.tsx";
import { Overlay } from "../../../components/overlay.tsx";
import { t } from "../../../i18n/index.ts";

interface OnceProps {
  title: string;
  why: string;
  /** What is shown now and never again; each entry on a line of its own. */
  lines: readonly string[];
  /** The name of a file to keep it in, where that is of use. */
  file?: string;
  children?: ComponentChildren;
  onClose(): void;
}

/** A secret that the server tells once. Leaving without a copy is asked about. */
export function Once({ title, why, lines, file, onClose }: OnceProps) {
  const kept = useSignal(false);
  const copied = useSignal<boolean | null>(null);
  const leaving = useSignal(false);
  const secret = useRef<HTMLPreElement>(null);
  const text = lines.join("\n");
  useEffect(() => {
    const around = secret.current?.closest("section");
    return () =>
      // What led here, a form as a rule, is gone: go on from the button that opened it, not from the top of the page.
      queueMicrotask(() => {
        const { activeElement: at } = document;
        if (at === document.body || at?.tagName === "H1") around?.querySelector<HTMLElement>(".button")?.focus();
      });
  }, []);
  const close = (): void => {
    if (kept.value) onClose();
    else leaving.value = true;
  };
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      copied.value = true;
      kept.value = true;
    } catch {
      copied.value = false;
      if (secret.current) window.getSelection()?.selectAllChildren(secret.current);
    }
  };
  return (
    <Overlay kind="dialog" label={title} lasting={!kept.value} onClose={close}>
      <div class="confirmation once">
        <h2>{title}</h2>
        <p>{why}</p>
        <pre
          class={lines.length > 1 ? "secret codes" : "secret"}
          ref={secret}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: with the keys it can be selected and copied.
          tabIndex={0}
          onCopy={() => {
            kept.value = true;
            leaving.value = false;
          }}
        >
          {lines.length > 1 ? lines.map((line) => <span key={line}>{`${line}\n`}</span>) : text}
        </pre>
        {copied.value === false && <p role="status">{t("once.select")}</p>}
        {leaving.value && !kept.value ? (
          <>
            <p class="tone-amber" role="alert">
              {t("once.sure")}
            </p>
            <div class="confirmation-buttons">
              <Button label={t("once.leave")} onClick={onClose} />
              <Button label={t("once.copy")} icon="copy" kind="primary" onClick={() => void copy()} />
            </div>
          </>
        ) : (
          <div class="confirmation-buttons">
            {file && (
              <a
                class="button"
                href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`}
                download={file}
                onClick={() => {
                  kept.value = true;
                }}
              >
                {t("account.factor.download")}
              </a>
            )}
            <button
              type="button"
              class={kept.value ? "button" : "button primary"}
              data-autofocus
              onClick={() => void copy()}
            >
              {t(copied.value ? "once.copied" : "once.copy")}
            </button>
            <Button label={t("once.close")} kind={kept.value ? "primary" : "normal"} onClick={close} />
          </div>
        )}
      </div>
    </Overlay>
  );
}
