import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { RunnerName, WorkspaceView } from "../../protocol/messages.gen.ts";
import { linkWith, navigate, query, sessionPath, setQuery } from "../../router.ts";
import { Ask } from "../account/parts/ask.tsx";
import { Choice, Select } from "../account/parts/choices.tsx";
import { Refusal, useSubmission } from "../account/parts/submission.tsx";
import { runnerName } from "./names.ts";

/** Begin a session and go there. What is tried again after a failure begins the same one. */
function useBegin(): (workspace: string | null, runner: RunnerName | null) => Promise<void> {
  const stores = useStores();
  const key = useRef<string | null>(null);
  return async (workspace, runner) => {
    key.current ??= stores.newId();
    const body = { ...(workspace === null ? {} : { workspace }), ...(runner === null ? {} : { runner }) };
    const session = await stores.sessions.open(body, key.current);
    key.current = null;
    navigate(linkWith({ new: "" }, sessionPath(session.id)));
  };
}

interface ChooseProps {
  workspaces: readonly WorkspaceView[];
  onClose(): void;
}

/** Where there is a choice: in which workspace, and who answers. */
function Choose({ workspaces, onClose }: ChooseProps) {
  const stores = useStores();
  const begin = useBegin();
  const runners = stores.sessions.runners.value;
  const workspace = useSignal(workspaces[0]?.id ?? "");
  const runner = useSignal<RunnerName>((runners.find((one) => one.default) ?? runners[0])?.name ?? "builtin");
  return (
    <Ask
      title={t("sessions.new")}
      label={t("sessions.new.begin")}
      danger={false}
      onClose={onClose}
      onConfirm={() => begin(workspace.value || null, runners.length > 0 ? runner.value : null)}
    >
      {workspaces.length > 1 && (
        <Select
          label={t("sessions.new.workspace")}
          options={workspaces.map(({ id, name }) => ({ value: id, label: name }))}
          chosen={workspace.value}
          onChoose={(id) => {
            workspace.value = id;
          }}
        />
      )}
      {runners.length > 1 && (
        <Choice
          label={t("sessions.new.runner")}
          options={runners.map(({ name }) => ({ value: name, label: runnerName(stores, name) }))}
          chosen={runner}
        />
      )}
    </Ask>
  );
}

/** Begins a session: at once, or after the choices that there are. */
export function NewSession({ primary = true }: { primary?: boolean }) {
  const { connection, sessions } = useStores();
  const begin = useBegin();
  const sent = useSubmission();
  const choosing = useSignal(false);
  const workspaces = (sessions.workspaces.value ?? []).filter(({ role }) => role !== "viewer");
  const several = workspaces.length > 1 || sessions.runners.value.length > 1;
  const start = (): void => {
    if (several) choosing.value = true;
    else void sent.run(() => begin(workspaces[0]?.id ?? null, null));
  };
  // The palette and the key come with it in the address; what is needed to choose may come later.
  const asked = query("new") !== "" && sessions.workspaces.value !== null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each time that it is asked for.
  useEffect(() => {
    if (!asked) return;
    setQuery({ new: "" });
    start();
  }, [asked]);
  return (
    <>
      <Button
        label={t("sessions.new")}
        icon="add"
        kind={primary ? "primary" : "normal"}
        class="new-session"
        busy={sent.busy.value}
        unavailable={connection.canAct.value ? null : t("unavailable.offline")}
        onClick={start}
      />
      <Refusal of={sent} />
      {choosing.value && (
        <Choose
          workspaces={workspaces}
          onClose={() => {
            choosing.value = false;
          }}
        />
      )}
    </>
  );
}
