import { type Language, language } from "./index.ts";

/** One formatter per language, made when first needed: constructing Intl objects is what is slow about them. */
function perLanguage<Formatter>(make: (tag: Language) => Formatter): () => Formatter {
  const made = new Map<Language, Formatter>();
  return () => {
    const tag = language.value;
    let formatter = made.get(tag);
    if (!formatter) {
      formatter = make(tag);
      made.set(tag, formatter);
    }
    return formatter;
  };
}

const integer = perLanguage((tag) => new Intl.NumberFormat(tag, { maximumFractionDigits: 0 }));
const tenths = perLanguage((tag) => new Intl.NumberFormat(tag, { minimumFractionDigits: 1, maximumFractionDigits: 1 }));
const wholePercent = perLanguage((tag) => new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: 0 }));
const tenthsPercent = perLanguage(
  (tag) => new Intl.NumberFormat(tag, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }),
);

export function count(value: number): string {
  return integer().format(value);
}

/** `value` is 0–100. Below ten a tenth is worth showing. */
export function percent(value: number): string {
  return (Math.abs(value) < 9.95 ? tenthsPercent() : wholePercent()).format(value / 100);
}

/** Without decimals, for an axis. */
export function percentWhole(value: number): string {
  return wholePercent().format(value / 100);
}

/** With one decimal, as load averages are read. */
export function decimal(value: number): string {
  return tenths().format(value);
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Bytes in binary units with about three significant digits: `812 B`, `5.2 GiB`, `148 MiB`. */
export function bytes(value: number): string {
  let unit = 0;
  let scaled = value;
  // 999.5 and not 1024: four digits would widen the column for a moment.
  while (Math.abs(scaled) >= 999.5 && unit < UNITS.length - 1) {
    scaled /= 1024;
    unit += 1;
  }
  const number = unit > 0 && Math.abs(scaled) < 9.95 ? tenths() : integer();
  return `${number.format(scaled)} ${UNITS[unit]}`;
}

export function bytesPerSecond(value: number): string {
  return `${bytes(value)}/s`;
}

const secondsUnit = perLanguage(
  (tag) => new Intl.NumberFormat(tag, { style: "unit", unit: "second", maximumFractionDigits: 1 }),
);
const millisecondsUnit = perLanguage(
  (tag) => new Intl.NumberFormat(tag, { style: "unit", unit: "millisecond", maximumFractionDigits: 0 }),
);

/** How long something took: `480 ms`, `1.2 sec`. */
export function tookMs(value: number): string {
  return value < 995 ? millisecondsUnit().format(value) : secondsUnit().format(value / 1000);
}

type Unit = "second" | "minute" | "hour" | "day";
const UNIT_S: readonly (readonly [Unit, number])[] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

function largestUnit(seconds: number): readonly [Unit, number] {
  for (const [unit, length] of UNIT_S) {
    if (seconds >= length) return [unit, Math.floor(seconds / length)];
  }
  return ["second", 0];
}

const narrowUnit: Record<Unit, () => Intl.NumberFormat> = {
  second: perLanguage((tag) => new Intl.NumberFormat(tag, { style: "unit", unit: "second", unitDisplay: "narrow" })),
  minute: perLanguage((tag) => new Intl.NumberFormat(tag, { style: "unit", unit: "minute", unitDisplay: "narrow" })),
  hour: perLanguage((tag) => new Intl.NumberFormat(tag, { style: "unit", unit: "hour", unitDisplay: "narrow" })),
  day: perLanguage((tag) => new Intl.NumberFormat(tag, { style: "unit", unit: "day", unitDisplay: "narrow" })),
};

/** A length of time in its largest unit, short enough for a column: `3h`, `3시간`. */
export function age(seconds: number): string {
  const [unit, amount] = largestUnit(Math.max(0, seconds));
  return narrowUnit[unit]().format(amount);
}

/** A length of time in its two largest units: `3d 4h`. */
export function span(seconds: number): string {
  const [unit, amount] = largestUnit(Math.max(0, seconds));
  const first = narrowUnit[unit]().format(amount);
  const length = UNIT_S.find(([name]) => name === unit)?.[1] ?? 1;
  const rest = seconds - amount * length;
  if (unit === "second" || rest < 1) return first;
  const [restUnit, restAmount] = largestUnit(rest);
  // A day and three seconds is a day.
  const next = UNIT_S.findIndex(([name]) => name === unit) + 1;
  return UNIT_S[next]?.[0] === restUnit ? `${first} ${narrowUnit[restUnit]().format(restAmount)}` : first;
}

const relative = perLanguage((tag) => new Intl.RelativeTimeFormat(tag, { style: "short", numeric: "auto" }));

/** `3 min. ago`; the future is never shown: clocks differ, and "in 2 s" about the past only confuses. */
export function ago(seconds: number): string {
  const [unit, amount] = largestUnit(Math.max(0, seconds));
  return relative().format(amount ? -amount : 0, unit);
}

const clockTime = perLanguage(
  (tag) => new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
);
const clockSeconds = perLanguage(
  (tag) => new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
);
const fullTime = perLanguage(
  (tag) =>
    new Intl.DateTimeFormat(tag, {
      year: "numeric",
      month: "short",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      timeZoneName: "short",
    }),
);
const dateOnly = perLanguage((tag) => new Intl.DateTimeFormat(tag, { dateStyle: "medium" }));
const dayName = perLanguage((tag) => new Intl.DateTimeFormat(tag, { weekday: "long", month: "long", day: "numeric" }));

/** `09:41` */
export function clock(at: Date): string {
  return clockTime().format(at);
}

/** `09:41:07` */
export function clockWithSeconds(at: Date): string {
  return clockSeconds().format(at);
}

/** The whole date with its zone, for a hover. */
export function absolute(at: Date): string {
  return fullTime().format(at);
}

/** `Friday, November 20` */
export function day(at: Date): string {
  return dayName().format(at);
}

/** `Nov 20, 2026` */
export function date(at: Date): string {
  return dateOnly().format(at);
}
