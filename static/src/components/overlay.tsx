import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface OverlayProps {
  /** `menu` hangs below `anchor`, `sheet` rises from the bottom edge, `dialog` and `palette` stand in the middle. */
  kind: "menu" | "sheet" | "dialog" | "palette";
  label: string;
  anchor?: Element | null;
  /** It cannot be closed: a browser that does so all the same, at the second Escape, gets it back. */
  lasting?: boolean;
  children: ComponentChildren;
  onClose(): void;
}

const MARGIN_PX = 8;

/** Where the focus goes from each open dialog, the nearest place first. */
const waysHome = new WeakMap<Element, readonly Element[]>();

/** From a dialog that is opened by `opener`: there, or where the dialog around it would go, which may be gone by then. */
function waysFrom(opener: Element | null): readonly Element[] {
  if (!opener || opener === document.body) return [];
  const around = opener.closest("dialog");
  return [opener, ...((around && waysHome.get(around)) ?? [])];
}

/** Put `dialog` under the right edge of `anchor`, or above it where there is no room below. */
function placeAt(dialog: HTMLElement, anchor: Element): void {
  const to = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = dialog;
  const left = Math.max(MARGIN_PX, Math.min(to.right - width, window.innerWidth - width - MARGIN_PX));
  const below = to.bottom + 4;
  const top = below + height + MARGIN_PX <= window.innerHeight ? below : Math.max(MARGIN_PX, to.top - height - 4);
  dialog.style.left = `${left}px`;
  dialog.style.top = `${top}px`;
}

function open(dialog: HTMLDialogElement): void {
  dialog.showModal();
  dialog.querySelector<HTMLElement>("[data-autofocus]")?.focus();
}

/**
 * Everything that opens over the page. The browser's own modal dialog keeps the focus inside and closes on Escape;
 * on closing, the focus goes back to where it was, or to the screen's heading when that is gone.
 */
export function Overlay({ kind, label, anchor, lasting = false, children, onClose }: OverlayProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    const ways = waysFrom(document.activeElement);
    waysHome.set(dialog, ways);
    open(dialog);
    if (kind === "menu" && anchor) placeAt(dialog, anchor);
    return () => {
      dialog.close();
      const home = ways.find((way) => way.isConnected) ?? document.querySelector("h1");
      if (home instanceof HTMLElement) home.focus({ preventScroll: true });
    };
  }, [kind, anchor]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, and the browser reports that as `cancel`.
    <dialog
      ref={ref}
      class={`overlay ${kind}`}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClose={({ currentTarget: dialog }) => {
        if (lasting && dialog.isConnected && !dialog.open) open(dialog);
      }}
      onClick={(event) => {
        // Only the backdrop has the dialog itself as its target: the content fills the dialog.
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div class="overlay-body">{children}</div>
    </dialog>
  );
}
