"""After a day in the life of the server no secret is to be found where it does not belong."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pyotp
from aiohttp import ClientSession, CookieJar

from tests.process.people import PASSWORD, STRANGER, Caller, People, peopled

NO_ENGINE = "unix:///nonexistent/docker.sock"
NEW_PASSWORD = "another horse, another battery"
WRONG_PASSWORD = "not the right one at all"
# A password that an account's name could be.
NAME_LIKE = "correcthorse99"


async def test_no_secret_is_in_the_log_or_in_the_database(tmp_path: Path) -> None:
    secrets: dict[str, str] = {"password": PASSWORD, "new password": NEW_PASSWORD, "wrong password": WRONG_PASSWORD}
    secrets["password like a name"] = NAME_LIKE
    jar = CookieJar(unsafe=True)
    async with (
        ClientSession(cookie_jar=jar) as http,
        peopled(http, tmp_path, engine=NO_ENGINE, LOG_LEVEL="debug") as (server, people),
    ):
        await live(people, secrets)
        secrets |= {f"cookie {cookie.key}": cookie.value for cookie in jar if cookie.value}
        await server.stop()
        log = server.log.read_bytes()
        stored = {path.name: path.read_bytes() for path in server.data.iterdir() if path.is_file()}

    keys = json.loads(stored.pop("secrets.json"))
    secrets |= {f"key {at}": value for at, value in enumerate(strings(keys)) if len(value) > 30}
    assert {"password", "access token", "API token", "TOTP secret", "recovery code"} <= secrets.keys()
    assert any(name.startswith("cookie") for name in secrets)
    assert any(name.startswith("key") for name in secrets)
    for what, secret in secrets.items():
        for form in forms(secret):
            assert form not in log, f"the {what} is in the log"
            for name, content in stored.items():
                assert form not in content, f"the {what} is in {name}"


async def live(people: People, secrets: dict[str, str]) -> None:
    """Do what hands secrets about, rightly and wrongly, and remember each of them."""
    admin = people.admin
    secrets["access token"] = admin.token or ""
    wrong = {"name": "admin", "password": WRONG_PASSWORD}
    assert (await people.ask(STRANGER, "POST", "/api/v1/auth/sign-in", wrong))[0] == 401
    # People do type their password into the other field.
    for typed in (PASSWORD, NAME_LIKE):
        await people.ask(STRANGER, "POST", "/api/v1/auth/sign-in", {"name": typed, "password": "admin"})
    await people.ask(STRANGER, "GET", f"/api/v1/users?password={WRONG_PASSWORD}")
    await people.ask(Caller("forger", f"{admin.token}x"), "GET", "/api/v1/users")
    ann = await people.add("ann", "operator")
    token = await people.token(ann, "ci", "read")
    secrets["API token"] = (token.token or "").rpartition("_")[2]
    await people.ask(token, "GET", "/api/v1/users")

    _, begun = await people.ask(ann, "POST", "/api/v1/account/second-factor", {"password": PASSWORD})
    secrets["TOTP secret"] = begun["secret"]
    code = pyotp.TOTP(begun["secret"]).now()
    _, confirmed = await people.ask(ann, "PUT", "/api/v1/account/second-factor", {"code": code})
    secrets["recovery code"] = confirmed["codes"][0]
    body = {"name": "ann", "password": PASSWORD, "code": confirmed["codes"][1]}
    assert (await people.ask(STRANGER, "POST", "/api/v1/auth/sign-in", body))[0] == 200
    assert (await people.ask(STRANGER, "POST", "/api/v1/auth/refresh"))[0] == 200
    change = {"current": PASSWORD, "new": NEW_PASSWORD}
    assert (await people.ask(ann, "PUT", "/api/v1/account/password", change))[0] == 204


def forms(secret: str) -> set[bytes]:
    """A secret as it may have been written."""
    raw = secret.encode()
    written = {raw, base64.b64encode(raw), raw.hex().encode()}
    if set(secret) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567="):
        written.add(base64.b32decode(secret + "=" * (-len(secret) % 8)))
    return {form for form in written if len(form) >= 8}


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in strings(one)]
    return [value] if isinstance(value, str) else []
