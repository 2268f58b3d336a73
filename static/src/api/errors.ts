/**
 * A request that did not work. `message` is for people. `status` is 0 when no answer came: then `code` is `network`,
 * `timeout`, or `bad_answer` for an answer that is not Pilothouse's.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  readonly status: number;
  readonly requestId: string | null;

  constructor(code: string, message: string, status = 0, requestId: string | null = null) {
    super(message);
    this.code = code;
    this.status = status;
    this.requestId = requestId;
  }

  /** Whether the same request may work later: nothing answered, or the server said that it cannot just now. */
  get temporary(): boolean {
    return (
      this.status === 0 || this.status === 429 || this.status === 502 || this.status === 503 || this.status === 504
    );
  }
}

/** Read the one error format of REST, also where it stands as the last line of a stream. */
export function errorFrom(body: unknown, status: number): ApiError {
  const error = isRecord(body) ? body.error : undefined;
  if (isRecord(error) && typeof error.code === "string" && typeof error.message === "string") {
    const requestId = error.request_id;
    return new ApiError(error.code, error.message, status, typeof requestId === "string" ? requestId : null);
  }
  return new ApiError("bad_answer", `Something between this page and Pilothouse answered ${status}.`, status);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
