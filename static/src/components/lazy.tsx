import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useCallback, useEffect } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { Button } from "./button.tsx";
import { headingCame } from "./heading.ts";

/** A screen whose code comes when it is first asked for: most people never open it. */
export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let loaded: ComponentType | null = null;
  return function Lazy() {
    const failed = useSignal(false);
    const arrived = useSignal(loaded);
    const fetch = useCallback(() => {
      failed.value = false;
      load().then(
        (screen) => {
          loaded = screen;
          arrived.value = screen;
        },
        () => {
          failed.value = true;
        },
      );
    }, [failed, arrived]);
    useEffect(() => {
      if (loaded === null) fetch();
    }, [fetch]);
    const Screen = arrived.value;
    useEffect(() => {
      if (Screen) headingCame();
    }, [Screen]);
    if (Screen) return <Screen />;
    if (!failed.value) return <section class="screen" aria-busy="true" />;
    return (
      <section class="screen">
        <div class="empty" role="alert">
          <h1 class="title">{t("lazy.failed")}</h1>
          <p>{t("lazy.failed.why")}</p>
          <Button label={t("reload")} icon="retry" onClick={() => location.reload()} />
        </div>
      </section>
    );
  };
}
