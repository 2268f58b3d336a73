"""What a client's message sets off: one decision for each type, with who is asking. The services decide, not this."""

from __future__ import annotations

from server.access import Principal
from server.clock import Clock, rfc3339
from server.errors import InvalidRequest
from server.ids import is_ulid
from server.protocol.client import Command, ContainerAction, Message, PermissionDecision
from server.protocol.server import (
    CommandAck,
    CommandAckData,
    ContainerAck,
    ContainerAckData,
    MessageAck,
    PermissionAck,
    PermissionAckData,
)
from server.web.services import Actions, Talk

# Longer than an action can take: its grace, the engine's own limit and the inspect that settles it.
ACK_WAIT_S = 3700.0

AnyCommand = ContainerAction | Message | Command | PermissionDecision
AnyAck = ContainerAck | MessageAck | CommandAck | PermissionAck


class Commands:
    """The commands of every socket; REST calls the same services."""

    def __init__(self, actions: Actions, sessions: Talk, clock: Clock) -> None:
        self._actions = actions
        self._sessions = sessions
        self._clock = clock

    async def run(self, message: AnyCommand, *, by: Principal) -> AnyAck:
        """Do what `message` asks for, or join what an earlier one with the same id began; return its acknowledgement,
        which says how that ended.

        Raises:
            InvalidRequest: the id is not a ULID.
            AppError: it was refused.
        """
        if message.id is None or not is_ulid(message.id):
            kind = type(message).__struct_config__.tag
            raise InvalidRequest(f"{kind}: `id` is a ULID, the same one for every resend of this command.")
        match message:
            case ContainerAction():
                return await self._container_action(message, message.id, by)
            case Message():
                return await self._message(message, message.id, by)
            case Command():
                return await self._command(message, message.id, by)
            case PermissionDecision():
                return await self._decision(message, message.id, by)

    async def _container_action(self, message: ContainerAction, id: str, by: Principal) -> ContainerAck:
        data = message.data
        operation = await self._actions.perform(data.container, data.action, data, by=by, command_id=id)
        operation = await self._actions.wait(operation.id, timeout_s=ACK_WAIT_S, by=by)
        outcome = ContainerAckData(
            success=operation.state == "confirmed",
            operation=operation.id,
            state=operation.state,
            code=operation.code,
            message=operation.message,
        )
        return ContainerAck(timestamp=self._now(), id=id, data=outcome)

    async def _message(self, message: Message, id: str, by: Principal) -> MessageAck:
        posted = await self._sessions.post(by, message.data.session, message.data.text, command_id=id)
        return MessageAck(timestamp=self._now(), id=id, data=posted)

    async def _command(self, message: Command, id: str, by: Principal) -> CommandAck:
        run = await self._sessions.command(by, message.data.session, message.data.command, command_id=id)
        return CommandAck(timestamp=self._now(), id=id, data=CommandAckData(run))

    async def _decision(self, message: PermissionDecision, id: str, by: Principal) -> PermissionAck:
        data = message.data
        permission = await self._sessions.decide(by, data.permission, data.decision, data.reason)
        return PermissionAck(timestamp=self._now(), id=id, data=PermissionAckData(permission))

    def _now(self) -> str:
        return rfc3339(self._clock.now())
