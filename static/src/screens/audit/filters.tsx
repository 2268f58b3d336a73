import { FilterLinks } from "../../components/filter-links.tsx";
import { Icon } from "../../components/icons.tsx";
import { t } from "../../i18n/index.ts";
import type { AuditAction, AuditEntry } from "../../protocol/messages.gen.ts";
import { query, setQuery } from "../../router.ts";
import type { AuditFilter } from "../../stores/index.ts";
import { Select } from "../account/parts/choices.tsx";
import { ACTIONS, actionWord, OUTCOMES } from "./phrase.ts";

/** What the address asks for. */
export function filterFromAddress(): AuditFilter {
  const actor = query("actor").trim();
  const action = ACTIONS.find((known) => known === query("action"));
  const outcome = OUTCOMES.find((known) => known === query("outcome"));
  return { ...(actor ? { actor } : {}), ...(action ? { action } : {}), ...(outcome ? { outcome } : {}) };
}

/** Whole names only: they are looked up in the database. Taken when the field is left, or with Enter. */
function ActorField({ entries }: { entries: readonly AuditEntry[] }) {
  const value = query("actor");
  const known = [...new Set(entries.map(({ data }) => data.actor))].filter((actor) => actor !== null).sort();
  return (
    <div class="field filter-field">
      <Icon name="search" />
      <input
        key={value}
        type="search"
        data-filter
        list="audit-actors"
        defaultValue={value}
        placeholder={t("audit.actor")}
        aria-label={t("audit.actor")}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        onChange={(event) => setQuery({ actor: event.currentTarget.value.trim() })}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === "Enter") setQuery({ actor: event.currentTarget.value.trim() });
          if (event.key !== "Escape") return;
          event.stopPropagation();
          if (value) setQuery({ actor: "" });
          else event.currentTarget.blur();
        }}
      />
      <datalist id="audit-actors">
        {known.map((actor) => (
          <option key={actor} value={actor} />
        ))}
      </datalist>
      {value ? (
        <button
          type="button"
          class="field-clear"
          aria-label={t("filter.clear")}
          title={t("filter.clear")}
          onClick={() => setQuery({ actor: "" })}
        >
          <Icon name="close" />
        </button>
      ) : (
        <kbd class="field-key">/</kbd>
      )}
    </div>
  );
}

export function AuditFilters({ entries }: { entries: readonly AuditEntry[] }) {
  const { action = "", outcome = "" } = filterFromAddress();
  return (
    <div class="tools audit-tools">
      <ActorField entries={entries} />
      <Select<AuditAction | "">
        label={t("audit.action")}
        hiddenLabel
        options={[
          { value: "", label: t("audit.action.all") },
          ...ACTIONS.map((value) => ({ value, label: actionWord(value) })),
        ]}
        chosen={action as AuditAction | ""}
        onChoose={(value) => setQuery({ action: value })}
      />
      <FilterLinks
        label={t("audit.outcome")}
        name="outcome"
        chosen={outcome}
        choices={[
          { value: "", label: t("audit.outcome.all") },
          ...OUTCOMES.map((value) => ({ value, label: t(`audit.outcomes.${value}`) })),
        ]}
      />
    </div>
  );
}
