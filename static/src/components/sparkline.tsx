const WIDTH = 64;
const HEIGHT = 20;

interface SparklineProps {
  /** Oldest first. */
  values: readonly number[];
  /** How many values the whole width stands for; fewer leave room at the left. */
  slots: number;
  /** The value at the top; without it, the highest one. */
  max?: number;
}

/** A minute at a glance. The figure beside it is what is read; this only shows where it is going. */
export function Sparkline({ values, slots, max }: SparklineProps) {
  const shown = values.slice(-slots);
  if (shown.length < 2) return <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />;
  const top = Math.max(max ?? 0, max === undefined ? Math.max(...shown) : 0, Number.MIN_VALUE);
  const step = WIDTH / (slots - 1);
  const start = WIDTH - (shown.length - 1) * step;
  const points = shown.map((value, index) => {
    const y = HEIGHT - 1.5 - Math.min(1, value / top) * (HEIGHT - 3);
    return `${(start + index * step).toFixed(1)} ${y.toFixed(1)}`;
  });
  const line = `M${points.join("L")}`;
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="spark-fill" d={`${line}L${WIDTH} ${HEIGHT}L${start.toFixed(1)} ${HEIGHT}z`} />
      <path class="spark-line" d={line} />
    </svg>
  );
}
