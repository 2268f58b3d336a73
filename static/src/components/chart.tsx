import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { clock, clockWithSeconds } from "../i18n/format.ts";
import { language } from "../i18n/index.ts";
import { shownTheme } from "./theme.ts";

export interface Series {
  readonly label: string;
  readonly values: readonly number[];
}

interface ChartProps {
  title: string;
  /** What the title's row says at its right while no value is pointed at. */
  note?: string | undefined;
  /** Seconds since the Unix epoch, oldest first. */
  times: readonly number[];
  series: readonly Series[];
  /** The axis ends here; without it, at a round number above the highest value. */
  max?: number;
  format(value: number): string;
  /** For the axis, where a value has less room; without it, `format`. */
  formatAxis?(value: number): string;
  /** Colours are greyed while the data is stale, and a canvas must be told. */
  stale: boolean;
}

const HEIGHT_PX = 112;
/** All charts of the page point at the same moment. */
const SYNC = "host";
const SMALLEST_TOP = 1024;

/** The next of 1, 2, 5, 10, 20, 50, … of the binary unit that `value` is in: axis labels stay short. */
export function roundTop(value: number): number {
  let unit = 1;
  while (value >= unit * 1024) unit *= 1024;
  for (let step = unit; ; step *= 10) {
    for (const factor of [1, 2, 5]) {
      if (step * factor >= value) return Math.max(SMALLEST_TOP, step * factor);
    }
  }
}

function colourOf(element: Element, name: string): string {
  // A custom property keeps `light-dark(…)` as it was written; a real property gives the colour that is meant.
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function options(host: HTMLElement, props: ChartProps, onPoint: (index: number | null) => void): uPlot.Options {
  const line = colourOf(host, "--line");
  const text = colourOf(host, "--text-3");
  const font = `11px ${getComputedStyle(host).fontFamily}`;
  const axis: uPlot.Axis = {
    stroke: text,
    font,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  };
  return {
    width: host.clientWidth,
    height: HEIGHT_PX,
    // Room for half of the last time below the right end.
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      points: { size: 7 },
      sync: { key: SYNC },
    },
    scales: {
      x: { time: true },
      y: { range: (_, __, highest) => [0, props.max ?? roundTop(highest || 0)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 22,
        gap: 4,
        space: 72,
        values: (_, ticks) => ticks.map((tick) => clock(new Date(tick * 1000))),
        incrs: [60, 120, 300, 600],
      },
      {
        ...axis,
        size: 66,
        gap: 6,
        splits: (plot) => {
          const top = plot.scales.y?.max ?? 0;
          return [0, top / 2, top];
        },
        values: (_, ticks) => ticks.map((tick) => (props.formatAxis ?? props.format)(tick)),
      },
    ],
    series: [
      {},
      ...props.series.map(({ label }, index): uPlot.Series => {
        const stroke = colourOf(host, `--chart-${index + 1}`);
        return {
          label,
          stroke,
          width: 1.5,
          points: { show: false },
          ...(index === 0 ? { fill: stroke.replace(/^rgb\((.*)\)$/, "rgb($1 / 0.12)").replaceAll(",", "") } : {}),
        };
      }),
    ],
    hooks: {
      setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)],
    },
  };
}

function dataOf({ times, series }: ChartProps): uPlot.AlignedData {
  return [[...times], ...series.map(({ values }) => [...values])] as uPlot.AlignedData;
}

/** Lines over time, with the values under the cursor (or the newest ones) in words above them. */
export function Chart(props: ChartProps) {
  const { title, note, times, series, format, stale } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const pointed = useSignal<number | null>(null);
  const theme = shownTheme();
  const tongue = language.value;

  // Colours and axis labels are baked into the canvas: another theme or language means another plot.
  // biome-ignore lint/correctness/useExhaustiveDependencies: theme and language are what the plot is made from.
  useLayoutEffect(() => {
    const element = host.current;
    if (!element) return;
    const made = new uPlot(
      options(element, latest.current, (index) => {
        pointed.value = index;
      }),
      dataOf(latest.current),
      element,
    );
    plot.current = made;
    const resize = new ResizeObserver(() => {
      if (element.clientWidth !== made.width) made.setSize({ width: element.clientWidth, height: HEIGHT_PX });
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [theme, tongue, stale, series.length, pointed]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new data is what this waits for.
  useEffect(() => {
    plot.current?.setData(dataOf(latest.current));
  }, [times, series]);

  const index = pointed.value ?? times.length - 1;
  const at = times[index];
  const words = series.map(({ label, values }) => ({ label, value: format(values[index] ?? 0) }));
  const summary = words.map(({ label, value }) => `${label} ${value}`).join(", ");
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-head">
          <h2>{title}</h2>
          <span class="chart-note muted clip">
            {pointed.value !== null && at !== undefined ? clockWithSeconds(new Date(at * 1000)) : note}
          </span>
        </span>
        <span class="chart-values">
          {words.map(({ label, value }, order) => (
            <span key={label} class="chart-value">
              {series.length > 1 && <i class={`swatch chart-${order + 1}`} />}
              {series.length > 1 && <span class="muted">{label}</span>}
              <strong>{value}</strong>
            </span>
          ))}
        </span>
      </figcaption>
      <div class="plot" ref={host} role="img" aria-label={`${title}: ${summary}`} />
    </figure>
  );
}
