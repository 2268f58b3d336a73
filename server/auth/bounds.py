"""There is an end to how many of a thing there may be: all of them are kept in memory."""

from __future__ import annotations

from server.errors import AppError


class TooMany(AppError):
    """There are as many as there may be; one has to go first."""

    code = "too_many"
    status = 409
