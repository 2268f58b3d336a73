"""What the end of a turn means for the run."""

from __future__ import annotations

from server.sessions.claude.wire import Result, Retrying
from server.sessions.runner import LimitReached, ModelUnavailable, RunFailed

_SAID = 300

# The command line's own words, of 2.1: it gives no status where it did not get as far as asking.
_NO_TRANSCRIPT = "No conversation found"
_USED_ID = "is already in use"
_KEY_WORDS = ("/login", "invalid api key", "authentication", "api key")
_BUSY_WORDS = ("overloaded", "rate limit", "timed out", "connection error", "unable to connect", "malformed response")


class NoTranscript(Exception):
    """There is nothing to take up again under this id, or something that must not be overwritten."""


def judge(result: Result, said: str) -> None:
    """Return when the turn was completed; a refused tool is no failure. `said`: its standard error.

    Raises:
        NoTranscript: it did not begin.
        LimitReached: it used up its turns or its money.
        ModelUnavailable: the model's API did not answer.
        RunFailed: anything else; the message says what to change.
    """
    if result.subtype == "success" and not result.is_error:
        return
    if result.subtype == "error_max_turns":
        raise LimitReached("The run has asked its model as often as PILOTHOUSE_RUN_TURNS allows. Say how to go on.")
    if result.subtype == "error_max_budget_usd":
        raise LimitReached("The run has cost as much as PILOTHOUSE_RUN_COST_USD allows. Say how to go on.")
    told = result.result or " ".join(result.errors) or said
    if _NO_TRANSCRIPT in told or _NO_TRANSCRIPT in said:
        raise NoTranscript
    if result.subtype == "success":
        raise _of_the_api(result.api_error_status, told)
    if (result.terminal_reason or "").startswith("aborted"):
        raise RunFailed("The agent was interrupted by something other than this server. Send the message again.")
    raise RunFailed(f"The agent gave up: {_short(told)}")


def ended_early(code: int | None, said: str) -> Exception:
    """What it means that the process ended in the middle of a turn."""
    if _USED_ID in said or _NO_TRANSCRIPT in said:
        return NoTranscript()
    how = "still there" if code is None else f"signal {-code}" if code < 0 else f"exit code {code}"
    words = f" Its last words: {_short(said)}" if said else ""
    return RunFailed(f"The agent ended in the middle of its turn ({how}).{words} Send the message again.")


def of_retry(retry: Retrying) -> RunFailed | None:
    """Why there is no use in waiting for another attempt; None where there is."""
    return _of_the_api(retry.error_status, retry.error) if retry.error_status in (401, 403) else None


def _of_the_api(status: int | None, told: str) -> RunFailed:
    words = told.lower()
    if status in (401, 403) or (status is None and any(word in words for word in _KEY_WORDS)):
        return RunFailed(f"The model's API does not take the key in PILOTHOUSE_CLAUDE_KEY: {_short(told)}")
    if status == 404 or "selected model" in words:
        return RunFailed(f"The model in PILOTHOUSE_CLAUDE_MODEL is not there for this key: {_short(told)}")
    if status == 429 or (status or 0) >= 500 or any(word in words for word in _BUSY_WORDS):
        return ModelUnavailable(f"The model's API does not answer as it should: {_short(told)} Try again later.")
    return RunFailed(f"The model's API refused: {_short(told)}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SAID else f"…{line[-_SAID:]}"
