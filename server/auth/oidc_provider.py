"""Talks with the provider. Imported with the first sign-in: HTTP and JOSE cost 12 MB that most servers never need."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote_plus

import httpx
import msgspec
from authlib.oauth2.auth import ClientAuth  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]

from server.auth import oidc_token
from server.auth.oidc_errors import OidcRefused, OidcUnavailable
from server.auth.oidc_settings import OidcSettings, is_trustworthy
from server.auth.oidc_state import Pending
from server.clock import Clock

T = TypeVar("T")

log = logging.getLogger(__name__)

DISCOVERY = "/.well-known/openid-configuration"
METADATA_S = 3600.0
TIMEOUT_S = 5.0
MOST_B = 256 * 1024
# What all who wait for the same failed answer are told at once: one after the other would each wait 5 s.
FAILED_S = 5.0

_MESSAGE = "The provider cannot be reached at the moment. Try again later, or tell an administrator."
_FORM = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What is used of the discovery document (OpenID Connect Discovery 1.0, section 3; RFC 9207, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    scopes_supported: tuple[str, ...] = ()
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    id_token: str
    access_token: str | None = None


class _OAuthError(msgspec.Struct, frozen=True, kw_only=True):
    error: str


class Provider:
    """One provider, as its discovery document describes it."""

    def __init__(self, settings: OidcSettings, clock: Clock, *, timeout_s: float = TIMEOUT_S) -> None:
        """Reads certificates: call it in a thread. SSL_CERT_FILE names those of a private authority. `timeout_s` bounds
        each request to the provider."""
        self._settings = settings
        self._clock = clock
        self._timeout_s = timeout_s
        self._ssl: ssl.SSLContext = httpx.create_ssl_context()
        self._asking = asyncio.Lock()
        self._metadata: Metadata | None = None
        self._keys: list[dict[str, Any]] | None = None
        self._read_at = 0.0
        self._failed_at: float | None = None

    async def authorization_url(self, pending: Pending, redirect_uri: str) -> str:
        """Return where the browser has to go.

        Raises:
            OidcUnavailable: the provider does not say.
        """
        metadata = await self._discover()
        # A scope that a provider does not know is an error to some of them, and the roles may need one of their own.
        further = {"profile", self._settings.claim.partition(".")[0]} & set(metadata.scopes_supported)
        url: str = prepare_grant_uri(
            metadata.authorization_endpoint,
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope=["openid", *sorted(further)],
            state=pending.state,
            nonce=pending.nonce,
            code_challenge=create_s256_code_challenge(pending.verifier),
            code_challenge_method="S256",
        )
        return url

    async def check_answer(self, query: Mapping[str, str]) -> str:
        """Return the code of the answer that the browser brought back.

        Raises:
            OidcRefused: the provider let nobody in, or it is the answer of another provider (RFC 9207).
            OidcUnavailable: the provider had a failure of its own.
        """
        metadata = await self._discover()
        issuer = query.get("iss")
        if issuer is None and metadata.authorization_response_iss_parameter_supported:
            raise OidcRefused("The answer does not say which provider it is of. Begin again.")
        if issuer is not None and issuer != self._settings.issuer:
            raise OidcRefused("This is the answer of another provider. Begin again.")
        error = query.get("error")
        if error in ("server_error", "temporarily_unavailable"):
            raise OidcUnavailable("The provider cannot sign anybody in at the moment. Try again later.")
        if error is not None or not query.get("code"):
            raise OidcRefused("The provider did not sign you in.")
        return query["code"]

    async def claims(self, code: str, pending: Pending, redirect_uri: str) -> dict[str, Any]:
        """Return what the provider says of the person who brought `code`: the claims of an ID token that was checked.

        Raises:
            OidcRefused: the code does not count, or the ID token is not for this sign-in.
            OidcUnavailable: the provider cannot be asked.
        """
        tokens = await self._exchange(code, pending, redirect_uri)
        header = oidc_token.header(tokens.id_token)
        key = oidc_token.pick(await self._key_set(), header)
        if key is None:
            # The provider may have begun to sign with a new one since.
            key = oidc_token.pick(await self._key_set(fresh=True), header)
        return oidc_token.verify(
            tokens.id_token,
            key,
            issuer=self._settings.issuer,
            client_id=self._settings.client_id,
            nonce=pending.nonce,
            access_token=tokens.access_token,
            now_s=self._clock.now(),
        )

    async def _exchange(self, code: str, pending: Pending, redirect_uri: str) -> _Tokens:
        metadata = await self._discover()
        body = prepare_token_request(
            "authorization_code", redirect_uri=redirect_uri, code=code, code_verifier=pending.verifier
        )
        url, headers, body = self._client_auth(metadata).prepare("POST", metadata.token_endpoint, dict(_FORM), body)
        status, answer = await self._request("POST", url, headers, body)
        if status == 200:
            return _decoded(answer, _Tokens, "the answer of the token endpoint")
        error = _decoded(answer, _OAuthError, "the answer of the token endpoint").error if status < 500 else ""
        if error == "invalid_grant":
            raise OidcRefused("The provider does not know this sign-in any more. Begin again.")
        raise _unavailable(f"the token endpoint answered {status} {error[:64]!r}")

    def _client_auth(self, metadata: Metadata) -> Any:
        client_id, secret = self._settings.client_id, self._settings.client_secret
        if not secret:
            return ClientAuth(client_id, None, "none")
        # What a client gets that was registered without saying which.
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            # Both are form-encoded first (RFC 6749, section 2.3.1), which Authlib leaves to its caller.
            return ClientAuth(quote_plus(client_id), quote_plus(secret), "client_secret_basic")
        return ClientAuth(client_id, secret, "client_secret_post")

    async def _discover(self) -> Metadata:
        async with self._asking:
            now_s = self._clock.monotonic()
            if self._metadata is None or now_s - self._read_at >= METADATA_S:
                self._metadata, self._keys = await self._get_metadata(), None
                self._read_at = now_s
            return self._metadata

    async def _get_metadata(self) -> Metadata:
        issuer = self._settings.issuer
        metadata = await self._get(issuer.rstrip("/") + DISCOVERY, Metadata)
        if metadata.issuer != issuer:
            raise _unavailable(f"its discovery document is of the issuer {metadata.issuer[:256]!r}")
        for url in (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri):
            if not is_trustworthy(url.partition("?")[0]):
                raise _unavailable(f"its discovery document names {url[:256]!r}, which is not https")
        return metadata

    async def _key_set(self, *, fresh: bool = False) -> list[dict[str, Any]]:
        metadata = await self._discover()
        async with self._asking:
            if self._keys is None or fresh:
                self._keys = (await self._get(metadata.jwks_uri, oidc_token.KeySet)).keys
            return self._keys

    async def _get(self, url: str, kind: type[T]) -> T:
        if self._failed_at is not None and self._clock.monotonic() - self._failed_at < FAILED_S:
            raise OidcUnavailable(_MESSAGE)
        try:
            status, answer = await self._request("GET", url, {"Accept": "application/json"}, None)
            if status != 200:
                raise _unavailable(f"{url} answered {status}")
            return _decoded(answer, kind, url)
        except OidcUnavailable:
            self._failed_at = self._clock.monotonic()
            raise

    async def _request(self, method: str, url: str, headers: dict[str, str], body: str | None) -> tuple[int, bytes]:
        """The status and the body of an answer, not redirected, of at most 256 kB."""
        # Not compressed: a small answer could otherwise become a large one.
        headers = {**headers, "Accept-Encoding": "identity"}
        content = None if body is None else body.encode()
        answer = bytearray()
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                httpx.AsyncClient(verify=self._ssl, timeout=self._timeout_s, trust_env=False) as client,
                client.stream(method, url, headers=headers, content=content) as response,
            ):
                async for chunk in response.aiter_raw():
                    answer += chunk
                    if len(answer) > MOST_B:
                        raise _unavailable(f"{url} answered with more than {MOST_B} B")
        except TimeoutError as error:
            raise _unavailable(f"{url} did not answer in {self._timeout_s:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unavailable(f"{url}: {str(error) or type(error).__name__}") from error
        return response.status_code, bytes(answer)


def _decoded(answer: bytes, kind: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(answer, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Its words would repeat a part of what may be a token.
        raise _unavailable(f"{what} cannot be understood") from None


def _unavailable(reason: str) -> OidcUnavailable:
    """The person is told that it does not work, the log why."""
    log.warning("the OpenID Connect provider cannot be used", extra={"reason": reason})
    return OidcUnavailable(_MESSAGE)
