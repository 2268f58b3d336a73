import { t } from "../i18n/index.ts";
import type { ContainerView, Port } from "../protocol/messages.gen.ts";

interface PublishedPort {
  readonly public: number;
  readonly label: string;
  readonly title: string;
  readonly url: string | null;
}

/** Ports on which services speak HTTP by custom; a link to a database's port would only disappoint. */
const HTTP_PORTS: ReadonlySet<number> = new Set([
  80, 81, 3000, 3001, 4200, 5000, 5173, 5601, 8000, 8008, 8080, 8081, 8082, 8086, 8088, 8090, 8096, 8100, 8123, 8200,
  8500, 8888, 9000, 9001, 9090, 9091, 9093, 9200, 15672, 16686, 19999,
]);
const HTTPS_PORTS: ReadonlySet<number> = new Set([443, 8443, 9443]);
const LOOPBACK = /^(127\.|::1$)/;
const LOOPBACK_HOST = /^(localhost|127\.|\[::1\])/;

function urlOf(port: Port): string | null {
  if (port.protocol !== "tcp" || port.public == null) return null;
  const scheme = HTTPS_PORTS.has(port.private) ? "https" : HTTP_PORTS.has(port.private) ? "http" : null;
  if (!scheme) return null;
  const host = window.location.hostname;
  // Bound to the engine's own loopback: it can be opened from that machine only.
  if (port.ip && LOOPBACK.test(port.ip) && !LOOPBACK_HOST.test(host)) return null;
  return `${scheme}://${host}:${port.public}/`;
}

/** Ports reachable from outside the container. The engine lists IPv4 and IPv6 apart; people think of one. */
export function publishedPorts({ ports }: ContainerView): PublishedPort[] {
  const found = new Map<string, PublishedPort>();
  for (const port of ports) {
    if (port.public == null) continue;
    const suffix = port.protocol === "tcp" ? "" : `/${port.protocol}`;
    const label = `${port.public}→${port.private}${suffix}`;
    if (found.has(label)) continue;
    const title = `${port.ip ?? ""}:${port.public} → ${port.private}/${port.protocol}`;
    found.set(label, {
      public: port.public,
      label: port.public === port.private ? `${port.public}${suffix}` : label,
      title,
      url: urlOf(port),
    });
  }
  return [...found.values()];
}

/** Published ports, as links where a browser can open them. */
export function Ports({ container, limit = Number.POSITIVE_INFINITY }: { container: ContainerView; limit?: number }) {
  const ports = publishedPorts(container);
  const rest = ports.slice(limit);
  return (
    <>
      {ports.slice(0, limit).map(({ label, title, url }) =>
        url ? (
          <a key={label} class="port link" href={url} title={t("ports.open", { url })} target="_blank" rel="noreferrer">
            {label}
          </a>
        ) : (
          <span key={label} class="port" title={title}>
            {label}
          </span>
        ),
      )}
      {rest.length > 0 && (
        <span class="port muted" title={rest.map(({ label }) => label).join(", ")}>
          +{rest.length}
        </span>
      )}
    </>
  );
}
