/** Where `leaving` had the focus, what `next` selects gets it once the page has changed. */
export function keepFocus(leaving: HTMLElement | null, next: string): void {
  if (!leaving?.contains(document.activeElement)) return;
  queueMicrotask(() => {
    if (document.activeElement === document.body) document.querySelector<HTMLElement>(next)?.focus();
  });
}
