import { useSignal } from "@preact/signals";
import { Button } from "../../components/button.tsx";
import { CopyButton } from "../../components/copy.tsx";
import { t } from "../../i18n/index.ts";
import type { PermissionView } from "../../protocol/messages.gen.ts";
import { visible } from "./visible.ts";

// Lines of a command that are shown at once; a click shows all.
const SHORT_LINES = 8;
const SHORT_CHARACTERS = 600;

/** Exactly what would be done: nothing of it is left out without saying so. */
export function Exactly({ permission }: { permission: PermissionView }) {
  const all = useSignal(false);
  const { call } = permission;
  const command = call.arguments.command;
  const text = typeof command === "string" ? command : JSON.stringify(call.arguments, null, 2);
  const rest = typeof command === "string" ? restOf(call.arguments) : "";
  const full = visible(rest === "" ? text : `${text}\n\n${rest}`);
  const lines = full.split("\n");
  const long = lines.length > SHORT_LINES || full.length > SHORT_CHARACTERS;
  const shown = long && !all.value ? lines.slice(0, SHORT_LINES).join("\n").slice(0, SHORT_CHARACTERS) : full;
  return (
    <div class="exactly">
      <p class="output-head">
        <code class="muted">{visible(call.tool)}</code>
        <CopyButton text={full} label={t("approval.copy")} />
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard. */}
      <pre class="code-box" tabIndex={0}>
        {shown}
        {long && !all.value && "…"}
      </pre>
      {long && (
        <Button
          label={t(all.value ? "approval.hide" : "approval.show")}
          icon={all.value ? "up" : "down"}
          kind="plain"
          onClick={() => {
            all.value = !all.value;
          }}
        />
      )}
    </div>
  );
}

/** The arguments beside the command; nothing where it stands alone. */
function restOf({ command: _, ...others }: Record<string, unknown>): string {
  return Object.keys(others).length === 0 ? "" : JSON.stringify(others, null, 2);
}
