import { CopyButton } from "../../components/copy.tsx";
import { Icon } from "../../components/icons.tsx";
import { Clock } from "../../components/time.tsx";
import { useStores } from "../../hooks/index.ts";
import { percentWhole } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import type { DeltaData, MessageView, SourceView } from "../../protocol/messages.gen.ts";
import { Markdown } from "./markdown.tsx";
import { isMe, runnerName, speakerName } from "./names.ts";

function Sources({ sources }: { sources: readonly SourceView[] }) {
  if (sources.length === 0) return null;
  return (
    <details class="sources">
      <summary>{t("message.sources", { count: sources.length })}</summary>
      <ul>
        {sources.map(({ document, section, excerpt, coverage }) => (
          <li key={`${document} ${section}`}>
            <p>
              <strong>{document}</strong> {section && <span>{section}</span>}{" "}
              <span class="muted">{t("message.coverage", { percent: percentWhole(coverage * 100) })}</span>
            </p>
            <blockquote>{excerpt}</blockquote>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Something that was said, by a person or by what answers. */
export function Message({ message }: { message: MessageView }) {
  const stores = useStores();
  const { speaker, by, text, at, partial, sources } = message;
  return (
    <article class="message" data-speaker={speaker} data-mine={(speaker === "person" && isMe(stores, by)) || undefined}>
      <p class="message-head">
        <strong>{speakerName(stores, message)}</strong>
        <span class="muted small">
          <Clock at={at} />
        </span>
        <span class="message-tools">
          <CopyButton text={text} label={t("message.copy")} />
        </span>
      </p>
      {speaker === "assistant" ? <Markdown text={text} /> : <p class="said">{text}</p>}
      {partial && (
        <p class="message-note tone-amber">
          <Icon name="unhealthy" />
          {t("message.partial")}
        </p>
      )}
      <Sources sources={sources} />
    </article>
  );
}

/** The message that is being written, as far as it is. */
export function Writing({ delta, runner }: { delta: DeltaData; runner: string }) {
  const stores = useStores();
  return (
    <article class="message" data-speaker="assistant" data-writing>
      <p class="message-head">
        <strong>{runnerName(stores, runner)}</strong>
        <span class="muted small">{t("message.writing")}</span>
      </p>
      <Markdown text={delta.text} />
    </article>
  );
}
