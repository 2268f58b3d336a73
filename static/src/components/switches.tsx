import { chooseLanguage, type Language, language, t } from "../i18n/index.ts";
import { Icon, type IconName } from "./icons.tsx";
import { chooseTheme, THEMES, type Theme, theme } from "./theme.ts";

interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly icon?: IconName;
  readonly lang?: string;
}

interface SegmentsProps<Value extends string> {
  label: string;
  choices: readonly Choice<Value>[];
  chosen: Value;
  iconsOnly?: boolean;
  onChoose(value: Value): void;
}

/** One of a few. Arrow keys move the choice, as radio buttons do. */
function Segments<Value extends string>({ label, choices, chosen, iconsOnly, onChoose }: SegmentsProps<Value>) {
  const move = (event: KeyboardEvent & { currentTarget: HTMLElement }): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = choices.findIndex(({ value }) => value === chosen);
    const next = choices[(at + step + choices.length) % choices.length];
    if (!next) return;
    onChoose(next.value);
    event.currentTarget.querySelector<HTMLElement>(`[data-value="${next.value}"]`)?.focus();
  };
  return (
    <div class="segments" role="radiogroup" aria-label={label} tabIndex={-1} onKeyDown={move}>
      {choices.map(({ value, label: word, icon, lang }) => (
        // biome-ignore lint/a11y/useSemanticElements: a native radio cannot hold an icon.
        <button
          key={value}
          type="button"
          role="radio"
          class="segment"
          data-value={value}
          aria-checked={value === chosen}
          aria-label={iconsOnly ? word : undefined}
          title={iconsOnly ? word : undefined}
          lang={lang}
          tabIndex={value === chosen ? 0 : -1}
          onClick={() => onChoose(value)}
        >
          {icon && <Icon name={icon} />}
          {!iconsOnly && word}
        </button>
      ))}
    </div>
  );
}

export function ThemeSwitch({ iconsOnly = false }: { iconsOnly?: boolean }) {
  const choices = THEMES.map((value): Choice<Theme> => ({ value, label: t(`theme.${value}`), icon: value }));
  return (
    <Segments
      label={t("theme.label")}
      choices={choices}
      chosen={theme.value}
      iconsOnly={iconsOnly}
      onChoose={chooseTheme}
    />
  );
}

// Each language names itself, so that it can be found by someone who reads no other.
const LANGUAGES: readonly Choice<Language>[] = [
  { value: "en", label: "English", lang: "en" },
  { value: "ko", label: "한국어", lang: "ko" },
];

export function LanguageSwitch() {
  return <Segments label={t("language.label")} choices={LANGUAGES} chosen={language.value} onChoose={chooseLanguage} />;
}
