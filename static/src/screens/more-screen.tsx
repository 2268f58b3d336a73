import { Button } from "../components/button.tsx";
import { Icon } from "../components/icons.tsx";
import { prefersSheets } from "../components/media.ts";
import { furtherDestinations } from "../components/navigation.tsx";
import { paletteOpen, shortcutsOpen } from "../components/palette-state.ts";
import { ScreenHead } from "../components/screen-head.tsx";
import { SignOut } from "../components/sign-out.tsx";
import { LanguageSwitch, ThemeSwitch } from "../components/switches.tsx";
import { useStores } from "../hooks/index.ts";
import { t } from "../i18n/index.ts";

/** What has no tab of its own. */
export function MoreScreen() {
  const { metrics, containers, session } = useStores();
  const user = session.session.value?.user;
  const hostname = metrics.latest.value?.hostname;
  return (
    <section class="screen">
      <ScreenHead title={t("nav.more")} />
      {(user || furtherDestinations(session).length > 0) && (
        <nav class="more-places" aria-label={t("nav.more.places")}>
          {user && (
            <a class="more-place" href="/account">
              <Icon name="account" />
              <span class="door-name clip">{user.name}</span>
              <span class="muted">{t(`role.${user.role}`)}</span>
              <Icon name="right" class="muted" />
            </a>
          )}
          {furtherDestinations(session).map(({ href, icon, name }) => (
            <a key={href} class="more-place" href={href}>
              <Icon name={icon} />
              <span class="door-name">{t(name)}</span>
              <Icon name="right" class="muted" />
            </a>
          ))}
          {user && <SignOut class="more-place" />}
        </nav>
      )}
      <dl class="choices">
        <div>
          <dt>{t("theme.label")}</dt>
          <dd>
            <ThemeSwitch />
          </dd>
        </div>
        <div>
          <dt>{t("language.label")}</dt>
          <dd>
            <LanguageSwitch />
          </dd>
        </div>
        {hostname && (
          <div>
            <dt>{t("more.host")}</dt>
            <dd>{hostname}</dd>
          </div>
        )}
        {containers.engines.value.map(({ name, version }) => (
          <div key={name}>
            <dt>{t("engine.subject")}</dt>
            <dd>{version ?? t("engine.down")}</dd>
          </div>
        ))}
      </dl>
      <p class="more-buttons">
        <Button
          label={t("palette.open")}
          icon="search"
          onClick={() => {
            paletteOpen.value = true;
          }}
        />
        {!prefersSheets.value && (
          <Button
            label={t("shortcuts.title")}
            icon="keyboard"
            onClick={() => {
              shortcutsOpen.value = true;
            }}
          />
        )}
      </p>
    </section>
  );
}
