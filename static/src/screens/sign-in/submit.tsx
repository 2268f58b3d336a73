import { Icon } from "../../components/icons.tsx";
import { Reason } from "../../components/reason.tsx";
import { span } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import type { Attempt } from "./attempt.ts";

/** Why the last attempt failed, or how long to wait for the next. Its place is kept, so that nothing jumps. */
export function AttemptProblem({ attempt }: { attempt: Attempt }) {
  const { failure, waitS } = attempt;
  const seconds = waitS.value;
  return (
    <div class="attempt" role="alert">
      {seconds > 0 ? (
        <p class="notice amber">{t("signIn.wait", { time: span(seconds) })}</p>
      ) : (
        failure.value && (
          <p class="notice red">
            <span>
              <Reason of={failure.value} />
            </span>
          </p>
        )
      )}
    </div>
  );
}

/** The button of the form. It stays usable while nothing is typed: the browser says which field is missing. */
export function Submit({ attempt, label }: { attempt: Attempt; label: string }) {
  const { busy, waitS } = attempt;
  return (
    <button
      type="submit"
      class="button primary attempt-submit"
      aria-disabled={busy.value || waitS.value > 0 || undefined}
      aria-busy={busy.value}
    >
      {busy.value && <Icon name="progress" class="spin" />}
      {label}
    </button>
  );
}
