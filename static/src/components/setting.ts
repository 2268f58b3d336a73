/** Choices of this browser (theme, language, folded groups). Storage may be forbidden or full: then they last a page. */

const PREFIX = "pilothouse.";

export function readSetting<Choice extends string>(name: string, choices: readonly Choice[]): Choice | null {
  const kept = readText(name);
  return choices.find((choice) => choice === kept) ?? null;
}

export function readText(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** Keep `value`, or forget the setting when it is null. */
export function writeSetting(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // The choice holds until the page is closed; there is nothing better to do.
  }
}
