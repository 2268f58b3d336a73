import { useComputed } from "@preact/signals";
import { EngineNotice } from "../../components/connection-chip.tsx";
import { Command } from "../../components/copy.tsx";
import { Denied } from "../../components/denied.tsx";
import { FilterField } from "../../components/filter-field.tsx";
import { FilterLinks } from "../../components/filter-links.tsx";
import { useStaleContainers } from "../../components/freshness.tsx";
import { Icon } from "../../components/icons.tsx";
import { LoadFailure } from "../../components/load-failure.tsx";
import { NothingFound } from "../../components/nothing-found.tsx";
import { ScreenHead } from "../../components/screen-head.tsx";
import { useStores } from "../../hooks/index.ts";
import { count } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import { linkWith, query } from "../../router.ts";
import { type Arrangement, arrange, countStates, SORT_KEYS, STATE_FILTERS } from "./arrange.ts";
import { ContainerList } from "./list.tsx";
import { useStableList } from "./stable-list.ts";

function fromAddress(): Arrangement {
  const sort = query("sort");
  const state = query("state");
  return {
    text: query("q"),
    state: STATE_FILTERS.find((known) => known === state) ?? null,
    sort: SORT_KEYS.find((known) => known === sort) ?? null,
    descending: query("dir") === "desc",
    grouped: query("group") !== "none",
  };
}

const LINES = [72, 54, 64, 48, 68, 58, 44, 62];

function Skeleton() {
  return (
    <div class="list skeleton" aria-hidden="true">
      {LINES.map((width) => (
        <div class="row" key={width}>
          <span class="bone" />
          <span class="bone" style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}

function NoContainers() {
  return (
    <div class="empty">
      <h2>{t("containers.none")}</h2>
      <p>{t("containers.none.next")}</p>
      <Command text="docker run -d --name hello -p 8080:80 nginx" />
    </div>
  );
}

/** What to do about it stands in the engine's own notice. */
export function UnknownContainers() {
  return (
    <div class="empty">
      <h2>{t("containers.unknown")}</h2>
      <p>{t("containers.unknown.next")}</p>
      <Command text="sudo systemctl status docker" />
    </div>
  );
}

/** The list of all containers. */
export function ContainersScreen({ beside = false }: { beside?: boolean }) {
  const { containers, connection } = useStores();
  const stale = useStaleContainers();
  const list = useStableList();
  const how = useComputed(fromAddress);
  const groups = useComputed(() => arrange(list.value, how.value));
  const counts = useComputed(() => countStates(list.value));
  const total = list.value.length;
  const { error, loading } = containers;
  if (error.value) return <LoadFailure error={error.value} onRetry={() => containers.refresh()} />;
  if (connection.denied.value.has("containers")) {
    return (
      <section class="screen">
        <ScreenHead title={t("nav.containers")} level={beside ? 2 : 1} />
        <Denied channel="containers" />
      </section>
    );
  }
  const { state, grouped, text } = how.value;
  const numbers = counts.value;
  return (
    <section class="screen" {...stale} aria-busy={loading.value}>
      <ScreenHead
        title={t("nav.containers")}
        level={beside ? 2 : 1}
        note={loading.value || containers.unknown.value ? "" : count(total)}
      />
      {!beside && <EngineNotice />}
      {(total > 0 || loading.value) && (
        <div class="tools">
          <FilterField label={t("containers.filter")} />
          <FilterLinks
            label={t("containers.states")}
            name="state"
            chosen={state ?? ""}
            choices={[
              { value: "", label: t("containers.all"), count: total },
              ...STATE_FILTERS.map((value) => ({ value, label: t(`containers.${value}`), count: numbers[value] })),
            ]}
          />
          <a
            class="button plain toggle group-toggle"
            href={linkWith({ group: grouped ? "none" : "" })}
            aria-current={grouped ? "true" : undefined}
            data-replace
          >
            <Icon name="group" />
            <span class="group-toggle-word">{t("containers.group")}</span>
          </a>
        </div>
      )}
      {loading.value ? (
        <Skeleton />
      ) : containers.unknown.value ? (
        <UnknownContainers />
      ) : !total ? (
        <NoContainers />
      ) : groups.value.length ? (
        <ContainerList groups={groups.value} how={how.value} searching={text !== ""} />
      ) : (
        <NothingFound filters={["q", "state"]} />
      )}
    </section>
  );
}
