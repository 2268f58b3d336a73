import { useSignal } from "@preact/signals";
import { useStores } from "../hooks/index.ts";
import { t } from "../i18n/index.ts";
import { type LoadError, loadError } from "../stores/index.ts";
import { Icon } from "./icons.tsx";
import { Reason } from "./reason.tsx";

/** Ends the sign-in of this browser. Where that cannot be told to the server it says so: the person is still signed in. */
export function SignOut({ class: kind }: { class: string }) {
  const { session } = useStores();
  const busy = useSignal(false);
  const failure = useSignal<LoadError | null>(null);
  const leave = async (): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    failure.value = null;
    try {
      await session.signOut();
    } catch (error) {
      failure.value = loadError(error);
    }
    busy.value = false;
  };
  return (
    <>
      <button type="button" class={kind} aria-disabled={busy.value || undefined} onClick={leave}>
        <Icon name={busy.value ? "progress" : "signOut"} class={busy.value ? "spin" : ""} />
        {t("signOut")}
      </button>
      {failure.value && (
        <p class="sign-out-failure tone-red" role="alert">
          {t("signOut.failed")} <Reason of={failure.value} />
        </p>
      )}
    </>
  );
}
