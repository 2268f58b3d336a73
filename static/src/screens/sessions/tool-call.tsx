import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { Tone } from "../../components/condition.tsx";
import { CopyButton } from "../../components/copy.tsx";
import { Icon, type IconName } from "../../components/icons.tsx";
import { Reason } from "../../components/reason.tsx";
import { useStores } from "../../hooks/index.ts";
import { type MessageKey, t } from "../../i18n/index.ts";
import type { PermissionView } from "../../protocol/messages.gen.ts";
import { ApprovalCard } from "./approval-card.tsx";
import { Outcome } from "./approval-outcome.tsx";
import type { ToolEntry } from "./entries.ts";
import { visible } from "./visible.ts";

interface Look {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly word: MessageKey & `tool.${string}`;
}

function lookOf({ result, over }: ToolEntry, permission: PermissionView | undefined): Look {
  const refused = permission !== undefined && permission.state !== "allowed" && permission.state !== "pending";
  if (refused) return { icon: "stop", tone: "grey", word: "tool.unused" };
  if (result !== null) {
    return result.ok
      ? { icon: "done", tone: "green", word: "tool.ok" }
      : { icon: "failed", tone: "red", word: "tool.failed" };
  }
  if (over) return { icon: "stop", tone: "grey", word: "tool.unused" };
  return { icon: "progress", tone: "blue", word: "tool.running" };
}

/** Arguments as they are, readable: what they are compared by is their meaning, not their spaces. */
export function argumentsText(call: ToolEntry["call"]): string {
  return Object.keys(call.arguments).length === 0 ? "" : visible(JSON.stringify(call.arguments, null, 2));
}

function indented(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Text of a machine: monospaced, no higher than a hand, with a way to take it along. */
function Output({ label, text, copy }: { label: string; text: string; copy: string }) {
  return (
    <div class="output">
      <p class="output-head">
        <span class="muted small">{label}</span>
        <CopyButton text={text} label={copy} />
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard. */}
      <pre class="code-box" tabIndex={0}>
        {text}
      </pre>
    </div>
  );
}

function Details({ entry, id }: { entry: ToolEntry; id: string }) {
  const { call, result } = entry;
  const given = argumentsText(call);
  return (
    <div class="tool-details" id={id}>
      {given === "" ? (
        <p class="muted small">{t("tool.arguments.none")}</p>
      ) : (
        <Output label={t("tool.arguments")} text={given} copy={t("tool.copy.arguments")} />
      )}
      {result !== null && !result.ok && result.code !== null && (
        <p class="tone-red">
          <Reason of={{ code: result.code, message: null }} />
        </p>
      )}
      {result !== null &&
        (result.text === "" ? (
          <p class="muted small">{t("tool.result.empty")}</p>
        ) : (
          <Output label={t("tool.result")} text={indented(result.text)} copy={t("tool.copy.result")} />
        ))}
      {result?.truncated && <p class="muted small">{t("tool.truncated")}</p>}
    </div>
  );
}

/** A call of a tool in one line, which opens; in full while it waits for somebody's leave. */
export function ToolCall({ entry }: { entry: ToolEntry }) {
  const { permissions } = useStores();
  const open = useSignal(false);
  const panel = useId();
  const permission = entry.permission === null ? undefined : permissions.known.value.get(entry.permission);
  if (permission?.state === "pending") return <ApprovalCard permission={permission} />;
  const { icon, tone, word } = lookOf(entry, permission);
  return (
    <div class="tool" data-tool-of={permission?.id}>
      <button
        type="button"
        class="tool-line"
        aria-expanded={open.value}
        aria-controls={open.value ? panel : undefined}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <Icon name={open.value ? "down" : "right"} class="muted" />
        <Icon name="tool" class="muted" />
        <span class="tool-title clip" title={visible(entry.call.title)}>
          {visible(entry.call.title)}
        </span>
        <span class={`mark tone-${tone}`}>
          <Icon name={icon} class={icon === "progress" ? "spin" : ""} />
          {t(word)}
        </span>
      </button>
      {permission !== undefined && <Outcome permission={permission} />}
      {open.value && <Details entry={entry} id={panel} />}
    </div>
  );
}
