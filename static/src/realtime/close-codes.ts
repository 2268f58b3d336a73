// What the client does about each way in which the server ends a socket. The table is in docs/protocol.md.

export interface Stopped {
  /** The close code; 0 when the page itself disconnected. */
  code: number;
  reason: "done" | "token_expired" | "token_revoked" | "forbidden" | "protocol_error" | "disconnected";
  /** For people: the server's words where it gave any. */
  message: string;
}

export type ClosePolicy =
  /** Wait `leastMs` and then the backoff; with `spreadMs` a random part of that instead of the backoff. */
  | { kind: "retry"; leastMs: number; spreadMs?: number; dropCommand?: true }
  /** Get a new token, then connect at once. */
  | { kind: "refresh" }
  | { kind: "stop"; stopped: Stopped };

const POOL_FULL_MS = 5_000;
// Everybody's socket ends at the same moment: come back over ten seconds, not all at once.
const RESTART_SPREAD_MS = 10_000;
const RATE_LIMITED_MS = 5_000;

/** Return what to do about close `code`. `reason` is the close frame's, `words` the last error the server sent before. */
export function closePolicy(code: number, reason: string, words: string | null): ClosePolicy {
  const stop = (why: Stopped["reason"], message: string): ClosePolicy => ({
    kind: "stop",
    stopped: { code, reason: why, message: words ?? (reason || message) },
  });
  switch (code) {
    case 1000:
      return stop("done", "The server ended the connection.");
    case 1001:
    case 1012:
      return { kind: "retry", leastMs: 0, spreadMs: RESTART_SPREAD_MS };
    case 1009:
      return { kind: "retry", leastMs: 0, dropCommand: true };
    case 1013:
      return { kind: "retry", leastMs: POOL_FULL_MS };
    case 4001:
      return { kind: "refresh" };
    case 4008:
      return { kind: "retry", leastMs: retryAfterMs(reason) };
    case 4500:
      return stop("token_revoked", "Your access was revoked. Sign in again.");
    case 4501:
      return stop("protocol_error", "The server did not understand this page. Reload it.");
    case 4503:
      return stop("forbidden", "You may not listen to anything here.");
    default:
      return { kind: "retry", leastMs: 0 };
  }
}

/** The close reason carries the seconds to wait, as in `retry_after=12`. */
function retryAfterMs(reason: string): number {
  const seconds = /retry_after\D{0,2}(\d+(?:\.\d+)?)/.exec(reason)?.[1];
  return seconds === undefined ? RATE_LIMITED_MS : Number(seconds) * 1000;
}
