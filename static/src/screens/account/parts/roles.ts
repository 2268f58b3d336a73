import { t } from "../../../i18n/index.ts";
import type { Role, Scope } from "../../../protocol/messages.gen.ts";
import type { Option } from "./choices.tsx";

/** Each may do what those before it may. */
export const ROLES: readonly Role[] = ["viewer", "operator", "admin"];
const SCOPES: readonly Scope[] = ["read", "operate", "admin"];

export function roleName(role: Role): string {
  return t(`people.role.${role}`);
}

export function roleOptions(): Option<Role>[] {
  return ROLES.map((value) => ({ value, label: roleName(value), why: t(`people.role.${value}.may`) }));
}

/** What a token of somebody with `role` may be used for: the scopes and the roles grow alike. */
export function scopesOf(role: Role): readonly Scope[] {
  return SCOPES.slice(0, ROLES.indexOf(role) + 1);
}

export function scopeName(scope: Scope): string {
  return t(`tokens.scope.${scope}`);
}

export function scopeOptions(role: Role): Option<Scope>[] {
  return scopesOf(role).map((value) => ({ value, label: scopeName(value), why: t(`tokens.scope.${value}.why`) }));
}
