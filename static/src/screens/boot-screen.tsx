import { LoadFailure } from "../components/load-failure.tsx";
import { useStores } from "../hooks/index.ts";
import { t } from "../i18n/index.ts";
import { Threshold } from "./sign-in/threshold.tsx";

/** Before it is known who is here. It takes one request: only its failure is worth a word. */
export function BootScreen() {
  const { session } = useStores();
  const error = session.error.value;
  if (!error) return <main id="main" aria-busy="true" />;
  return (
    <Threshold title={t("boot.failed")}>
      <LoadFailure error={error} onRetry={() => session.retry()} />
      <p class="muted">{t("boot.retrying")}</p>
    </Threshold>
  );
}
