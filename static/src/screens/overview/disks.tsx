import { useStores } from "../../hooks/index.ts";
import { bytes, percent } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";

/** From here on a disk is worth a colour: what fills it has days at best. */
const NEARLY_FULL_PERCENT = 90;

/** How full the host's disks are, the fullest first. */
export function Disks() {
  const latest = useStores().metrics.latest.value;
  if (!latest?.disks.length) return null;
  const disks = latest.disks.toSorted((a, b) => b.percent - a.percent);
  return (
    <section class="panel" aria-labelledby="disks">
      <div class="panel-head">
        <h2 id="disks">{t("overview.disks")}</h2>
      </div>
      <ul class="disks">
        {disks.map(({ mount, device, fstype, total, used, percent: full }) => (
          <li key={mount} title={`${device} · ${fstype}`} data-full={full >= NEARLY_FULL_PERCENT || undefined}>
            <span class="clip">{mount}</span>
            <span class="meter">
              <i style={{ width: `${full}%` }} />
            </span>
            <strong>{percent(full)}</strong>
            <span class="muted">{t("host.memory.of", { used: bytes(used), total: bytes(total) })}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
