import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icons.tsx";
import { Reason } from "../../components/reason.tsx";
import { readText, writeSetting } from "../../components/setting.ts";
import { useScrollEnd } from "../../hooks/index.ts";
import { clockWithSeconds } from "../../i18n/format.ts";
import { language, t } from "../../i18n/index.ts";
import type { ContainerView } from "../../protocol/messages.gen.ts";
import { isUp } from "../containers/arrange.ts";
import type { ShownLine } from "./log-buffer.ts";
import { type Log, useLog } from "./use-log.ts";

/** This close to the end counts as being there: fractions of pixels, and half a line. */
const END_PX = 24;

function Block({ lines, times }: { lines: readonly ShownLine[]; times: boolean }) {
  const tongue = language.value;
  // The same element again tells Preact that nothing below changed.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the times are written in the chosen language.
  return useMemo(
    () => (
      <div>
        {lines.map(({ key, ts, stream, text }) => (
          <div key={key} class="log-line" data-stream={stream}>
            {times && (
              <time class="log-time" dateTime={ts} title={ts}>
                {clockWithSeconds(new Date(ts))}
              </time>
            )}
            <span class="log-stream">{stream === "stderr" && "err"}</span>
            <span class="log-text">{text || " "}</span>
          </div>
        ))}
      </div>
    ),
    [lines, times, tongue],
  );
}

function useSwitch(name: string, initial: boolean) {
  const on = useSignal((readText(name) ?? (initial ? "on" : "off")) === "on");
  const flip = (): void => {
    on.value = !on.value;
    writeSetting(name, on.value ? "on" : "off");
  };
  return { on, flip };
}

function LogEnd({ log, container, follow }: { log: Log; container: ContainerView; follow: boolean }) {
  const { state, error, lines } = log;
  if (state.value === "failed") {
    return (
      <div class="notice red" role="alert">
        <p>
          <strong>{t("logs.failed")}</strong> {error.value && <Reason of={error.value} />}
        </p>
        <Button label={t("retry")} icon="retry" onClick={log.retry} />
      </div>
    );
  }
  if (state.value === "loading") return <p class="log-note">{t("logs.loading")}</p>;
  if (!lines.value.count) return <p class="log-note">{t(isUp(container) ? "logs.none" : "logs.none.stopped")}</p>;
  if (state.value === "ended" && follow) return <p class="log-note">{t("logs.ended")}</p>;
  return null;
}

/** A container's output. It keeps to the newest line until somebody scrolls up, and never pulls them back down. */
export function Logs({ container }: { container: ContainerView }) {
  const follow = useSwitch("logs.follow", true);
  const wrap = useSwitch("logs.wrap", true);
  const times = useSwitch("logs.times", true);
  const atEnd = useRef(true);
  const log = useLog(container, follow.on.value, atEnd);
  const { blocks, count, dropped } = log.lines.value;
  const total = count + dropped;
  const { scroller, away, readTo, onScroll, toEnd } = useScrollEnd<HTMLDivElement, number>({
    atEnd,
    nearPx: END_PX,
    newest: total,
    moved: [wrap.on.value, times.on.value, log.state.value],
  });
  const unread = away.value ? total - readTo.value : 0;
  return (
    <div class="logs">
      <div class="log-tools">
        <Button label={t("logs.follow")} icon="follow" kind="plain" pressed={follow.on.value} onClick={follow.flip} />
        <Button label={t("logs.wrap")} icon="wrap" kind="plain" pressed={wrap.on.value} onClick={wrap.flip} />
        <Button label={t("logs.times")} icon="clock" kind="plain" pressed={times.on.value} onClick={times.flip} />
      </div>
      <div class="log-frame">
        <div
          class="log"
          ref={scroller}
          role="log"
          aria-live="off"
          aria-label={t("logs.of", { name: container.name })}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard.
          tabIndex={0}
          data-wrap={wrap.on.value || undefined}
          onScroll={onScroll}
        >
          {dropped > 0 && <p class="log-note">{t("logs.dropped", { count: dropped })}</p>}
          {blocks.map((lines) => (
            <Block key={lines[0]?.key} lines={lines} times={times.on.value} />
          ))}
          <LogEnd log={log} container={container} follow={follow.on.value} />
        </div>
        {away.value && (
          <button type="button" class="log-jump" onClick={toEnd}>
            <Icon name="bottom" />
            {unread > 0 ? t("logs.unread", { count: unread }) : t("logs.toEnd")}
          </button>
        )}
      </div>
    </div>
  );
}
