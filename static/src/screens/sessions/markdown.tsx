import { useMemo } from "preact/hooks";
import { CopyButton } from "../../components/copy.tsx";
import { language, t } from "../../i18n/index.ts";
import { type Block, blocksOf, type Span, spansOf } from "./markdown-blocks.ts";

function Inline({ span }: { span: Span }) {
  switch (span.kind) {
    case "code":
      return <code>{span.text}</code>;
    case "bold":
      return <strong>{span.text}</strong>;
    case "emphasis":
      return <em>{span.text}</em>;
    case "link":
      return (
        <a class="link" href={span.href} target="_blank" rel="noreferrer noopener">
          {span.text}
        </a>
      );
    default:
      return <>{span.text}</>;
  }
}

function Inlines({ text }: { text: string }) {
  return (
    <>
      {spansOf(text).map((span, index) => (
        <Inline key={index} span={span} />
      ))}
    </>
  );
}

function BlockView({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading":
      return (
        <p class="md-heading">
          <Inlines text={block.text} />
        </p>
      );
    case "list": {
      const items = block.items.map((item, index) => (
        <li key={index}>
          <Inlines text={item} />
        </li>
      ));
      return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
    }
    case "code":
      return (
        <div class="md-code">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard. */}
          <pre tabIndex={0}>{block.text}</pre>
          <CopyButton text={block.text} label={t("message.copy.code")} />
        </div>
      );
    case "quote":
      return (
        <blockquote>
          <Inlines text={block.text} />
        </blockquote>
      );
    case "paragraph":
      return (
        <p>
          <Inlines text={block.text} />
        </p>
      );
  }
}

/** A text of an agent, whatever it holds: elements are made of it, never HTML. */
export function Markdown({ text }: { text: string }) {
  const tongue = language.value;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the buttons in it speak the chosen language.
  return useMemo(
    () => (
      <div class="md">
        {blocksOf(text).map((block, index) => (
          <BlockView key={index} block={block} />
        ))}
      </div>
    ),
    [text, tongue],
  );
}
