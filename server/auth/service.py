"""The parts of who may come in, put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from server.auth.access_tokens import AccessTokens
from server.auth.credentials import Credentials
from server.auth.devices import Devices
from server.auth.directory import Directory
from server.auth.identities import Identities
from server.auth.oidc import Oidc
from server.auth.oidc_settings import oidc_settings
from server.auth.passwords import Passwords
from server.auth.people import People
from server.auth.refresh_tokens import RefreshTokens
from server.auth.second_factor import SecondFactors
from server.auth.setup import Setup
from server.auth.sign_ins import SignIns
from server.auth.throttle import Throttle
from server.auth.tokens import ApiTokens
from server.auth.vault import SECRETS, Vault
from server.auth.workspaces import Workspaces
from server.clock import Clock
from server.config import Config
from server.eventlog.audit import Audit
from server.storage.database import Database
from server.tasks import Tasks

log = logging.getLogger(__name__)

ROTATION_S = 3600.0
"""How often it is asked whether the signing key is due; it is once a month."""


@dataclass(frozen=True, slots=True)
class Auth:
    """What the doors ask. `oidc`: None where no provider is configured."""

    directory: Directory
    identities: Identities
    sign_ins: SignIns
    people: People
    setup: Setup
    tokens: ApiTokens
    second_factors: SecondFactors
    workspaces: Workspaces
    oidc: Oidc | None


@asynccontextmanager
async def opened(config: Config, data: Path, *, database: Database, audit: Audit, clock: Clock) -> AsyncIterator[Auth]:
    """Everything about accounts, until the end of the block. `data` is the folder that this process has locked.

    Raises:
        StartupError: the keys in `data` are damaged or open to others, or the settings of the provider are wrong.
        StorageUnavailable: the accounts cannot be read.
    """
    provider = oidc_settings(config)
    vault = await asyncio.to_thread(Vault.open, data / SECRETS, clock)
    directory = await Directory.open(database)
    passwords = await asyncio.to_thread(Passwords)
    throttle = Throttle(clock, per_min=config.sign_ins_per_min)
    devices, access_tokens = Devices(vault), AccessTokens(vault, clock)
    tokens = ApiTokens(directory, audit, clock)
    second_factors = SecondFactors(directory, vault, audit, clock, passwords.verify)
    credentials = Credentials(
        directory,
        audit,
        clock,
        passwords=passwords,
        second_factor=second_factors,
        throttle=throttle,
        devices=devices,
    )
    sign_ins = SignIns(
        directory,
        audit,
        clock,
        credentials=credentials,
        access_tokens=access_tokens,
        refresh_tokens=RefreshTokens(vault),
        devices=devices,
    )
    tasks = Tasks("auth")
    tasks.spawn("rotation", _rotate(vault, clock))
    try:
        yield Auth(
            directory=directory,
            identities=Identities(directory, access_tokens, clock, lookup=tokens.lookup),
            sign_ins=sign_ins,
            people=People(directory, audit, clock, passwords=passwords, throttle=throttle),
            setup=Setup(directory, audit, clock, passwords=passwords, sign_ins=sign_ins),
            tokens=tokens,
            second_factors=second_factors,
            workspaces=Workspaces(directory, audit, clock),
            oidc=None
            if provider is None
            else Oidc(provider, directory, audit, clock, mac=vault.mac, begin=sign_ins.begin),
        )
    finally:
        await tasks.close()
        await tokens.close()
        passwords.close()


async def _rotate(vault: Vault, clock: Clock) -> NoReturn:
    while True:
        await clock.sleep(ROTATION_S)
        try:
            await asyncio.to_thread(vault.rotate_if_due)
        except OSError as error:
            # The old key goes on signing; a full disk is told of elsewhere.
            log.warning("the signing key could not be changed", extra={"reason": str(error)})
