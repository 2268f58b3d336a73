import { t } from "../../../i18n/index.ts";

// The first that fits: every browser also names those that it wants to be taken for.
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\/|\bOpera\b/, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bWhale\//, "Whale"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/Chrome\/|\bCriOS\/|\bChromium\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

const LONGEST_PROGRAM = 40;

/** A user agent in words: `Firefox on Linux`, `curl`. It is what the other side says of itself, and may be a lie. */
export function deviceName(agent: string | null): string {
  if (!agent) return t("account.device.unknown");
  const browser = BROWSERS.find(([pattern]) => pattern.test(agent))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1];
  if (browser && system) return t("account.device", { browser, system });
  const program = /^[\w .-]+(?=\/|$)/.exec(agent)?.[0].slice(0, LONGEST_PROGRAM);
  return browser ?? system ?? (program || t("account.device.unknown"));
}
