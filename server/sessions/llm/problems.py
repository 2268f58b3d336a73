"""What went wrong at the model's endpoint, as a sentence that says what to do. A reply's body is shown only in part."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelServerError,
    ModelTimeoutError,
    ModelUnavailableError,
)

from server.sessions.llm.limits import SILENCE_S
from server.sessions.runner import ModelUnavailable, RunFailed

log = logging.getLogger(__name__)

DETAIL_CHARS = 300


@dataclass(frozen=True)
class Problem:
    """`error`: what the run fails with. `again`: trying once more may help, after `wait_s` where the endpoint says."""

    error: RunFailed
    again: bool = False
    wait_s: float | None = None


class Explainer:
    """Turns errors into problems. The key is cut out of whatever the endpoint says."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def explain(self, error: Exception, *, begun: bool) -> Problem:
        """Say what `error` means. `begun`: a part of the answer had come, so that asking again would say it twice."""
        problem = self._problem(error, begun)
        return Problem(problem.error, problem.again and not begun, problem.wait_s)

    def _problem(self, error: Exception, begun: bool) -> Problem:
        match error:
            case TimeoutError():
                return Problem(silent())
            case ModelQuotaExceededError():
                return Problem(RunFailed("The account of PILOTHOUSE_LLM_KEY has no credit left at the provider."))
            case ModelRateLimitError():
                return _busy("The model's endpoint takes no more requests just now.", error)
            case ModelUnavailableError() | ModelServerError():
                return _busy(f"The model's endpoint has an error of its own{_status(error)}.", error)
            case ModelTimeoutError(phase="read"):
                return Problem(silent())
            case ModelConnectionError():
                return Problem(_lost(error, begun), again=True)
            case ModelAPIError():
                return Problem(self._rejected(error, begun))
            case _:
                # A library at its wits' end: the operator can tell garbage from a fault of it only by this line.
                log.warning("a model's answer cannot be read: %s: %s", type(error).__name__, self._shown(str(error)))
                return Problem(broken_off() if begun else no_api())

    def _rejected(self, error: ModelAPIError, begun: bool) -> RunFailed:
        match error:
            case ModelContextWindowExceededError() | ModelHTTPError(status_code=413):
                return too_long()
            case _ if "context size" in _message(error.body):
                # llama.cpp's words for it.
                return too_long()
            case ModelAuthenticationError():
                return RunFailed("The model's endpoint refuses the key. Check PILOTHOUSE_LLM_KEY.")
            case ModelNotFoundError():
                return RunFailed(
                    "The model's endpoint does not know this model or this address. "
                    "Check PILOTHOUSE_LLM_MODEL and PILOTHOUSE_LLM_URL."
                )
            case ModelRequestRejectedError() | ModelHTTPError():
                return RunFailed(f"The model's endpoint refuses the request{_status(error)}{self._detail(error)}.")
            case _:
                return broken_off() if begun else no_api()

    def _detail(self, error: ModelAPIError) -> str:
        said = self._shown(_message(error.body)).rstrip(".")
        return f": {said}" if said else ""

    def _shown(self, said: str) -> str:
        if self._secret:
            said = said.replace(self._secret, "<redacted>")
        return " ".join(said.split())[:DETAIL_CHARS]


def silent() -> ModelUnavailable:
    return ModelUnavailable(f"The model has written nothing for {SILENCE_S:g} seconds. Send it again later.")


def too_long() -> RunFailed:
    return RunFailed("This has become longer than the model can take. Ask in a new session, or about less at once.")


def _busy(sentence: str, error: ModelAPIError) -> Problem:
    wait_s = error.retry_after
    return Problem(ModelUnavailable(f"{sentence} Send it again later.", retry_after_s=wait_s), True, wait_s)


def _lost(error: ModelConnectionError, begun: bool) -> ModelUnavailable:
    if begun or error.phase in ("read", "write"):
        return ModelUnavailable("The connection to the model was lost in the middle of its answer. Send it again.")
    return ModelUnavailable("The model's endpoint cannot be reached. Check PILOTHOUSE_LLM_URL, and that it runs.")


def endless() -> RunFailed:
    return RunFailed("The model writes on without end, where nobody reads it. Ask in other words, or choose another.")


def broken_off() -> ModelUnavailable:
    return ModelUnavailable("The model's answer broke off in the middle. Send it again.")


def no_api() -> RunFailed:
    return RunFailed(
        "What answers at the model's endpoint does not speak its API. Check PILOTHOUSE_LLM_API and PILOTHOUSE_LLM_URL."
    )


def _status(error: ModelAPIError) -> str:
    return f" ({error.status_code})" if isinstance(error, ModelHTTPError) else ""


def _message(body: Any) -> str:
    """The sentence in an error's body, wherever this provider puts it."""
    for _ in range(3):
        if not isinstance(body, dict):
            break
        body = body.get("error") or body.get("message") or body.get("detail")
    return body if isinstance(body, str) else ""
