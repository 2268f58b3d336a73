import { useSignal } from "@preact/signals";
import { Icon, type IconName } from "../../components/icons.tsx";
import { MoreMenu } from "../../components/more-menu.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { SessionSummary } from "../../protocol/messages.gen.ts";
import { isHandedOver } from "../../stores/index.ts";
import { Ask } from "../account/parts/ask.tsx";
import { TextField } from "../account/parts/fields.tsx";
import { isMe } from "./names.ts";

const TITLE_CHARACTERS = 120;
const REASON_CHARACTERS = 1000;

type Step = "rename" | "ask" | "take" | "release" | "close";

const ICONS: Record<Step, IconName> = {
  rename: "rename",
  ask: "people",
  take: "account",
  release: "undo",
  close: "lock",
};

/** What can be done with a session as it is now. */
function stepsOf(session: SessionSummary, mine: boolean): Step[] {
  const { taken_by: taken } = session;
  return [
    "rename",
    ...(taken === null && !isHandedOver(session) ? (["ask"] as const) : []),
    ...(taken === null ? (["take"] as const) : mine ? (["release"] as const) : []),
    "close",
  ];
}

function Rename({ session, onClose }: { session: SessionSummary; onClose(): void }) {
  const { sessions } = useStores();
  const title = useSignal(session.title);
  return (
    <Ask
      title={t("session.rename.title")}
      label={t("session.rename.save")}
      danger={false}
      onClose={onClose}
      onConfirm={() => sessions.rename(session.id, title.value.trim())}
    >
      <TextField label={t("session.rename.label")} value={title} maxLength={TITLE_CHARACTERS} focus />
    </Ask>
  );
}

function AskForPerson({ session, onClose }: { session: SessionSummary; onClose(): void }) {
  const { sessions } = useStores();
  const reason = useSignal("");
  const body = () => ({ step: "ask" as const, ...(reason.value.trim() === "" ? {} : { reason: reason.value.trim() }) });
  return (
    <Ask
      title={t("session.ask.title")}
      label={t("session.ask")}
      danger={false}
      onClose={onClose}
      onConfirm={() => sessions.handover(session.id, body())}
    >
      <p>{t("session.ask.why")}</p>
      <TextField label={t("session.ask.reason")} value={reason} required={false} maxLength={REASON_CHARACTERS} focus />
    </Ask>
  );
}

/** The question that a step begins with. */
function Question({ step, session, onClose }: { step: Step; session: SessionSummary; onClose(): void }) {
  const { sessions } = useStores();
  switch (step) {
    case "rename":
      return <Rename session={session} onClose={onClose} />;
    case "ask":
      return <AskForPerson session={session} onClose={onClose} />;
    case "close":
      return (
        <Ask
          title={t("session.close.title")}
          label={t("session.close")}
          onClose={onClose}
          onConfirm={() => sessions.close(session.id)}
        >
          <p>{t("session.close.why")}</p>
        </Ask>
      );
    case "take":
    case "release":
      return (
        <Ask
          title={t(`session.${step}`)}
          label={t(`session.${step}`)}
          danger={false}
          onClose={onClose}
          onConfirm={() => sessions.handover(session.id, { step })}
        >
          <p>{t(step === "take" ? "session.take.why" : "handover.you")}</p>
        </Ask>
      );
  }
}

/** The button that opens what can be done with the session as a whole. */
export function SessionMenu({ session }: { session: SessionSummary }) {
  const stores = useStores();
  const asked = useSignal<Step | null>(null);
  return (
    <>
      <MoreMenu label={t("session.actions")}>
        {(close) => (
          <>
            <div class="menu-head">
              <strong class="clip">{session.title || t("session.untitled")}</strong>
            </div>
            <ul class="menu">
              {stepsOf(session, isMe(stores, session.taken_by)).map((step) => (
                <li key={step}>
                  <button
                    type="button"
                    class={`menu-entry ${step === "close" ? "tone-red" : ""}`}
                    onClick={() => {
                      close();
                      asked.value = step;
                    }}
                  >
                    <Icon name={ICONS[step]} />
                    {t(`session.${step}`)}
                  </button>
                </li>
              ))}
            </ul>
          </>
        )}
      </MoreMenu>
      {asked.value && (
        <Question
          step={asked.value}
          session={session}
          onClose={() => {
            asked.value = null;
          }}
        />
      )}
    </>
  );
}
