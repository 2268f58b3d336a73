import { useSignal } from "@preact/signals";
import { Button } from "../../components/button.tsx";
import { Ago } from "../../components/time.tsx";
import { useStores } from "../../hooks/index.ts";
import { rich, t } from "../../i18n/index.ts";
import type { LoginList, LoginView } from "../../protocol/messages.gen.ts";
import { Ask } from "./parts/ask.tsx";
import { deviceName } from "./parts/device.ts";
import type { Resource } from "./parts/resource.ts";
import { Loaded, Section } from "./parts/section.tsx";
import { Refusal, useSubmission } from "./parts/submission.tsx";

function Device({ login, onEnd }: { login: LoginView; onEnd(id: string): Promise<void> }) {
  const sent = useSubmission();
  const name = deviceName(login.agent);
  return (
    <li class="entry">
      <div class="entry-main">
        <p class="entry-title">
          <strong title={login.agent ?? undefined}>{name}</strong>
          {login.current && <span class="badge this">{t("account.device.this")}</span>}
        </p>
        <p class="facts-line">
          {login.address && <span>{t("account.device.address", { address: login.address })}</span>}
          <span>{rich("account.device.since", { when: <Ago at={login.created_at} /> })}</span>
          {!login.current && <span>{rich("account.device.seen", { when: <Ago at={login.last_seen_at} /> })}</span>}
        </p>
        <Refusal of={sent} />
      </div>
      {!login.current && (
        <Button
          label={t("account.device.end")}
          kind="plain"
          busy={sent.busy.value}
          onClick={() => void sent.run(() => onEnd(login.id))}
        >
          <span class="hidden-text"> {name}</span>
        </Button>
      )}
    </li>
  );
}

/** This one first, then the latest seen. */
function inOrder(logins: readonly LoginView[]): LoginView[] {
  return [...logins].sort(
    (a, b) => Number(b.current) - Number(a.current) || b.last_seen_at.localeCompare(a.last_seen_at),
  );
}

/** Where the person is signed in, and the way to end each. */
export function DevicesSection({ logins }: { logins: Resource<LoginList> }) {
  const { identity } = useStores().api;
  const asked = useSignal(false);
  const others = logins.data.value?.logins.filter((login) => !login.current) ?? [];
  const keep = (stays: (login: LoginView) => boolean): void => {
    logins.update((list) => ({ logins: list.logins.filter(stays) }));
  };
  const end = async (id: string): Promise<void> => {
    await identity.endLogin(id);
    keep((login) => login.id !== id);
  };
  const endOthers = async (): Promise<void> => {
    await identity.endOtherLogins();
    keep((login) => login.current);
  };
  return (
    <Section
      title={t("account.devices")}
      about={t("account.devices.about")}
      action={
        others.length > 1 && (
          <Button
            label={t("account.devices.end")}
            onClick={() => {
              asked.value = true;
            }}
          />
        )
      }
    >
      <Loaded of={logins}>
        {(list) => (
          <>
            <ul class="entries">
              {inOrder(list.logins).map((login) => (
                <Device key={login.id} login={login} onEnd={end} />
              ))}
            </ul>
            {others.length === 0 && <p class="muted entries-note">{t("account.devices.only")}</p>}
          </>
        )}
      </Loaded>
      {asked.value && (
        <Ask
          title={t("account.devices.end.title")}
          label={t("account.devices.end")}
          onClose={() => {
            asked.value = false;
          }}
          onConfirm={endOthers}
        >
          <p>{t("account.devices.end.why", { count: others.length })}</p>
        </Ask>
      )}
    </Section>
  );
}
