import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { LoadFailure } from "../../components/load-failure.tsx";
import { Ago } from "../../components/time.tsx";
import { useStores } from "../../hooks/index.ts";
import { rich, t } from "../../i18n/index.ts";
import type { PolicyMode, PolicyView, WorkspaceView } from "../../protocol/messages.gen.ts";
import { type LoadError, loadError } from "../../stores/index.ts";
import { Choice, Choices, Select } from "../account/parts/choices.tsx";
import { Form, FormButtons } from "../account/parts/form.tsx";
import { Refusal, useSubmission } from "../account/parts/submission.tsx";
import { who } from "./names.ts";

const MODES: readonly PolicyMode[] = ["ask_always", "allow_reads", "allow_tools"];

/** The server's tools that change something and that no policy has to keep back. */
const TOOLS = [
  "start_container",
  "stop_container",
  "restart_container",
  "pause_container",
  "unpause_container",
] as const;
type Tool = (typeof TOOLS)[number];

function isTool(name: string): name is Tool {
  return TOOLS.some((tool) => tool === name);
}

function PolicyForm({ workspace, policy }: { workspace: string; policy: PolicyView }) {
  const { sessions } = useStores();
  const sent = useSubmission();
  const saved = useSignal(false);
  const mode = useSignal<PolicyMode>(policy.mode);
  const tools = useSignal<ReadonlySet<Tool>>(new Set(policy.tools.filter(isTool)));
  const lacking = mode.value === "allow_tools" && tools.value.size === 0;
  const save = async (): Promise<void> => {
    saved.value = false;
    const named = mode.value === "allow_tools" ? [...tools.value] : [];
    const done = await sent.run(() => sessions.setPolicy(workspace, { mode: mode.value, tools: named }));
    saved.value = done !== null;
  };
  return (
    <Form label={t("policy.title")} onSend={() => void save()}>
      <Choice
        label={t("policy.title")}
        chosen={mode}
        options={MODES.map((value) => ({ value, label: t(`policy.${value}`), why: t(`policy.${value}.why`) }))}
      />
      {mode.value === "allow_tools" && (
        <Choices
          label={t("policy.tools")}
          chosen={tools}
          options={TOOLS.map((value) => ({ value, label: t(`policy.tool.${value}`) }))}
        />
      )}
      <p class="hint">{t("policy.why")}</p>
      <Refusal of={sent} />
      <FormButtons label={t("policy.save")} busy={sent.busy.value} disabled={lacking} />
      <p class="muted small" role="status">
        {saved.value && t("policy.saved")}{" "}
        {policy.set_by !== null &&
          policy.set_at !== null &&
          rich("policy.set", { who: who(policy.set_by), when: <Ago at={policy.set_at} /> })}
      </p>
    </Form>
  );
}

/** What the agents of a workspace may do without asking: for its owners to choose. */
export function PolicySection({ workspaces }: { workspaces: readonly WorkspaceView[] }) {
  const { sessions } = useStores();
  const chosen = useSignal(workspaces[0]?.id ?? "");
  const error = useSignal<LoadError | null>(null);
  const id = chosen.value;
  const policy = sessions.policies.value.get(id);
  const load = (workspace: string): void => {
    error.value = null;
    sessions.loadPolicy(workspace).catch((reason: unknown) => {
      error.value = loadError(reason);
    });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each workspace.
  useEffect(() => load(id), [id]);
  return (
    <section class="policy" aria-label={t("policy.open")}>
      {workspaces.length > 1 && (
        <Select
          label={t("policy.workspace")}
          options={workspaces.map(({ id: value, name }) => ({ value, label: name }))}
          chosen={id}
          onChoose={(value) => {
            chosen.value = value;
          }}
        />
      )}
      {policy ? (
        // What somebody else sets meanwhile takes the place of what was chosen here and not saved.
        <PolicyForm key={`${id} ${policy.set_at}`} workspace={id} policy={policy} />
      ) : error.value ? (
        <LoadFailure error={error.value} onRetry={() => load(id)} />
      ) : (
        <div class="skeleton" aria-hidden="true">
          <span class="bone" style={{ width: "40%" }} />
        </div>
      )}
    </section>
  );
}
