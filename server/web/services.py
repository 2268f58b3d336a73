"""What the doors ask of the capabilities behind them; each service decides for itself who may do what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

from server.access import Identity, Principal
from server.protocol.client import ActionOptions
from server.protocol.sessions import MessageAccepted, PermissionView, RunView
from server.protocol.views import Action, ContainerDetail, LogLine, MetricsData, MetricsHistory, OperationView


class Identities(Protocol):
    """Whose a token is, as they are now."""

    def by_token(self, token: str, *, address: str | None) -> Identity:
        """The identity behind an access token or an API token.

        Raises:
            InvalidToken, TokenExpired, TokenRevoked: it does not count.
        """
        ...

    def current(self, principal: Principal) -> Principal | None:
        """`principal` as it is now: another one when its role, labels or memberships have changed since, None when its
        credential was revoked or has ended."""
        ...


class HostMetrics(Protocol):
    """The host's newest sample and the ones before it."""

    def latest(self, *, by: Principal) -> MetricsData | None:
        """None until the first sample was taken."""
        ...

    def history(self, *, by: Principal) -> MetricsHistory: ...


class ContainerList(Protocol):
    """The containers of all engines. One that `by` may not see is not there."""

    def list_bytes(self, *, by: Principal) -> bytes:
        """The `ContainersData` of the last reading as JSON: the same object until there is another one."""
        ...

    async def detail(self, container: str, *, by: Principal) -> ContainerDetail: ...

    def logs(
        self, container: str, *, tail: int | None, since_ns: int | None, follow: bool, by: Principal
    ) -> AbstractAsyncContextManager[AsyncIterator[list[LogLine]]]:
        """Lines of output, oldest first, in small lists. Entering it raises what keeps it from being read."""
        ...


class Actions(Protocol):
    """The operations on containers."""

    async def perform(
        self, container: str, action: Action, options: ActionOptions, *, by: Principal, command_id: str
    ) -> OperationView:
        """Begin the operation, or return the one that the same `command_id` of this principal began."""
        ...

    async def wait(self, operation_id: str, timeout_s: float, *, by: Principal) -> OperationView:
        """Return the operation when it is final, or as it is when the time is over."""
        ...

    async def get(self, operation_id: str, *, by: Principal) -> OperationView: ...


class Talk(Protocol):
    """What is said in a session, what is done to its runs, and what those are allowed."""

    async def post(self, by: Principal, id: str, text: str, *, command_id: str) -> MessageAccepted: ...

    async def command(
        self, by: Principal, id: str, command: Literal["stop", "resume"], *, command_id: str
    ) -> RunView: ...

    async def decide(
        self, by: Principal, id: str, decision: Literal["allow", "deny"], reason: str | None
    ) -> PermissionView: ...
