import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icons.tsx";
import { Reason } from "../../components/reason.tsx";
import { useStores } from "../../hooks/index.ts";
import { bytes } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import type { SessionSummary } from "../../protocol/messages.gen.ts";
import { CommandError } from "../../stores/index.ts";
import { isMe } from "./names.ts";

/** What the server takes of one message, in UTF-8. */
export const MAX_TEXT_B = 32 * 1024;
const NEAR_B = 28 * 1024;
// No character of a text needs more than this many bytes.
const CHARACTER_B = 3;

function sizeOf(text: string): number {
  return text.length * CHARACTER_B < NEAR_B ? 0 : new TextEncoder().encode(text).length;
}

type Failure = { unknown: boolean; code: string; message: string };

function failureOf(error: unknown): Failure {
  if (!(error instanceof CommandError)) return { unknown: false, code: "internal", message: String(error) };
  return { unknown: error.unknown, code: error.code, message: error.message };
}

/** What cannot be written in, says why instead of a field. */
function Silent({ reason }: { reason: string }) {
  return (
    <p class="composer-silent">
      <Icon name="lock" />
      {reason}
    </p>
  );
}

/**
 * Where one speaks. What was typed stays until the server has it, through a failure, a reload, and another session
 * that was opened meanwhile; what is sent again goes under the same id, and is said once.
 */
function Field({ session }: { session: SessionSummary }) {
  const stores = useStores();
  const { connection, conversation, drafts } = stores;
  const { id } = session;
  const text = useSignal(drafts.get(id).text);
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const shown = useRef(true);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the field is as high as its text.
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text.value]);
  const size = sizeOf(text.value);
  const tooLong = size > MAX_TEXT_B;
  const empty = text.value.trim() === "";
  const offline = connection.canAct.value ? null : t("unavailable.offline");
  const unavailable = offline ?? (tooLong ? t("composer.tooLong") : null);
  const change = (next: string): void => {
    text.value = next;
    failure.value = null;
    // Another text is another message.
    drafts.set(id, { text: next, id: null });
  };
  const send = async (): Promise<void> => {
    const said = text.value;
    if (empty || busy.value || unavailable !== null) return;
    const key = drafts.get(id).id ?? stores.newId();
    drafts.set(id, { text: said, id: key });
    busy.value = true;
    failure.value = null;
    try {
      await conversation.say(said, key);
      drafts.set(id, { text: "", id: null });
      if (shown.current) text.value = "";
    } catch (error) {
      failure.value = failureOf(error);
    }
    busy.value = false;
  };
  const taken = isMe(stores, session.taken_by);
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {failure.value && (
        <p class="composer-failure tone-red" role="alert">
          <span>
            {t("composer.failed")} {failure.value.unknown ? t("composer.unknown") : <Reason of={failure.value} />}
          </span>
          <Button label={t("retry")} icon="retry" onClick={() => void send()} />
        </p>
      )}
      <div class="composer-field">
        <textarea
          ref={field}
          rows={1}
          value={text.value}
          readOnly={busy.value}
          aria-label={t("composer.label")}
          aria-invalid={tooLong || undefined}
          placeholder={t(taken ? "composer.placeholder.taken" : "composer.placeholder")}
          enterkeyhint="send"
          data-composer
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={(event) => {
            // While a syllable is being put together Enter only ends that.
            if (event.isComposing || event.keyCode === 229) return;
            if (event.key === "Escape") {
              event.stopPropagation();
              event.currentTarget.blur();
            }
            if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
            event.preventDefault();
            void send();
          }}
        />
        <button
          type="submit"
          class="button primary composer-send"
          aria-label={t("composer.send")}
          title={unavailable ?? t("composer.send")}
          aria-disabled={empty || unavailable !== null || undefined}
        >
          <Icon name={busy.value ? "progress" : "send"} class={busy.value ? "spin" : ""} />
        </button>
      </div>
      {size >= NEAR_B && (
        <p class={`composer-size small ${tooLong ? "tone-red" : "muted"}`} role="status">
          {t("composer.size", { size: bytes(size), limit: bytes(MAX_TEXT_B) })} {tooLong && t("composer.tooLong")}
        </p>
      )}
    </form>
  );
}

export function Composer({ session, mayWrite }: { session: SessionSummary; mayWrite: boolean }) {
  if (session.state === "closed") return <Silent reason={t("composer.closed")} />;
  if (!mayWrite) return <Silent reason={t("composer.reader")} />;
  return <Field key={session.id} session={session} />;
}
