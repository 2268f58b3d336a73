import { useSignal } from "@preact/signals";
import { useCallback } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Command } from "../../components/copy.tsx";
import { FilterField } from "../../components/filter-field.tsx";
import { NothingFound } from "../../components/nothing-found.tsx";
import { ScreenHead } from "../../components/screen-head.tsx";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { TokenList, UserView } from "../../protocol/messages.gen.ts";
import { query } from "../../router.ts";
import { Once } from "../account/parts/once.tsx";
import { type Resource, useResource } from "../account/parts/resource.ts";
import { roleName } from "../account/parts/roles.ts";
import { Loaded } from "../account/parts/section.tsx";
import { TokensSection } from "../account/parts/tokens.tsx";
import { AddPerson } from "./add-person.tsx";
import { ForbiddenNotice } from "./forbidden.tsx";
import { Person } from "./person.tsx";

/** A password that an administrator has to hand over. */
interface Handover {
  readonly title: string;
  readonly name: string;
  readonly password: string;
}

function matches(user: UserView, text: string): boolean {
  const hay = [user.name, roleName(user.role), ...user.labels, user.disabled ? t("people.disabled") : ""];
  return text.split(/\s+/).every((word) => hay.join(" ").toLowerCase().includes(word));
}

function NobodyFound({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return <NothingFound filters={["q"]} />;
  }
  return (
    <div class="empty">
      <h2>{t("people.none")}</h2>
      <p>{t("people.none.next")}</p>
      <Command text="python -m server user add NAME --role admin" />
    </div>
  );
}

function workingTokensOf(name: string, tokens: TokenList | null, now: number): number {
  const works = (end: string | null) => end === null || Date.parse(end) > now;
  return tokens?.tokens.filter((token) => token.user === name && works(token.expires_at)).length ?? 0;
}

function Everybody({ tokens }: { tokens: Resource<TokenList> }) {
  const { api, connection } = useStores();
  const { identity } = api;
  const users = useResource(useCallback((signal: AbortSignal) => identity.users(signal), [identity]));
  const adding = useSignal(false);
  const handover = useSignal<Handover | null>(null);
  const text = query("q").trim().toLowerCase();
  const change = (changed: UserView): void => {
    users.update((list) => ({ users: list.users.map((user) => (user.name === changed.name ? changed : user)) }));
  };
  const list = users.data.value?.users;
  return (
    <>
      <ScreenHead title={t("nav.people")} {...(list ? { note: t("people.count", { count: list.length }) } : {})} />
      <div class="tools people-tools">
        <FilterField label={t("people.filter")} />
        {!adding.value && (
          <Button
            label={t("people.add")}
            kind="primary"
            onClick={() => {
              adding.value = true;
            }}
          />
        )}
      </div>
      {adding.value && (
        <AddPerson
          onCancel={() => {
            adding.value = false;
          }}
          onAdded={(user, password) => {
            adding.value = false;
            users.update((all) => ({ users: [...all.users, user].sort((a, b) => a.name.localeCompare(b.name)) }));
            handover.value = { title: t("people.added", { name: user.name }), name: user.name, password };
          }}
        />
      )}
      <Loaded of={users} lines={4}>
        {({ users: all }) => {
          const found = all.filter((user) => !text || matches(user, text));
          if (!found.length) return <NobodyFound filtered={all.length > 0} />;
          return (
            <ul class="people">
              {found.map((user) => (
                <Person
                  key={user.name}
                  user={user}
                  tokens={workingTokensOf(user.name, tokens.data.value, connection.now.peek())}
                  onChanged={change}
                  onPassword={(name, password) => {
                    handover.value = { title: t("people.password.done", { name }), name, password };
                  }}
                />
              ))}
            </ul>
          );
        }}
      </Loaded>
      {handover.value && (
        <Once
          title={handover.value.title}
          why={t("people.password.why", { name: handover.value.name })}
          lines={[handover.value.password]}
          onClose={() => {
            handover.value = null;
          }}
        />
      )}
    </>
  );
}

function People() {
  const { identity } = useStores().api;
  const tokens = useResource(useCallback((signal: AbortSignal) => identity.tokens(signal), [identity]));
  return (
    <>
      <Everybody tokens={tokens} />
      <div class="matters">
        <TokensSection
          title={t("tokens.all")}
          about={t("tokens.all.about")}
          none={t("tokens.all.none")}
          newLabel={t("tokens.new.service")}
          of={tokens}
          most="admin"
          service
          create={(wish) => identity.addToken(wish)}
          revoke={(id) => identity.revokeToken(id)}
        />
      </div>
    </>
  );
}

/** Who may come in, and what each may do. */
export function PeopleScreen() {
  const { session } = useStores();
  return (
    <section class="screen">
      {session.can("people") ? (
        <People />
      ) : (
        <>
          <ScreenHead title={t("nav.people")} />
          <ForbiddenNotice what="people" />
        </>
      )}
    </section>
  );
}
