import { useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { CopyButton } from "../../components/copy.tsx";
import { LoadFailure } from "../../components/load-failure.tsx";
import { Ports } from "../../components/ports.tsx";
import { Ago } from "../../components/time.tsx";
import { useStores } from "../../hooks/index.ts";
import { count } from "../../i18n/format.ts";
import { type MessageKey, t } from "../../i18n/index.ts";
import type { ContainerDetail, ContainerView } from "../../protocol/messages.gen.ts";
import { type LoadError, loadError } from "../../stores/index.ts";

/** The engine's full description, read again whenever the list says that the container changed. */
function useDetail(container: ContainerView) {
  const { api, connection } = useStores();
  const detail = useSignal<ContainerDetail | null>(null);
  const failure = useSignal<LoadError | null>(null);
  const attempt = useSignal(0);
  const reachable = useComputed(() => connection.canAct.value).value;
  const { id, condition, started_at: startedAt } = container;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another state or start is what changes the description.
  useEffect(() => {
    const abort = new AbortController();
    api.container(id, abort.signal).then(
      (read) => {
        detail.value = read;
        failure.value = null;
      },
      (reason: unknown) => {
        if (!abort.signal.aborted) failure.value = loadError(reason);
      },
    );
    return () => abort.abort();
  }, [id, condition, startedAt, reachable, attempt.value]);
  return {
    detail: detail.value,
    failure: failure.value,
    retry: () => {
      attempt.value += 1;
    },
  };
}

function Fact({ name, children }: { name: MessageKey; children: ComponentChildren }) {
  if (children === null || children === "" || children === undefined) return null;
  return (
    <div class="fact">
      <dt>{t(name)}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Section({ name, children }: { name: MessageKey; children: ComponentChildren }) {
  return (
    <section class="facts-section">
      <h2>{t(name)}</h2>
      {children}
    </section>
  );
}

function Words({ words }: { words: readonly string[] }) {
  return words.length ? <code>{words.map(quoted).join(" ")}</code> : null;
}

/** As a shell would want it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function StateFacts({ container, detail }: { container: ContainerView; detail: ContainerDetail }) {
  const { started_at: startedAt, finished_at: finishedAt, exit_code: code } = container;
  return (
    <dl class="facts">
      <Fact name="fact.status">{container.status}</Fact>
      <Fact name="fact.started">{startedAt && <Ago at={startedAt} />}</Fact>
      <Fact name="fact.finished">{finishedAt && <Ago at={finishedAt} />}</Fact>
      <Fact name="fact.exitCode">
        {code !== null && container.state !== "running"
          ? `${code}${container.oom_killed ? ` · ${t("why.oom")}` : ""}`
          : null}
      </Fact>
      <Fact name="fact.restarts">{count(container.restart_count)}</Fact>
      <Fact name="fact.restartPolicy">{detail.restart_policy}</Fact>
      <Fact name="fact.error">{detail.error}</Fact>
    </dl>
  );
}

function Identity({ container, detail }: { container: ContainerView; detail: ContainerDetail }) {
  return (
    <dl class="facts">
      <Fact name="fact.image">
        <code>{container.image}</code>
      </Fact>
      <Fact name="fact.id">
        <span class="with-copy">
          <code title={container.id}>{container.id.slice(0, 12)}</code>
          <CopyButton text={container.id} label={t("copy.id")} />
        </span>
      </Fact>
      <Fact name="fact.project">{container.project}</Fact>
      <Fact name="fact.service">{container.service}</Fact>
      <Fact name="fact.created">
        <Ago at={container.created} />
      </Fact>
      <Fact name="fact.entrypoint">{detail.entrypoint.length ? <Words words={detail.entrypoint} /> : null}</Fact>
      <Fact name="fact.command">{detail.command.length ? <Words words={detail.command} /> : null}</Fact>
      <Fact name="fact.workingDir">{detail.working_dir && <code>{detail.working_dir}</code>}</Fact>
      <Fact name="fact.user">{detail.user}</Fact>
      <Fact name="fact.hostname">{detail.hostname && <code>{detail.hostname}</code>}</Fact>
    </dl>
  );
}

function Details({ container, detail }: { container: ContainerView; detail: ContainerDetail }) {
  const networks = Object.entries(detail.networks);
  const labels = Object.entries(detail.all_labels).sort(([a], [b]) => a.localeCompare(b));
  return (
    <div class="inspect">
      <Section name="facts.state">
        <StateFacts container={container} detail={detail} />
      </Section>
      <Section name="facts.identity">
        <Identity container={container} detail={detail} />
      </Section>
      {detail.health_log.length > 0 && (
        <Section name="facts.health">
          <ul class="health-log">
            {detail.health_log.toReversed().map(({ at, exit_code: code, output }) => (
              <li key={at}>
                <span class={code === 0 ? "tone-green" : "tone-red"}>
                  {code === 0 ? t("health.passed") : t("health.failed", { code })}
                </span>
                <span class="muted">
                  <Ago at={at} />
                </span>
                {output.trim() && <pre>{output.trim()}</pre>}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section name="facts.network">
        <dl class="facts">
          <Fact name="fact.ports">
            {container.ports.length ? <Ports container={container} /> : t("fact.ports.none")}
          </Fact>
          {networks.map(([network, address]) => (
            <div class="fact" key={network}>
              <dt>{network}</dt>
              <dd>{address ? <code>{address}</code> : t("fact.address.none")}</dd>
            </div>
          ))}
        </dl>
      </Section>
      {detail.mounts.length > 0 && (
        <Section name="facts.mounts">
          <dl class="facts">
            {detail.mounts.map(({ kind, source, target, read_only: readOnly }) => (
              <div class="fact" key={target}>
                <dt>
                  <code>{target}</code>
                </dt>
                <dd>
                  <code>{source}</code>{" "}
                  <span class="muted">{readOnly ? t("fact.mount.readOnly", { kind }) : kind}</span>
                </dd>
              </div>
            ))}
          </dl>
        </Section>
      )}
      {labels.length > 0 && (
        <Section name="facts.labels">
          <dl class="facts labels">
            {labels.map(([label, value]) => (
              <div class="fact" key={label}>
                <dt>
                  <code>{label}</code>
                </dt>
                <dd>
                  <code>{value}</code>
                </dd>
              </div>
            ))}
          </dl>
        </Section>
      )}
    </div>
  );
}

const LINES = [60, 44, 72, 52];

export function Inspect({ container }: { container: ContainerView }) {
  const { detail, failure, retry } = useDetail(container);
  if (detail) return <Details container={container} detail={detail} />;
  if (failure) return <LoadFailure error={failure} onRetry={retry} />;
  return (
    <div class="inspect skeleton" aria-hidden="true">
      {LINES.map((width) => (
        <span class="bone" key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}
