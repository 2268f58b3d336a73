import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Button } from "./button.tsx";
import { prefersSheets } from "./media.ts";
import { Overlay } from "./overlay.tsx";

interface MoreMenuProps {
  label: string;
  /** What it opens; `close` is for what was chosen. */
  children(close: () => void): ComponentChildren;
}

/** The button that opens what more can be done: a menu under a mouse, a sheet under a thumb. */
export function MoreMenu({ label, children }: MoreMenuProps) {
  const open = useSignal(false);
  const place = useRef<HTMLSpanElement>(null);
  const close = (): void => {
    open.value = false;
  };
  return (
    <span class="action-menu" ref={place}>
      <Button
        label={label}
        icon="more"
        kind="plain"
        iconOnly
        expanded={open.value}
        onClick={() => {
          open.value = true;
        }}
      />
      {open.value && (
        <Overlay kind={prefersSheets.value ? "sheet" : "menu"} label={label} anchor={place.current} onClose={close}>
          {children(close)}
        </Overlay>
      )}
    </span>
  );
}
