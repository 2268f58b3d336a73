/**
 * A request that did not work. `message` is for people. `status` is 0 when no answer came: then `code` is `network`,
 * `timeout`, or `bad_answer` for an answer that is not Pilothouse's. `retryAfterS` is how long the server asks to wait.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  readonly status: number;
  readonly requestId: string | null;
  readonly retryAfterS: number | null;

  constructor(
    code: string,
    message: string,
    status = 0,
    requestId: string | null = null,
    retryAfterS: number | null = null,
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.requestId = requestId;
    this.retryAfterS = retryAfterS;
  }

  /** Whether the same request may work later: nothing answered, or the server said that it cannot just now. */
  get temporary(): boolean {
    return (
      this.status === 0 || this.status === 429 || this.status === 502 || this.status === 503 || this.status === 504
    );
  }
}

/** How long whoever failed asks to wait; 0 where nothing is asked. */
export function retryAfterMs(error: unknown): number {
  return error instanceof ApiError ? (error.retryAfterS ?? 0) * 1000 : 0;
}

/** Read the one error format of REST, also where it stands as the last line of a stream. */
export function errorFrom(body: unknown, status: number, retryAfterS: number | null = null): ApiError {
  const error = isRecord(body) ? body.error : undefined;
  if (isRecord(error) && typeof error.code === "string" && typeof error.message === "string") {
    const requestId = typeof error.request_id === "string" ? error.request_id : null;
    return new ApiError(error.code, error.message, status, requestId, retryAfterS);
  }
  const message = `Something between this page and Pilothouse answered ${status}.`;
  return new ApiError("bad_answer", message, status, null, retryAfterS);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
