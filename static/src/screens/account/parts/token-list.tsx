import { useSignal } from "@preact/signals";
import { Button } from "../../../components/button.tsx";
import { Ago } from "../../../components/time.tsx";
import { useStores } from "../../../hooks/index.ts";
import { absolute, date } from "../../../i18n/format.ts";
import { rich, t } from "../../../i18n/index.ts";
import type { TokenView } from "../../../protocol/messages.gen.ts";
import { Ask } from "./ask.tsx";
import { roleName, scopeName, scopesOf } from "./roles.ts";

function Ends({ token }: { token: TokenView }) {
  const { now } = useStores().connection;
  if (token.expires_at === null) return <span class="tone-amber">{t("tokens.state.never")}</span>;
  const at = new Date(token.expires_at);
  const ended = at.getTime() <= now.value;
  return (
    <time dateTime={token.expires_at} title={absolute(at)} class={ended ? "tone-red" : undefined}>
      {t(ended ? "tokens.state.ended" : "tokens.state.ends", { date: date(at) })}
    </time>
  );
}

/** What it may do, in the fewest words. */
function mayDo({ role, scopes }: TokenView): string {
  const names = (scopes.length ? scopes : scopesOf(role)).map(scopeName);
  return names.join(", ");
}

interface TokenListProps {
  tokens: readonly TokenView[];
  /** Say whose each is, and its role. */
  owned?: boolean;
  onRevoke(id: string): Promise<void>;
}

export function TokenList({ tokens, owned = false, onRevoke }: TokenListProps) {
  const asked = useSignal<TokenView | null>(null);
  const close = (): void => {
    asked.value = null;
  };
  return (
    <>
      <ul class="entries">
        {tokens.map((token) => (
          <li key={token.id} class="entry">
            <div class="entry-main">
              <p class="entry-title">
                <strong>{token.name}</strong>
                {owned && (
                  <span class="muted">
                    {token.user === null ? t("tokens.service") : t("tokens.of", { who: token.user })}
                    {" · "}
                    {roleName(token.role)}
                  </span>
                )}
              </p>
              <p class="facts-line">
                <span>{mayDo(token)}</span>
                <Ends token={token} />
                <span>
                  {token.last_used_at
                    ? rich("tokens.used", { when: <Ago at={token.last_used_at} /> })
                    : t("tokens.unused")}
                </span>
              </p>
            </div>
            <RevokeButton
              name={token.name}
              onClick={() => {
                asked.value = token;
              }}
            />
          </li>
        ))}
      </ul>
      {asked.value && (
        <Ask
          title={t("tokens.revoke.title", { name: asked.value.name })}
          label={t("tokens.revoke")}
          onClose={close}
          onConfirm={() => onRevoke(asked.value?.id ?? "")}
        >
          <p>{t("tokens.revoke.why")}</p>
        </Ask>
      )}
    </>
  );
}

/** Read out with the name: a list of buttons that all say "Revoke" helps nobody. */
function RevokeButton({ name, onClick }: { name: string; onClick(): void }) {
  return (
    <Button label={t("tokens.revoke")} kind="plain" onClick={onClick}>
      <span class="hidden-text"> {name}</span>
    </Button>
  );
}
