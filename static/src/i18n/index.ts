import { effect, signal } from "@preact/signals";
import type { VNode } from "preact";
import { readSetting, writeSetting } from "../components/setting.ts";
import { en } from "./en.ts";
import { ko } from "./ko.ts";

export type Language = "en" | "ko";
export type MessageKey = keyof typeof en;

type PluralForm = "zero" | "one" | "two" | "few" | "many" | "other";
/** A sentence with `{names}` in it, or its plural forms chosen by `{count}`. */
export type Message = string | ({ readonly other: string } & { readonly [form in PluralForm]?: string });

type Sentence<K extends MessageKey> = (typeof en)[K] extends string
  ? (typeof en)[K]
  : (typeof en)[K] extends { readonly other: infer Other extends string }
    ? Other
    : never;
type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Params<K extends MessageKey, Value> = [Names<Sentence<K>>] extends [never]
  ? []
  : [params: Record<Names<Sentence<K>>, Value>];

const TABLES: Record<Language, Record<MessageKey, Message>> = { en, ko };
const LANGUAGES = ["en", "ko"] as const;

function preferredLanguage(): Language {
  const kept = readSetting("language", LANGUAGES);
  if (kept) return kept;
  for (const tag of navigator.languages ?? []) {
    const found = LANGUAGES.find((name) => tag.toLowerCase().startsWith(name));
    if (found) return found;
  }
  return "en";
}

/** The language of every text. A component that calls `t` renders again when it changes. */
export const language = signal<Language>(preferredLanguage());

effect(() => {
  document.documentElement.lang = language.value;
});

export function chooseLanguage(next: Language): void {
  writeSetting("language", next);
  language.value = next;
}

const pluralRules: Record<Language, Intl.PluralRules> = {
  en: new Intl.PluralRules("en"),
  ko: new Intl.PluralRules("ko"),
};

function sentence(key: MessageKey, count: unknown): string {
  const message = TABLES[language.value][key];
  if (typeof message === "string") return message;
  const form = pluralRules[language.value].select(Number(count));
  return message[form] ?? message.other;
}

const NAME = /\{(\w+)\}/g;

/** The text for `key` in the chosen language, with its `{names}` filled in. */
export function t<K extends MessageKey>(key: K, ...[params]: Params<K, string | number>): string {
  const values: Record<string, string | number> = params ?? {};
  return sentence(key, values.count).replace(NAME, (_, name: string) => String(values[name] ?? ""));
}

/** Like `t`, for sentences in which a name is an element: a link, a strong name, a time. */
export function rich<K extends MessageKey>(
  key: K,
  ...[params]: Params<K, string | number | VNode>
): (string | number | VNode)[] {
  const values: Record<string, string | number | VNode> = params ?? {};
  const parts = sentence(key, values.count).split(NAME);
  // `split` with one group alternates: text, name, text, name, …
  return parts.map((part, index) => (index % 2 ? (values[part] ?? "") : part)).filter((part) => part !== "");
}
