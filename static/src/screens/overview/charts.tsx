import { Chart } from "../../components/chart.tsx";
import { fullestDisk } from "../../components/host-strip.tsx";
import { useStores } from "../../hooks/index.ts";
import { bytes, bytesPerSecond, decimal, percent, percentWhole } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";

const CHARTS = 4;

/** The last minutes of the host in four charts that point at the same moment. */
export function HostCharts() {
  const { metrics, connection } = useStores();
  const latest = metrics.latest.value;
  const history = metrics.history.value;
  const stale = connection.dimmed.value;
  if (!latest || !history.length) {
    return (
      <div class="charts" aria-hidden="true">
        {Array.from({ length: CHARTS }, (_, index) => (
          <div class="chart" key={index}>
            {metrics.loading.value && <span class="bone" />}
          </div>
        ))}
      </div>
    );
  }
  const times = history.map(({ at }) => at);
  const { cpu, memory } = latest;
  const load = cpu.load?.map(decimal).join("  ");
  const disk = fullestDisk(latest);
  return (
    <div class="charts">
      <Chart
        title={t("host.cpu")}
        note={load && t("host.cpu.load", { load })}
        times={times}
        series={[{ label: t("host.cpu"), values: history.map((point) => point.cpu_percent) }]}
        max={100}
        format={percent}
        formatAxis={percentWhole}
        stale={stale}
      />
      <Chart
        title={t("host.memory")}
        note={t("host.memory.of", { used: bytes(memory.used), total: bytes(memory.total) })}
        times={times}
        series={[{ label: t("host.memory"), values: history.map((point) => point.memory_percent) }]}
        max={100}
        format={percent}
        formatAxis={percentWhole}
        stale={stale}
      />
      <Chart
        title={t("host.network")}
        times={times}
        series={[
          { label: t("host.received"), values: history.map((point) => point.rx_per_s) },
          { label: t("host.sent"), values: history.map((point) => point.tx_per_s) },
        ]}
        format={bytesPerSecond}
        stale={stale}
      />
      <Chart
        title={t("host.disk")}
        note={disk ? t("host.disk.of", { mount: disk.mount, used: percent(disk.percent) }) : undefined}
        times={times}
        series={[
          { label: t("host.read"), values: history.map((point) => point.read_per_s) },
          { label: t("host.written"), values: history.map((point) => point.write_per_s) },
        ]}
        format={bytesPerSecond}
        stale={stale}
      />
    </div>
  );
}
