import { useSignal } from "@preact/signals";
import { Icon } from "../../components/icons.tsx";
import { readText, writeSetting } from "../../components/setting.ts";
import { count } from "../../i18n/format.ts";
import { type MessageKey, t } from "../../i18n/index.ts";
import { linkWith } from "../../router.ts";
import type { Arrangement, Group, SortKey } from "./arrange.ts";
import { ContainerRow } from "./row.tsx";

const COLUMNS: readonly { readonly name: string; readonly sort: SortKey | null; readonly word: MessageKey }[] = [
  { name: "state", sort: "state", word: "column.state" },
  { name: "name", sort: "name", word: "column.name" },
  { name: "image", sort: "image", word: "column.image" },
  { name: "ports", sort: null, word: "column.ports" },
  { name: "restarts", sort: "restarts", word: "column.restarts" },
  { name: "age", sort: "age", word: "column.age" },
];

/** First click sorts upwards, the second downwards, the third returns to attention first. */
function nextSort({ sort, descending }: Arrangement, column: SortKey): string {
  if (sort !== column) return linkWith({ sort: column, dir: "" });
  return descending ? linkWith({ sort: "", dir: "" }) : linkWith({ sort: column, dir: "desc" });
}

function Head({ how }: { how: Arrangement }) {
  return (
    <thead class="list-head">
      <tr class="row-head">
        {COLUMNS.map(({ name, sort, word }) => {
          const sorted = sort !== null && how.sort === sort;
          return (
            <th
              key={name}
              scope="col"
              class={`cell-${name}`}
              aria-sort={sorted ? (how.descending ? "descending" : "ascending") : undefined}
            >
              {sort ? (
                <a href={nextSort(how, sort)} data-replace>
                  {t(word)}
                  {sorted && <Icon name={how.descending ? "down" : "up"} />}
                </a>
              ) : (
                t(word)
              )}
            </th>
          );
        })}
        <th scope="col" class="cell-actions">
          <span class="hidden-text">{t("column.actions")}</span>
        </th>
      </tr>
    </thead>
  );
}

function readFolded(): ReadonlySet<string> {
  return new Set((readText("folded") ?? "").split("\n").filter(Boolean));
}

interface GroupProps {
  group: Group;
  folded: boolean;
  onFold(): void;
}

function GroupRows({ group, folded, onFold }: GroupProps) {
  const { project, containers, attention } = group;
  return (
    <tbody>
      <tr class="row-group">
        <th scope="rowgroup" colSpan={COLUMNS.length + 1}>
          <button type="button" class="fold" aria-expanded={!folded} onClick={onFold}>
            <Icon name={folded ? "right" : "down"} />
            <span class="fold-name clip">{project ?? t("group.none")}</span>
            <span class="muted">{count(containers.length)}</span>
            {attention > 0 && (
              <span class="mark tone-red">
                <Icon name="unhealthy" />
                {t("group.attention", { count: attention })}
              </span>
            )}
          </button>
        </th>
      </tr>
      {!folded && containers.map((container) => <ContainerRow key={container.id} container={container} />)}
    </tbody>
  );
}

interface ContainerListProps {
  groups: readonly Group[];
  how: Arrangement;
  /** While something is searched for, folded groups open: a hit must not hide. */
  searching: boolean;
}

export function ContainerList({ groups, how, searching }: ContainerListProps) {
  const folded = useSignal(readFolded());
  const fold = (key: string): void => {
    const next = new Set(folded.value);
    if (!next.delete(key)) next.add(key);
    folded.value = next;
    writeSetting("folded", next.size ? [...next].join("\n") : null);
  };
  // One group of no project needs no heading.
  const flat = groups.length === 1 && groups[0]?.project === null;
  return (
    <table class="list" aria-label={t("nav.containers")}>
      <Head how={how} />
      {flat ? (
        <tbody>
          {groups[0]?.containers.map((container) => (
            <ContainerRow key={container.id} container={container} />
          ))}
        </tbody>
      ) : (
        groups.map((group) => {
          const key = group.project ?? "/";
          return (
            <GroupRows key={key} group={group} folded={!searching && folded.value.has(key)} onFold={() => fold(key)} />
          );
        })
      )}
    </table>
  );
}
