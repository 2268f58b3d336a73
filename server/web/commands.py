"""What a client's message sets off: one decision for each type, with who is asking. The services decide, not this."""

from __future__ import annotations

from server.access import Principal
from server.errors import InvalidRequest
from server.ids import is_ulid
from server.protocol.client import ContainerAction
from server.protocol.server import ContainerAckData
from server.web.services import Actions

# Longer than an action can take: its grace, the engine's own limit and the inspect that settles it.
ACK_WAIT_S = 3700.0


class Commands:
    """The commands of every socket; REST calls the same services."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions

    async def container_action(self, message: ContainerAction, *, by: Principal) -> ContainerAckData:
        """Run the action, or join the one that an earlier message with the same id began; return its final outcome.

        Raises:
            InvalidRequest: the id is not a ULID.
            AppError: the action was refused before it became an operation.
        """
        if message.id is None or not is_ulid(message.id):
            raise InvalidRequest("container-action: `id` is a ULID, the same one for every resend of this command.")
        data = message.data
        operation = await self._actions.perform(data.container, data.action, data, by=by, command_id=message.id)
        operation = await self._actions.wait(operation.id, timeout_s=ACK_WAIT_S, by=by)
        return ContainerAckData(
            success=operation.state == "confirmed",
            operation=operation.id,
            state=operation.state,
            code=operation.code,
            message=operation.message,
        )
