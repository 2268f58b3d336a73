"""The operations of signing in and of one's own account."""

from __future__ import annotations

from server.access import Permission
from server.protocol.identity import (
    CodeBody,
    ConfirmBody,
    LoginList,
    NewToken,
    NewTokenBody,
    PasswordBody,
    RecoveryCodes,
    SessionView,
    SetupBody,
    SignedIn,
    SignInBody,
    TokenList,
    TotpSetup,
)
from server.protocol.openapi import Answer, Input, Operation
from server.web.api import account, oidc, session
from server.web.api.route import Route, queries

_LOGIN_ID = Input(name="id", where="path", help="The sign-in's id.", schema={"type": "string"})
TOKEN_ID = Input(name="id", where="path", help="The token's id.", schema={"type": "string"})
_SIGNED_IN = (Answer(200, "Signed in; the cookies are set.", SignedIn),)
DONE = (Answer(204, "Done."),)
_ACCOUNT = Permission.ACCOUNT


def identity_routes() -> tuple[Route, ...]:
    return (
        Route(
            Operation(
                path="/api/v1/auth/session",
                name="getSession",
                needs="nothing",
                summary="Who the browser is signed in as",
                answers=[Answer(200, "Also for a stranger.", SessionView)],
            ),
            session.session,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/auth/sign-in",
                name="signIn",
                needs="nothing",
                summary="Sign in with name and password, and a code where the account has a second factor",
                body=SignInBody,
                answers=_SIGNED_IN,
                errors={401: "wrong_credentials, second_factor_required, wrong_code", 429: "rate_limited"},
            ),
            session.sign_in,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/auth/setup",
                name="setUp",
                needs="nothing",
                summary="Make the first account, an administrator, with the token of the printed link",
                body=SetupBody,
                answers=_SIGNED_IN,
                errors={400: "invalid_name, weak_password", 403: "wrong_setup_link", 409: "setup_done"},
            ),
            session.setup,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/auth/refresh",
                name="refresh",
                needs="nothing",
                summary="A new access token for the refresh cookie, which is changed too",
                answers=_SIGNED_IN,
                errors={401: "session_ended, session_reused"},
            ),
            session.refresh,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/auth/sign-out",
                name="signOut",
                needs="nothing",
                summary="End the sign-in; its sockets close at once",
                answers=DONE,
            ),
            session.sign_out,
        ),
        Route(
            Operation(
                path="/api/v1/auth/oidc",
                name="beginOidc",
                needs="nothing",
                summary="Go to the OpenID Connect provider",
                inputs=queries(oidc.RETURN),
                answers=[Answer(302, "To the provider, or back to the sign-in page with `error`.")],
                errors={404: "oidc_not_configured"},
            ),
            oidc.begin,
        ),
        Route(
            Operation(
                path=oidc.CALLBACK_PATH,
                name="completeOidc",
                needs="nothing",
                summary="Come back from the provider",
                answers=[Answer(302, "Where the person wanted to go, or to the sign-in page with `error`.")],
            ),
            oidc.callback,
        ),
        Route(
            Operation(
                method="PUT",
                path="/api/v1/account/password",
                name="changePassword",
                needs=_ACCOUNT,
                summary="Change one's own password; every other sign-in ends",
                body=PasswordBody,
                answers=DONE,
                errors={400: "weak_password", 403: "wrong_password", 409: "no_password", 429: "rate_limited"},
            ),
            account.change_password,
        ),
        Route(
            Operation(
                path="/api/v1/account/logins",
                name="listLogins",
                needs=_ACCOUNT,
                summary="Where one is signed in",
                answers=[Answer(200, "Newest first.", LoginList)],
            ),
            account.logins,
        ),
        Route(
            Operation(
                method="DELETE",
                path="/api/v1/account/logins",
                name="revokeOtherLogins",
                needs=_ACCOUNT,
                summary="Sign out everywhere else",
                answers=DONE,
            ),
            account.revoke_other_logins,
        ),
        Route(
            Operation(
                method="DELETE",
                path="/api/v1/account/logins/{id}",
                name="revokeLogin",
                needs=_ACCOUNT,
                summary="Sign out there",
                inputs=[_LOGIN_ID],
                answers=DONE,
                errors={404: "login_not_found"},
            ),
            account.revoke_login,
        ),
        Route(
            Operation(
                path="/api/v1/account/tokens",
                name="listOwnTokens",
                needs=_ACCOUNT,
                summary="One's own tokens",
                answers=[Answer(200, "Without the tokens themselves.", TokenList)],
            ),
            account.tokens,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/account/tokens",
                name="createOwnToken",
                needs=_ACCOUNT,
                summary="Make a token of one's own; it is shown once",
                body=NewTokenBody,
                answers=[Answer(201, "The token.", NewToken)],
                errors={403: "forbidden: a scope beyond one's role", 409: "too_many"},
            ),
            account.create_token,
        ),
        Route(
            Operation(
                method="DELETE",
                path="/api/v1/account/tokens/{id}",
                name="revokeOwnToken",
                needs=_ACCOUNT,
                summary="Revoke a token of one's own",
                inputs=[TOKEN_ID],
                answers=DONE,
                errors={404: "token_not_found"},
            ),
            account.revoke_token,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/account/second-factor",
                name="beginSecondFactor",
                needs=_ACCOUNT,
                summary="Begin to set up a second factor; not in force until confirmed",
                body=ConfirmBody,
                answers=[Answer(200, "For the authenticator app.", TotpSetup)],
                errors={403: "wrong_password", 409: "second_factor_active"},
            ),
            account.begin_second_factor,
        ),
        Route(
            Operation(
                method="PUT",
                path="/api/v1/account/second-factor",
                name="confirmSecondFactor",
                needs=_ACCOUNT,
                summary="Put the second factor in force with a first code",
                body=CodeBody,
                answers=[Answer(200, "Shown once.", RecoveryCodes)],
                errors={401: "wrong_code", 409: "second_factor_missing", 429: "rate_limited"},
            ),
            account.confirm_second_factor,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/account/second-factor/remove",
                name="removeOwnSecondFactor",
                needs=_ACCOUNT,
                summary="Do without a second factor again",
                body=ConfirmBody,
                answers=DONE,
                errors={403: "wrong_password", 409: "second_factor_missing"},
            ),
            account.remove_second_factor,
        ),
    )
