import { t } from "../i18n/index.ts";
import type { LoadError } from "../stores/index.ts";
import { Button } from "./button.tsx";
import { Reason } from "./reason.tsx";

interface LoadFailureProps {
  error: LoadError;
  onRetry(): void;
}

/** In place of what could not be loaded: what happened, and the way to try again. */
export function LoadFailure({ error, onRetry }: LoadFailureProps) {
  return (
    <div class="empty" role="alert">
      <h2>{t("load.failed")}</h2>
      <p>
        <Reason of={error} />
      </p>
      <Button label={t("retry")} icon="retry" onClick={onRetry} />
      {error.requestId && (
        <p class="muted small">
          {t("load.request")} <code>{error.requestId}</code>
        </p>
      )}
    </div>
  );
}
