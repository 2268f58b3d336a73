"""Why a sign-in through the provider did not happen."""

from __future__ import annotations

from server.errors import AppError


class OidcRefused(AppError):
    """What the provider says of the person does not let them in here, or this is not the sign-in that was begun."""

    code = "oidc_refused"
    status = 403


class OidcUnavailable(AppError):
    """The provider cannot be reached, or answers with what cannot be understood."""

    code = "oidc_unavailable"
    status = 502
    temporary = True
