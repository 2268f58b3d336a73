let awaited = false;

/** Give the focus to the screen's heading, which is then read out: now, or when the screen's code has come. */
export function focusHeading(): void {
  const heading = document.querySelector<HTMLElement>("h1");
  awaited = heading === null;
  heading?.focus({ preventScroll: true });
}

/** A screen is there whose code had to be fetched first. Whoever has gone elsewhere meanwhile is left there. */
export function headingCame(): void {
  if (awaited && document.activeElement === document.body) focusHeading();
}
