import { t } from "../../i18n/index.ts";

/** In place of a screen that this person may not see: who can change that. */
export function ForbiddenNotice({ what }: { what: "people" | "audit" }) {
  return (
    <div class="empty">
      <h2>{t("people.forbidden")}</h2>
      <p>{t(`people.forbidden.${what}`)}</p>
    </div>
  );
}
