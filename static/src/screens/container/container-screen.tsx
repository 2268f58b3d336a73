import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ActionMenu } from "../../components/action-menu.tsx";
import { ACTION_ICONS, actionName, actionsOn, request, whyUnavailable } from "../../components/actions.ts";
import { Button } from "../../components/button.tsx";
import { ConditionMark } from "../../components/condition.tsx";
import { EngineNotice } from "../../components/connection-chip.tsx";
import { ContainerName, ImageName } from "../../components/container-name.tsx";
import { useStaleContainers } from "../../components/freshness.tsx";
import { Icon } from "../../components/icons.tsx";
import { OperationFailure, OperationProgress, showsProgress } from "../../components/operation-note.tsx";
import { Ports, publishedPorts } from "../../components/ports.tsx";
import { Age } from "../../components/time.tsx";
import { useStores } from "../../hooks/index.ts";
import { rich, t } from "../../i18n/index.ts";
import type { ContainerView } from "../../protocol/messages.gen.ts";
import { containerPath, link, linkWith, navigate, query } from "../../router.ts";
import { entriesOf, itemsOf } from "../activity/timeline.ts";
import { Timeline } from "../activity/timeline-view.tsx";
import { isUp } from "../containers/arrange.ts";
import { UnknownContainers } from "../containers/containers-screen.tsx";
import { Inspect } from "./inspect.tsx";
import { Logs } from "./logs.tsx";

const TABS = ["logs", "events", "inspect"] as const;
type Tab = (typeof TABS)[number];

const SHOWN_ACTIONS = 2;

function Head({ container }: { container: ContainerView }) {
  const stores = useStores();
  const unavailable = whyUnavailable(stores, container);
  const status = useComputed(() => stores.operations.byContainer.value.get(container.id)).value;
  const since = isUp(container) ? container.started_at : container.finished_at;
  return (
    <header class="container-head">
      <div class="container-title">
        <a
          class="back button plain icon-only"
          href={linkWith({ tab: "" }, "/containers")}
          aria-label={t("container.back")}
        >
          <Icon name="back" />
        </a>
        <h1 class="title clip" tabIndex={-1} title={container.name}>
          <ContainerName container={container} />
        </h1>
        {status && showsProgress(container, status) ? (
          <OperationProgress container={container} status={status} />
        ) : (
          <ConditionMark container={container} />
        )}
        <span class="container-actions">
          {actionsOn(stores, container)
            .filter((action) => action !== "kill" && action !== "remove")
            .slice(0, SHOWN_ACTIONS)
            .map((action) => (
              <Button
                key={action}
                label={actionName(action)}
                icon={ACTION_ICONS[action]}
                unavailable={unavailable}
                onClick={() => request(stores, container, action)}
              />
            ))}
          <ActionMenu container={container} />
        </span>
      </div>
      <p class="container-line muted">
        <ImageName image={container.image} />
        {container.project && (
          <a class="link" href={link("/containers", { q: container.project })}>
            {container.project}
          </a>
        )}
        {since && (
          <span>{rich(isUp(container) ? "container.up" : "container.down", { time: <Age at={since} /> })}</span>
        )}
        {container.restart_count > 0 && <span>{t("container.restarts", { count: container.restart_count })}</span>}
        {publishedPorts(container).length > 0 && (
          <span class="ports">
            <Ports container={container} limit={4} />
          </span>
        )}
      </p>
      {status && <OperationFailure container={container} status={status} />}
    </header>
  );
}

function TabLinks({ chosen }: { chosen: Tab }) {
  return (
    <nav class="tab-links" aria-label={t("container.tabs")}>
      {TABS.map((tab) => (
        <a key={tab} href={linkWith({ tab })} aria-current={tab === chosen ? "page" : undefined} data-replace>
          {t(`tab.${tab}`)}
        </a>
      ))}
    </nav>
  );
}

function Events({ container }: { container: ContainerView }) {
  const { activity } = useStores();
  const entries = useComputed(() => entriesOf(itemsOf(activity.items.value, container.id)));
  if (entries.value.length) return <Timeline entries={entries.value} named={false} />;
  return <p class="empty">{t(activity.loading.value ? "events.loading" : "events.none")}</p>;
}

function Gone({ name }: { name: string }) {
  return (
    <div class="empty">
      <h1 class="title" tabIndex={-1}>
        {t("container.gone", { name })}
      </h1>
      <p>{t("container.gone.why")}</p>
      <p class="empty-links">
        <a class="button" href="/containers">
          {t("container.back")}
        </a>
        <a class="button" href={link("/activity", { q: name })}>
          {t("container.gone.activity")}
        </a>
      </p>
    </div>
  );
}

function Skeleton() {
  return (
    <div class="skeleton container-skeleton" aria-hidden="true">
      <span class="bone" />
      <span class="bone" />
    </div>
  );
}

/** One container: what it is, what it says, what happened to it. */
export function ContainerScreen({ name }: { name: string }) {
  const { containers } = useStores();
  const stale = useStaleContainers();
  const lastId = useRef<string | null>(null);
  const found = containers.find(name);
  const renamed = !found && lastId.current ? containers.find(lastId.current) : undefined;
  const newName = renamed?.name;
  if (found) lastId.current = found.id;

  useEffect(() => {
    // The page follows its container to its new name.
    if (newName) navigate(linkWith({}, containerPath(newName)), { replace: true });
  }, [newName]);

  const container = found ?? renamed;
  if (containers.loading.value) return <Skeleton />;
  if (!container) {
    return (
      <section class="screen">
        <EngineNotice />
        {containers.unknown.value ? <UnknownContainers /> : <Gone name={name} />}
      </section>
    );
  }
  const wanted = query("tab");
  const tab = TABS.find((known) => known === wanted) ?? "logs";
  return (
    <section class="container-screen" data-container={container.id} {...stale}>
      <EngineNotice />
      <Head container={container} />
      <TabLinks chosen={tab} />
      <div class={`tab-body tab-${tab}`}>
        {tab === "logs" && <Logs key={container.id} container={container} />}
        {tab === "events" && <Events key={container.id} container={container} />}
        {tab === "inspect" && <Inspect key={container.id} container={container} />}
      </div>
    </section>
  );
}
