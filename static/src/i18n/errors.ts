import { type MessageKey, t } from "./index.ts";

/**
 * What each code of an error is called here: the server's, the engine's and this page's own. A test of the server fails
 * when one of its codes is missing.
 */
const KEYS = {
  internal: "error.internal",
  engine_error: "error.engine",
  engine_unreachable: "error.engine.unreachable",
  engine_busy: "error.engine.busy",
  engine_forbids: "error.engine.forbids",
  container_not_found: "error.container.gone",
  container_conflict: "error.container.conflict",
  container_busy: "error.container.busy",
  own_container: "error.container.own",
  ambiguous_container: "error.container.ambiguous",
  invalid_container: "error.container.invalid",
  invalid_option: "error.option",
  interrupted: "error.interrupted",
  not_confirmed: "error.unconfirmed",
  forbidden: "error.forbidden",
  read_only: "error.readOnly",
  unauthenticated: "error.signIn",
  invalid_token: "error.signIn",
  token_expired: "error.signIn",
  token_revoked: "error.signIn",
  session_ended: "error.signIn",
  session_reused: "error.signIn.reused",
  wrong_credentials: "error.signIn.wrong",
  second_factor_required: "error.signIn.needed",
  wrong_code: "error.signIn.code",
  rate_limited: "error.rate",
  wrong_setup_link: "error.setup.link",
  setup_done: "error.setup.done",
  name_taken: "error.name.taken",
  invalid_name: "error.name",
  weak_password: "error.password.weak",
  wrong_password: "error.password.wrong",
  no_password: "error.password.none",
  invalid_label: "error.label",
  invalid_title: "error.title",
  user_not_found: "error.user.gone",
  token_not_found: "error.token.gone",
  login_not_found: "error.login.gone",
  workspace_not_found: "error.workspace.gone",
  last_admin: "error.last.admin",
  last_owner: "error.last.owner",
  too_many: "error.many",
  oidc_unavailable: "error.oidc.down",
  oidc_refused: "error.oidc.refused",
  oidc_not_configured: "error.oidc.none",
  second_factor_active: "error.factor.active",
  second_factor_missing: "error.factor.missing",
  user_limit: "error.sockets",
  rights_changed: "error.rights",
  request_timeout: "error.slowRequest",
  host_not_allowed: "error.address",
  origin_not_allowed: "error.address",
  too_busy: "error.busy",
  pool_full: "error.busy",
  no_sample_yet: "error.noSample",
  shutting_down: "error.restarting",
  storage_unavailable: "error.storage",
  id_reused: "error.misunderstood",
  invalid_request: "error.misunderstood",
  malformed_json: "error.misunderstood",
  not_found: "error.misunderstood",
  not_text: "error.misunderstood",
  operation_not_found: "error.misunderstood",
  protocol_error: "error.misunderstood",
  unknown_action: "error.misunderstood",
  unknown_channel: "error.misunderstood",
  unknown_type: "error.misunderstood",
  unsupported_media_type: "error.misunderstood",
  ahead: "error.history",
  epoch_changed: "error.history",
  gap: "error.history",
  network: "error.network",
  timeout: "error.timeout",
  bad_answer: "error.badAnswer",
  offline: "error.ended",
  not_sent: "error.notSent",
  no_answer: "error.noAnswer",
  too_many_commands: "error.tooMany",
  too_large: "error.tooLarge",
} as const satisfies Record<string, MessageKey>;

/** Of these the server's own sentence tells more: a name, an address, what the engine said. */
const TELLING: ReadonlySet<string> = new Set<keyof typeof KEYS>([
  "engine_error",
  "engine_unreachable",
  "engine_forbids",
  "container_conflict",
  "container_busy",
  "ambiguous_container",
  "invalid_option",
  "not_confirmed",
  "interrupted",
  "host_not_allowed",
  "origin_not_allowed",
  "storage_unavailable",
  "invalid_request",
  "bad_answer",
  "weak_password",
  "too_many",
]);

export interface Failure {
  readonly code: string | null;
  /** The sentence of whoever failed, in English. */
  readonly message: string | null;
}

export interface Reason {
  /** What happened and what to do, in the chosen language; of an unknown code the words themselves. */
  readonly sentence: string;
  /** What else is known of it, in English. */
  readonly words: string | null;
}

/** Why something failed, or null if nothing is known of it. */
export function reasonOf({ code, message }: Failure): Reason | null {
  const key = code !== null && Object.hasOwn(KEYS, code) ? KEYS[code as keyof typeof KEYS] : null;
  if (code === null || key === null) return message ? { sentence: message, words: null } : null;
  return { sentence: t(key), words: TELLING.has(code) ? message : null };
}
