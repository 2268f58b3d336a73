import { t } from "../i18n/index.ts";
import { linkWith } from "../router.ts";

/** In place of a list that is filtered to nothing. `filters`: what the address says that lets nothing through. */
export function NothingFound({ filters }: { filters: readonly string[] }) {
  return (
    <div class="empty">
      <h2>{t("filter.nothing")}</h2>
      <a class="button" href={linkWith(Object.fromEntries(filters.map((name) => [name, ""])))} data-replace>
        {t("filter.clear")}
      </a>
    </div>
  );
}
