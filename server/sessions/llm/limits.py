"""How long and how much: what the language model may take, and what it is given."""

from __future__ import annotations

SILENCE_S = 60.0
"""A model from which nothing comes for this long is given up. Thinking and arguments of a tool count as life."""

TRIES = 3
"""Times that one request is sent when the endpoint cannot serve it just now."""
BACKOFF_S = (1.0, 4.0)
"""Waits between the tries, where the endpoint names none."""
MOST_WAIT_S = 30.0
"""An endpoint that asks for a longer wait is not waited for: a person would rather be told."""

ANSWER_TOKENS = 16_000
"""Of one answer, where the API wants to be told: Anthropic's does."""

WRITTEN_CHARS = 2**20
"""Of one answer, thoughts and arguments of tools included: these are in no other limit, and are held in memory."""

SLIPS = 3
"""Answers in a row that are empty, or of which every tool call was nonsense."""
CALLS = 16
"""Tool calls of one answer that are done; the model is told of the others."""
CALL_ID_CHARS = 64

RESULT_CHARS = 24_000
"""Of one tool's result: 200 lines of a log and more."""
CONVERSATION_CHARS = 600_000
"""Of all results of a run together. Beyond every model's context or close to it, and what is kept stays writable."""

SOURCES = 3
"""Passages of runbooks that are named below an answer."""
SOURCES_COVERAGE = 0.4
"""Below it nothing fits well, as the tool itself says."""

HISTORY_CHARS = 24_000
"""Of what was said before in the session; the newest is kept."""
SAID_CHARS = 6_000
"""Of one earlier message."""
