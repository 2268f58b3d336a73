import type { ComponentChildren } from "preact";

interface ScreenHeadProps {
  title: string;
  /** 2 when it stands beside a screen that has the page's heading. */
  level?: 1 | 2;
  note?: string;
  children?: ComponentChildren;
}

export function ScreenHead({ title, level = 1, note, children }: ScreenHeadProps) {
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <div class="screen-head">
      <Heading class="title" tabIndex={level === 1 ? -1 : undefined}>
        {title}
      </Heading>
      {note && <span class="muted">{note}</span>}
      {children}
    </div>
  );
}
