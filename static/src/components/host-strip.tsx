import { useStores } from "../hooks/index.ts";
import { bytes, bytesPerSecond, decimal, percent } from "../i18n/format.ts";
import { t } from "../i18n/index.ts";
import type { Disk, MetricsData } from "../protocol/messages.gen.ts";
import { BrandMark } from "./brand-mark.tsx";
import { ConnectionChip, EngineBadge, ResumeNote } from "./connection-chip.tsx";
import { DataAge, useStaleHost } from "./freshness.tsx";
import { ReadOnlyBadge } from "./read-only-badge.tsx";
import { Sparkline } from "./sparkline.tsx";

const WINDOW_S = 60;

export function fullestDisk(metrics: MetricsData): Disk | null {
  return metrics.disks.reduce<Disk | null>((most, disk) => (most && most.percent >= disk.percent ? most : disk), null);
}

interface FigureProps {
  label: string;
  value: string;
  title: string;
  values: readonly number[];
  slots: number;
  max?: number;
}

function Figure({ label, value, title, ...spark }: FigureProps) {
  return (
    <div class="figure" title={title}>
      <dt>{label}</dt>
      <dd>{value}</dd>
      <Sparkline {...spark} />
    </div>
  );
}

function Figures({ metrics }: { metrics: MetricsData }) {
  const store = useStores().metrics;
  const history = store.history.value;
  const slots = Math.max(2, Math.round(WINDOW_S / store.intervalS.value) + 1);
  const recent = history.slice(-slots);
  const { cpu, memory, network, disk_io: io } = metrics;
  const disk = fullestDisk(metrics);
  const load = cpu.load?.map(decimal).join(" ");
  return (
    <dl class="figures">
      <Figure
        label={t("host.cpu")}
        value={percent(cpu.percent)}
        title={load ? t("host.cpu.load", { load }) : t("host.cpu.title")}
        values={recent.map((point) => point.cpu_percent)}
        slots={slots}
        max={100}
      />
      <Figure
        label={t("host.memory")}
        value={percent(memory.percent)}
        title={t("host.memory.title", { used: bytes(memory.used), total: bytes(memory.total) })}
        values={recent.map((point) => point.memory_percent)}
        slots={slots}
        max={100}
      />
      <Figure
        label={t("host.disk")}
        value={disk ? percent(disk.percent) : "–"}
        title={t("host.disk.title", {
          mount: disk?.mount ?? "–",
          read: bytesPerSecond(io.read_per_s),
          written: bytesPerSecond(io.write_per_s),
        })}
        values={recent.map((point) => point.read_per_s + point.write_per_s)}
        slots={slots}
      />
      <Figure
        label={t("host.network")}
        value={bytesPerSecond(network.rx_per_s + network.tx_per_s)}
        title={t("host.network.title", {
          received: bytesPerSecond(network.rx_per_s),
          sent: bytesPerSecond(network.tx_per_s),
        })}
        values={recent.map((point) => point.rx_per_s + point.tx_per_s)}
        slots={slots}
      />
    </dl>
  );
}

/** Always on top: how the host is, and how far what you see can be trusted. */
export function HostStrip() {
  const { metrics } = useStores();
  const latest = metrics.latest.value;
  return (
    <header class="strip">
      <span class="strip-brand">
        <BrandMark />
        <span class="clip">{latest?.hostname ?? "Pilothouse"}</span>
      </span>
      <div class="strip-figures" {...useStaleHost()}>
        {latest ? <Figures metrics={latest} /> : <div class="figures" aria-hidden="true" />}
      </div>
      <div class="strip-signs">
        <DataAge />
        <ResumeNote />
        <ReadOnlyBadge />
        <EngineBadge />
        <ConnectionChip />
      </div>
    </header>
  );
}
