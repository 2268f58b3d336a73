import { t } from "../i18n/index.ts";

export function MissingScreen({ path }: { path: string }) {
  return (
    <section class="screen">
      <div class="empty">
        <h1 class="title" tabIndex={-1}>
          {t("missing.title")}
        </h1>
        <p>{t("missing.why", { path })}</p>
        <a class="button" href="/">
          {t("missing.home")}
        </a>
      </div>
    </section>
  );
}
