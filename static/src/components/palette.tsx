import { useSignal } from "@preact/signals";
import { useId, useMemo, useRef } from "preact/hooks";
import { useStores } from "../hooks/index.ts";
import { t } from "../i18n/index.ts";
import { Icon } from "./icons.tsx";
import { currentContainer } from "./keyboard.ts";
import { Overlay } from "./overlay.tsx";
import { type Command, commands, matching } from "./palette-commands.ts";
import { paletteOpen } from "./palette-state.ts";

const SHOWN = 50;

function PaletteBody({ onClose }: { onClose(): void }) {
  const stores = useStores();
  const typed = useSignal("");
  const chosen = useSignal(0);
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  // The container that had the focus before the palette took it.
  const current = useMemo(() => currentContainer(stores), [stores]);
  const found = matching(commands(stores, current), typed.value).slice(0, SHOWN);
  const at = Math.min(chosen.value, Math.max(0, found.length - 1));

  const run = (command: Command | undefined): void => {
    if (!command || command.unavailable) return;
    onClose();
    // After the focus went home, so that what opens next remembers the right place.
    queueMicrotask(command.run);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && found.length) {
      event.preventDefault();
      chosen.value = (at + step + found.length) % found.length;
      list.current?.children[chosen.value]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[at]);
    }
  };
  return (
    <>
      <div class="palette-field">
        <Icon name="search" />
        <input
          data-autofocus
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={found.length ? `${listId}-${at}` : undefined}
          aria-autocomplete="list"
          aria-label={t("palette.label")}
          placeholder={t("palette.label")}
          value={typed}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
            chosen.value = 0;
          }}
          onKeyDown={onKeyDown}
        />
        <kbd>Esc</kbd>
      </div>
      <div class="palette-list" id={listId} role="listbox" aria-label={t("palette.label")} ref={list} tabIndex={-1}>
        {found.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and handles the keys.
          <div
            key={command.key}
            id={`${listId}-${index}`}
            class="palette-entry"
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            aria-disabled={command.unavailable ? true : undefined}
            title={command.unavailable ?? undefined}
            onClick={() => run(command)}
            onPointerMove={() => {
              chosen.value = index;
            }}
          >
            <Icon name={command.icon} />
            <span class="clip">{command.name}</span>
            <span class="palette-hint muted clip">{command.unavailable ?? command.hint}</span>
          </div>
        ))}
      </div>
      {!found.length && <p class="palette-none muted">{t("palette.none", { text: typed.value })}</p>}
    </>
  );
}

/** Go anywhere, act on the current container. */
export function Palette() {
  if (!paletteOpen.value) return null;
  const close = (): void => {
    paletteOpen.value = false;
  };
  return (
    <Overlay kind="palette" label={t("palette.label")} onClose={close}>
      <PaletteBody onClose={close} />
    </Overlay>
  );
}
