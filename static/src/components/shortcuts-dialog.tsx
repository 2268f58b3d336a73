import { type MessageKey, t } from "../i18n/index.ts";
import { Button } from "./button.tsx";
import { Overlay } from "./overlay.tsx";
import { shortcutsOpen } from "./palette-state.ts";

const SHORTCUTS: readonly (readonly [readonly string[], MessageKey & `shortcut.${string}`])[] = [
  [["Ctrl K", "⌘K"], "shortcut.palette"],
  [["/"], "shortcut.filter"],
  [["j", "k"], "shortcut.move"],
  [["Enter"], "shortcut.open"],
  [["Esc"], "shortcut.back"],
  [["g o"], "shortcut.overview"],
  [["g c"], "shortcut.containers"],
  [["g s"], "shortcut.sessions"],
  [["g a"], "shortcut.activity"],
  [["r"], "shortcut.restart"],
  [["l"], "shortcut.logs"],
  [["n"], "shortcut.new"],
  [["a", "d"], "shortcut.decide"],
  [["Enter", "Ctrl Enter"], "shortcut.send"],
  [["Shift Enter"], "shortcut.newline"],
  [["?"], "shortcut.help"],
];

/** Every key there is. */
export function ShortcutsDialog() {
  if (!shortcutsOpen.value) return null;
  const close = (): void => {
    shortcutsOpen.value = false;
  };
  return (
    <Overlay kind="dialog" label={t("shortcuts.title")} onClose={close}>
      <div class="dialog-head">
        <h2>{t("shortcuts.title")}</h2>
        <Button label={t("close")} icon="close" kind="plain" iconOnly onClick={close} />
      </div>
      <dl class="shortcuts">
        {SHORTCUTS.map(([keys, name]) => (
          <div key={name}>
            <dt>{t(name)}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Overlay>
  );
}
