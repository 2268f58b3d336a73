import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icons.tsx";

interface ButtonProps {
  label: string;
  icon?: IconName;
  kind?: "normal" | "plain" | "primary" | "danger";
  /** Show the icon alone; the label becomes the name and the hover. */
  iconOnly?: boolean;
  /** Why it cannot be used now. It stays focusable, so that everyone can learn the reason. */
  unavailable?: string | null;
  pressed?: boolean;
  expanded?: boolean;
  busy?: boolean;
  class?: string;
  children?: ComponentChildren;
  onClick(event: MouseEvent): void;
}

export function Button(props: ButtonProps) {
  const { label, icon, kind = "normal", iconOnly = false, unavailable = null, pressed, expanded, busy } = props;
  const classes = ["button"];
  if (kind !== "normal") classes.push(kind);
  if (iconOnly) classes.push("icon-only");
  if (pressed !== undefined) classes.push("toggle");
  if (props.class) classes.push(props.class);
  return (
    <button
      type="button"
      class={classes.join(" ")}
      title={unavailable ?? (iconOnly ? label : undefined)}
      aria-label={iconOnly ? label : undefined}
      aria-disabled={unavailable ? true : undefined}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-haspopup={expanded === undefined ? undefined : "dialog"}
      aria-description={unavailable ?? undefined}
      onClick={(event) => {
        if (!unavailable) props.onClick(event);
      }}
    >
      {busy ? <Icon name="progress" class="spin" /> : icon && <Icon name={icon} />}
      {!iconOnly && label}
      {props.children}
    </button>
  );
}
