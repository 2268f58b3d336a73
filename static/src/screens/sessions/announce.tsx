import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import { entriesOf } from "./entries.ts";
import { isMe, speakerName } from "./names.ts";

// Longer answers are there to be read; nobody waits for the end of one that is read out.
const MOST_CHARACTERS = 400;

/** Reads out what others say in the session, once it is whole, and what waits for a decision. */
export function Announce() {
  const stores = useStores();
  const { conversation, permissions } = stores;
  const said = useSignal("");
  const known = useRef<string | null>(null);
  const events = conversation.events.value;
  useEffect(() => {
    if (events === null) return;
    const last = entriesOf(events.slice(-20)).at(-1);
    const before = known.current;
    known.current = last?.key ?? "";
    // What was there when the session was opened is no news.
    if (before === null || last === undefined || last.key === before) return;
    if (last.kind === "message" && !isMe(stores, last.message.by)) {
      const text = last.message.text.slice(0, MOST_CHARACTERS);
      said.value = t("message.said", { who: speakerName(stores, last.message), text });
    } else if (last.kind === "tool" && last.permission !== null) {
      const waits = permissions.known.value.get(last.permission)?.state === "pending";
      if (waits) said.value = t("approval.announce", { what: last.call.title });
    }
  }, [events, stores, permissions, said]);
  return (
    <p class="hidden-text" role="status">
      {said}
    </p>
  );
}
