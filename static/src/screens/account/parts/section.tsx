import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { LoadFailure } from "../../../components/load-failure.tsx";
import type { Resource } from "./resource.ts";

interface SectionProps {
  title: string;
  about?: string;
  /** What can be begun here. */
  action?: ComponentChildren;
  children: ComponentChildren;
}

/** One matter of a screen: what it is on the left where there is room, and the matter itself. */
export function Section({ title, about, action, children }: SectionProps) {
  const id = useId();
  return (
    <section class="matter" aria-labelledby={id}>
      <div class="matter-head">
        <h2 id={id}>{title}</h2>
        {about && <p class="hint">{about}</p>}
        {action}
      </div>
      <div class="matter-body">{children}</div>
    </section>
  );
}

interface LoadedProps<T> {
  of: Resource<T>;
  /** Lines of the skeleton. */
  lines?: number;
  children(data: T): ComponentChildren;
}

const WIDTHS = [52, 38, 46, 58, 42];

/** What was loaded, its skeleton before the first time, or why it could not be. */
export function Loaded<T>({ of, lines = 2, children }: LoadedProps<T>) {
  const data = of.data.value;
  if (data !== null) return <>{children(data)}</>;
  if (of.error.value) return <LoadFailure error={of.error.value} onRetry={() => void of.reload()} />;
  return (
    <div class="skeleton entries" aria-hidden="true">
      {WIDTHS.slice(0, lines).map((width) => (
        <div class="entry" key={width}>
          <span class="bone" style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}
