"""A real OpenID Connect provider (the npm package oidc-provider) on loopback, with accounts that a test names."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from tests.provision.oidc_package import MODULE, SOURCE
from tests.provision.programs import program

CLIENT_ID = "pilothouse"
CLIENT_SECRET = "a secret / with + signs & that % need : care"
REDIRECT_URI = "http://127.0.0.1:8100/api/v1/auth/oidc/callback"

STOP_S = 10.0


class ProviderFailed(Exception):
    """The provider did not start; the text holds its own words."""


class Provider:
    """One provider with one client, `pilothouse`. After a `stop` it can be started again under the same address.

    The methods block: inside a running event loop call them with `asyncio.to_thread`.
    """

    def __init__(self, accounts: Mapping[str, Mapping[str, Any]], redirect_uri: str = REDIRECT_URI) -> None:
        """`accounts`: subject to claims. The first one is signed in where no `login_hint` names another."""
        self._accounts = accounts
        self._redirect_uri = redirect_uri
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start the provider and return when it listens."""
        node = program("node")
        assert node is not None
        self._process = subprocess.Popen(
            [node, str(SOURCE / "provider.mjs")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # It warns that it keeps everything in memory.
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OIDC_MODULE": str(MODULE), "OIDC_CONFIG": json.dumps(self._config())},
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            raise ProviderFailed("the OpenID Connect provider ended before it listened")
        self._port = int(line)

    def stop(self) -> None:
        """End the provider. Without one that runs this does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait(STOP_S)
        assert process.stdout is not None
        process.stdout.close()

    def _config(self) -> dict[str, Any]:
        client = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uris": [self._redirect_uri],
            "response_types": ["code"],
            "grant_types": ["authorization_code"],
        }
        return {"client": client, "accounts": self._accounts, "port": self._port}
