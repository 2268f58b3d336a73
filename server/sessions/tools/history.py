"""What happened lately to containers, as far as somebody may see it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from server.eventlog.log import EventLog, StoredEvent
from server.protocol.channels import SYSTEM

WINDOW = 5000
"""So many of the newest events of all channels are looked through."""

MOST = 100


class _Named(msgspec.Struct):
    id: str = ""
    name: str = ""
    container_id: str = ""
    container_name: str = ""


class _Data(msgspec.Struct):
    container: _Named | None = None
    operation: _Named | str | None = None


class _Told(msgspec.Struct):
    data: _Data


_decoder = msgspec.json.Decoder(_Told)


async def recent(log: EventLog, reference: str | None, sees: Callable[[StoredEvent], bool] | None) -> list[StoredEvent]:
    """Return the newest events of the engine, of containers and of operations, oldest first; with `reference` those of
    the containers that have this id, this start of one or this name, also of such as are gone.

    Raises:
        StorageUnavailable: the log cannot be read.
    """
    position = await log.position()
    after = max(position.floor, position.head - WINDOW)
    page = await log.read(after, limit=WINDOW, upto=position.head, channels={SYSTEM})
    told = [event for event in page.events if event.type.startswith(("container.", "operation.", "engine."))]
    found = [event for event in told if (sees is None or sees(event)) and _is_about(event, reference)]
    return found[-MOST:]


def _is_about(event: StoredEvent, reference: str | None) -> bool:
    if reference is None:
        return True
    data = _decoder.decode(event.text).data
    if data.container is not None:
        its_id, its_name = data.container.id, data.container.name
    elif isinstance(data.operation, _Named):
        its_id, its_name = data.operation.container_id, data.operation.container_name
    else:
        return False
    return its_name == reference or (its_id != "" and its_id.startswith(reference))
