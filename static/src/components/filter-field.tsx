import { t } from "../i18n/index.ts";
import { query, setQuery } from "../router.ts";
import { Icon } from "./icons.tsx";

/** The screen's filter. What is typed goes into the address at once, so a link carries it. */
export function FilterField({ label }: { label: string }) {
  const value = query("q");
  return (
    <div class="field filter-field">
      <Icon name="search" />
      <input
        type="search"
        data-filter
        value={value}
        placeholder={label}
        aria-label={label}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        onInput={(event) => setQuery({ q: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || event.isComposing) return;
          event.stopPropagation();
          if (value) setQuery({ q: "" });
          else event.currentTarget.blur();
        }}
      />
      {value ? (
        <button
          type="button"
          class="field-clear"
          aria-label={t("filter.clear")}
          title={t("filter.clear")}
          onClick={(event) => {
            setQuery({ q: "" });
            event.currentTarget.parentElement?.querySelector("input")?.focus();
          }}
        >
          <Icon name="close" />
        </button>
      ) : (
        <kbd class="field-key">/</kbd>
      )}
    </div>
  );
}
