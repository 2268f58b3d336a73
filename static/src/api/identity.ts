import type {
  AuditOutcome,
  AuditPage,
  CodeBody,
  ConfirmBody,
  LoginList,
  MemberBody,
  NewPasswordBody,
  NewServiceTokenBody,
  NewToken,
  NewTokenBody,
  NewUserBody,
  NewWorkspaceBody,
  PasswordBody,
  RecoveryCodes,
  SessionView,
  SetupBody,
  SignedIn,
  SignInBody,
  TokenList,
  TotpSetup,
  UserChangeBody,
  UserList,
  UserView,
  WorkspaceList,
  WorkspaceView,
} from "../protocol/messages.gen.ts";
import type { Transport, Wanted } from "./transport.ts";

export interface AuditQuery {
  /** Only entries with a smaller seq. */
  before?: number | null;
  limit?: number;
  actor?: string;
  action?: string;
  outcome?: AuditOutcome;
}

const AUTH = "/api/v1/auth";
const ACCOUNT = "/api/v1/account";

/** The part of REST that is about people. Rejects as `Transport` does. */
export class IdentityApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  // Signing in

  session(signal?: AbortSignal): Promise<SessionView> {
    return this.#transport.json(`${AUTH}/session`, { signal, anonymous: true });
  }

  signIn(body: SignInBody): Promise<SignedIn> {
    return this.#transport.json(`${AUTH}/sign-in`, { method: "POST", body, anonymous: true });
  }

  setup(body: SetupBody): Promise<SignedIn> {
    return this.#transport.json(`${AUTH}/setup`, { method: "POST", body, anonymous: true });
  }

  refresh(): Promise<SignedIn> {
    return this.#transport.json(`${AUTH}/refresh`, { method: "POST", anonymous: true });
  }

  signOut(): Promise<void> {
    return this.#transport.json(`${AUTH}/sign-out`, { method: "POST", anonymous: true });
  }

  // One's own account

  changePassword(body: PasswordBody): Promise<void> {
    return this.#put(`${ACCOUNT}/password`, body);
  }

  logins(signal?: AbortSignal): Promise<LoginList> {
    return this.#get(`${ACCOUNT}/logins`, signal);
  }

  endLogin(id: string): Promise<void> {
    return this.#delete(`${ACCOUNT}/logins/${part(id)}`);
  }

  /** All but the one that asks. */
  endOtherLogins(): Promise<void> {
    return this.#delete(`${ACCOUNT}/logins`);
  }

  ownTokens(signal?: AbortSignal): Promise<TokenList> {
    return this.#get(`${ACCOUNT}/tokens`, signal);
  }

  addOwnToken(body: NewTokenBody): Promise<NewToken> {
    return this.#post(`${ACCOUNT}/tokens`, body);
  }

  revokeOwnToken(id: string): Promise<void> {
    return this.#delete(`${ACCOUNT}/tokens/${part(id)}`);
  }

  beginSecondFactor(body: ConfirmBody): Promise<TotpSetup> {
    return this.#post(`${ACCOUNT}/second-factor`, body);
  }

  confirmSecondFactor(body: CodeBody): Promise<RecoveryCodes> {
    return this.#put(`${ACCOUNT}/second-factor`, body);
  }

  removeSecondFactor(body: ConfirmBody): Promise<void> {
    return this.#post(`${ACCOUNT}/second-factor/remove`, body);
  }

  // People

  users(signal?: AbortSignal): Promise<UserList> {
    return this.#get("/api/v1/users", signal);
  }

  addUser(body: NewUserBody): Promise<UserView> {
    return this.#post("/api/v1/users", body);
  }

  changeUser(name: string, body: UserChangeBody): Promise<UserView> {
    return this.#transport.json(user(name), { method: "PATCH", body });
  }

  setPassword(name: string, body: NewPasswordBody): Promise<void> {
    return this.#put(`${user(name)}/password`, body);
  }

  removeSecondFactorOf(name: string): Promise<void> {
    return this.#delete(`${user(name)}/second-factor`);
  }

  endLoginsOf(name: string): Promise<void> {
    return this.#delete(`${user(name)}/logins`);
  }

  // Tokens of everybody, and of nobody

  tokens(signal?: AbortSignal): Promise<TokenList> {
    return this.#get("/api/v1/tokens", signal);
  }

  addToken(body: NewServiceTokenBody): Promise<NewToken> {
    return this.#post("/api/v1/tokens", body);
  }

  revokeToken(id: string): Promise<void> {
    return this.#delete(`/api/v1/tokens/${part(id)}`);
  }

  // Workspaces

  workspaces(signal?: AbortSignal): Promise<WorkspaceList> {
    return this.#get("/api/v1/workspaces", signal);
  }

  addWorkspace(body: NewWorkspaceBody): Promise<WorkspaceView> {
    return this.#post("/api/v1/workspaces", body);
  }

  setMember(workspace: string, name: string, body: MemberBody): Promise<WorkspaceView> {
    return this.#put(`/api/v1/workspaces/${part(workspace)}/members/${part(name)}`, body);
  }

  removeMember(workspace: string, name: string): Promise<void> {
    return this.#delete(`/api/v1/workspaces/${part(workspace)}/members/${part(name)}`);
  }

  // The audit trail

  audit(query: AuditQuery = {}, signal?: AbortSignal): Promise<AuditPage> {
    return this.#transport.json("/api/v1/audit", { query: { ...query }, signal });
  }

  #get<T>(path: string, signal: AbortSignal | undefined): Promise<T> {
    return this.#transport.json(path, { signal });
  }

  #post<T>(path: string, body: object): Promise<T> {
    return this.#send("POST", path, body);
  }

  #put<T>(path: string, body: object): Promise<T> {
    return this.#send("PUT", path, body);
  }

  #delete(path: string): Promise<void> {
    return this.#transport.json(path, { method: "DELETE" });
  }

  #send<T>(method: NonNullable<Wanted["method"]>, path: string, body: object): Promise<T> {
    return this.#transport.json(path, { method, body });
  }
}

function user(name: string): string {
  return `/api/v1/users/${part(name)}`;
}

function part(text: string): string {
  return encodeURIComponent(text);
}
