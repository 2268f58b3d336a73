import { type MessageKey, t } from "../i18n/index.ts";
import type { ContainerView } from "../protocol/messages.gen.ts";
import { Icon, type IconName } from "./icons.tsx";

export type Condition = ContainerView["condition"];
export type Tone = "green" | "amber" | "red" | "blue" | "grey";

interface Look {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly word: MessageKey;
}

/** A state is always a mark, a colour and a word: never a colour alone. */
const LOOKS: Record<Condition, Look> = {
  running: { icon: "running", tone: "green", word: "condition.running" },
  healthy: { icon: "healthy", tone: "green", word: "condition.healthy" },
  starting: { icon: "starting", tone: "blue", word: "condition.starting" },
  unhealthy: { icon: "unhealthy", tone: "red", word: "condition.unhealthy" },
  paused: { icon: "paused", tone: "amber", word: "condition.paused" },
  restarting: { icon: "restart", tone: "amber", word: "condition.restarting" },
  created: { icon: "created", tone: "grey", word: "condition.created" },
  removing: { icon: "remove", tone: "blue", word: "condition.removing" },
  done: { icon: "done", tone: "grey", word: "condition.done" },
  failed: { icon: "failed", tone: "red", word: "condition.failed" },
  dead: { icon: "dead", tone: "red", word: "condition.dead" },
};

export function conditionWord(condition: Condition): string {
  return t(LOOKS[condition].word);
}

export function ConditionMark({ container }: { container: ContainerView }) {
  const { icon, tone } = LOOKS[container.condition];
  const code = container.condition === "failed" ? container.exit_code : null;
  return (
    <span class={`mark tone-${tone}`} title={container.status}>
      <Icon name={icon} />
      <span class="clip">
        {conditionWord(container.condition)}
        {code !== null && ` (${code})`}
      </span>
    </span>
  );
}
