"""What is said of the provider in the environment: checked at the start, so that no sign-in finds it wrong."""

from __future__ import annotations

from typing import Any

import pytest

from server.access import Role
from server.auth.oidc_settings import OidcSettings, is_trustworthy, oidc_settings
from server.config import Config
from server.errors import StartupError


def settings(**values: Any) -> OidcSettings:
    found = oidc_settings(
        Config(
            **{
                "oidc_issuer": "https://id.example.net/realms/ops",
                "oidc_client_id": "pilothouse",
                "oidc_roles": ("ops=operator", "sre=admin", "staff=viewer"),
                **values,
            }
        )
    )
    assert found is not None
    return found


def test_without_an_issuer_there_is_no_provider() -> None:
    assert oidc_settings(Config()) is None


@pytest.mark.parametrize(
    "values", [{"oidc_client_id": "pilothouse"}, {"oidc_client_secret": "secret"}, {"oidc_roles": ("ops=admin",)}]
)
def test_a_provider_without_an_issuer_stops_the_start(values: dict[str, Any]) -> None:
    with pytest.raises(StartupError, match="OIDC_ISSUER"):
        oidc_settings(Config(**values))


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"oidc_issuer": "http://id.example.net"}, "OIDC_ISSUER"),
        ({"oidc_issuer": "id.example.net"}, "OIDC_ISSUER"),
        ({"oidc_client_id": ""}, "OIDC_CLIENT_ID"),
        ({"oidc_roles_claim": ""}, "OIDC_ROLES_CLAIM"),
        ({"oidc_roles": ()}, "OIDC_ROLES"),
        ({"oidc_roles": ("ops",)}, "'ops'"),
        ({"oidc_roles": ("ops=",)}, "'ops='"),
        ({"oidc_roles": ("=admin",)}, "'=admin'"),
        ({"oidc_roles": ("ops=operator", "sre=root")}, "'sre=root'"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(values: dict[str, Any], names: str) -> None:
    with pytest.raises(StartupError, match=names):
        settings(**values)


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://id.example.net", True),
        ("https://id.example.net:8443/realms/ops", True),
        ("http://127.0.0.1:9000", True),
        ("http://localhost:9000", True),
        ("http://[::1]:9000", True),
        ("http://id.example.net", False),
        ("http://127.0.0.1.example.net", False),
        ("https://", False),
        ("https:///path", False),
        ("https://ann@id.example.net", False),
        ("https://id.example.net?realm=ops", False),
        ("https://id.example.net#ops", False),
        ("https://id.example.net:port", False),
        ("https://[", False),
        ("https://id.example.net/a b", False),
        ("ftp://127.0.0.1", False),
        ("", False),
    ],
)
def test_only_https_or_this_machine_is_trusted(url: str, trusted: bool) -> None:
    assert is_trustworthy(url) is trusted


@pytest.mark.parametrize(
    ("claim", "claims", "role"),
    [
        ("groups", {"groups": ["ops"]}, Role.OPERATOR),
        ("groups", {"groups": "sre"}, Role.ADMIN),
        ("groups", {"groups": ["staff", "sre", "ops"]}, Role.ADMIN),
        ("realm_access.roles", {"realm_access": {"roles": ["staff"]}}, Role.VIEWER),
        ("https://example.net/roles", {"https://example.net/roles": ["ops"]}, Role.OPERATOR),
        ("groups", {"groups": ["OPS", " ops", "opsx"]}, None),
        ("groups", {"groups": "staff ops"}, None),
        ("groups", {"groups": []}, None),
        ("groups", {"groups": None}, None),
        ("groups", {"groups": {"ops": True}}, None),
        ("groups", {"groups": [["ops"], {"ops": 1}, None, 7]}, None),
        ("groups", {}, None),
        ("realm_access.roles", {"realm_access": ["ops"]}, None),
        ("realm_access.roles", {"realm_access": {"roles.ops": ["ops"]}}, None),
    ],
)
def test_the_highest_role_of_the_claim_counts(claim: str, claims: dict[str, Any], role: Role | None) -> None:
    assert settings(oidc_roles_claim=claim).role(claims) is role


def test_the_name_of_a_group_may_hold_an_equals_sign() -> None:
    assert settings(oidc_roles=("cn=ops=operator",)).role({"groups": ["cn=ops"]}) is Role.OPERATOR


def test_the_button_is_called_as_the_provider_is() -> None:
    assert settings().name == "id.example.net"
    assert settings(oidc_name="Example Inc.").name == "Example Inc."


def test_the_secret_is_not_shown() -> None:
    assert "very secret" not in repr(settings(oidc_client_secret="very secret"))
