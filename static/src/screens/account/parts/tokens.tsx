import { useSignal } from "@preact/signals";
import { Button } from "../../../components/button.tsx";
import { t } from "../../../i18n/index.ts";
import type { NewToken, Role, TokenList as Tokens } from "../../../protocol/messages.gen.ts";
import { Once } from "./once.tsx";
import type { Resource } from "./resource.ts";
import { Loaded, Section } from "./section.tsx";
import { TokenForm, type TokenWish } from "./token-form.tsx";
import { TokenList } from "./token-list.tsx";

interface TokensProps {
  title: string;
  about: string;
  /** What to say when there are none. */
  none: string;
  newLabel: string;
  of: Resource<Tokens>;
  /** The role whose scopes a new one may have. */
  most: Role;
  service?: boolean;
  create(wish: TokenWish): Promise<NewToken>;
  revoke(id: string): Promise<void>;
}

/** The tokens that there are, and the way to a new one. */
export function TokensSection(props: TokensProps) {
  const { title, about, none, newLabel, of, most, service = false } = props;
  const adding = useSignal(false);
  const made = useSignal<NewToken | null>(null);
  const leave = (): void => {
    adding.value = false;
  };
  const revoke = async (id: string): Promise<void> => {
    await props.revoke(id);
    of.update(({ tokens }) => ({ tokens: tokens.filter((token) => token.id !== id) }));
  };
  return (
    <Section
      title={title}
      about={about}
      action={
        !adding.value && (
          <Button
            label={newLabel}
            onClick={() => {
              adding.value = true;
            }}
          />
        )
      }
    >
      {adding.value && (
        <TokenForm
          label={newLabel}
          most={most}
          service={service}
          create={props.create}
          onCancel={leave}
          onCreated={(token) => {
            leave();
            made.value = token;
            of.update(({ tokens }) => ({ tokens: [token.view, ...tokens] }));
          }}
        />
      )}
      <Loaded of={of}>
        {({ tokens }) =>
          tokens.length ? (
            <TokenList tokens={tokens} owned={service} onRevoke={revoke} />
          ) : (
            !adding.value && <p class="muted">{none}</p>
          )
        }
      </Loaded>
      {made.value && (
        <Once
          title={t("tokens.made", { name: made.value.view.name })}
          why={t("tokens.made.why")}
          lines={[made.value.token]}
          onClose={() => {
            made.value = null;
          }}
        />
      )}
    </Section>
  );
}
