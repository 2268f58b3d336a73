import { useCallback } from "preact/hooks";
import { useStores } from "../../hooks/index.ts";
import { t } from "../../i18n/index.ts";
import type { SessionUser } from "../../protocol/messages.gen.ts";
import { useResource } from "./parts/resource.ts";
import { TokensSection } from "./parts/tokens.tsx";

export function OwnTokensSection({ user }: { user: SessionUser }) {
  const { identity } = useStores().api;
  const tokens = useResource(useCallback((signal: AbortSignal) => identity.ownTokens(signal), [identity]));
  return (
    <TokensSection
      title={t("tokens.own")}
      about={t("tokens.own.about")}
      none={t("tokens.own.none")}
      newLabel={t("tokens.new")}
      of={tokens}
      most={user.role}
      create={({ name, scopes, days }) => identity.addOwnToken({ name, scopes, days })}
      revoke={(id) => identity.revokeOwnToken(id)}
    />
  );
}
