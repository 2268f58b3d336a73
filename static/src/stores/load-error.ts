import { ApiError } from "../api/index.ts";

/** Why there is nothing to show. `requestId` finds the request in the server's log. */
export interface LoadError {
  code: string;
  message: string;
  requestId: string | null;
}

export function loadError(error: unknown): LoadError {
  if (error instanceof ApiError) return { code: error.code, message: error.message, requestId: error.requestId };
  return { code: "internal", message: String(error), requestId: null };
}
