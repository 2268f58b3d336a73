"""The operations on the host, its containers and what happened to them, and the socket."""

from __future__ import annotations

from aiohttp.typedefs import Handler

from server.access import Permission
from server.protocol.client import ActionOptions
from server.protocol.openapi import Answer, Input, Operation
from server.protocol.rest import EventsPage, HealthAnswer, OperationAnswer, SocketStatus
from server.protocol.server import ErrorData
from server.protocol.views import ContainerDetail, ContainersData, LogLine, MetricsData, MetricsHistory
from server.web.api import containers, events, health, logs, metrics, stream
from server.web.api.route import IDEMPOTENCY, Route, queries

_CONTAINER = Input(
    name="id",
    where="path",
    help="A container's id, an unambiguous start of one, or its name.",
    schema={"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$"},
)
_OPERATION_ID = Input(name="id", where="path", help="The operation's id.", schema={"type": "string"})
_ACTION = Input(name="action", where="path", help="What to do.", schema={"enum": list(containers.ACTION_NAMES)})
_LAST_EVENT_ID = Input(
    name=stream.LAST_EVENT_ID,
    where="header",
    help="`epoch:seq` of the last event that was seen; goes before `after`.",
    schema={"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}:[0-9]{1,15}$"},
)
_ENGINE_ERRORS = {
    400: "invalid_container",
    404: "container_not_found",
    503: "engine_unreachable",
    504: "engine_busy",
}
_HEALTH = (
    Answer(200, "It serves, perhaps degraded.", HealthAnswer),
    Answer(503, "A part is down without which nothing can be served.", HealthAnswer),
)


def live_routes(socket: Handler) -> tuple[Route, ...]:
    """The rows; `socket` answers `/ws`."""
    return (
        Route(
            Operation(
                path="/health",
                name="health",
                needs="nothing",
                summary="How the server and its parts are",
                answers=_HEALTH,
            ),
            health.health,
        ),
        Route(
            Operation(
                path="/health/live",
                name="live",
                needs="nothing",
                summary="Whether the process answers at all",
                answers=[Answer(200, "It does.")],
            ),
            health.live,
        ),
        Route(
            Operation(
                path="/health/ready",
                name="ready",
                needs="nothing",
                summary="Whether requests should be sent here",
                answers=_HEALTH,
            ),
            health.ready,
        ),
        Route(
            Operation(
                path="/ws",
                name="socket",
                needs=Permission.VIEW,
                summary="The live channels, as a WebSocket; without an upgrade its status",
                answers=[
                    Answer(101, "The socket is open; docs/protocol.md describes its messages."),
                    Answer(200, "Its status.", SocketStatus),
                ],
                errors={403: "origin_not_allowed"},
            ),
            socket,
        ),
        Route(
            Operation(
                path="/api/v1/metrics",
                name="getMetrics",
                needs=Permission.VIEW,
                summary="The newest sample of the host",
                answers=[Answer(200, "The sample.", MetricsData)],
                errors={503: "no_sample_yet"},
            ),
            metrics.latest,
        ),
        Route(
            Operation(
                path="/api/v1/metrics/history",
                name="getMetricsHistory",
                needs=Permission.VIEW,
                summary="The samples of the last five minutes, shortened",
                answers=[Answer(200, "Oldest first.", MetricsHistory)],
            ),
            metrics.history,
        ),
        Route(
            Operation(
                path="/api/v1/containers",
                name="listContainers",
                needs=Permission.VIEW,
                summary="Every container of every engine, as it was last read",
                answers=[
                    Answer(200, "The list, with an ETag.", ContainersData),
                    Answer(304, "The client has this list already."),
                ],
            ),
            containers.list_all(),
        ),
        Route(
            Operation(
                path="/api/v1/containers/{id}",
                name="getContainer",
                needs=Permission.VIEW,
                summary="Everything that is shown of one container",
                inputs=[_CONTAINER],
                answers=[Answer(200, "The container.", ContainerDetail)],
                errors=_ENGINE_ERRORS,
            ),
            containers.detail,
        ),
        Route(
            Operation(
                path="/api/v1/containers/{id}/logs",
                name="getLogs",
                needs=Permission.VIEW,
                summary="A container's output, one line of JSON for each of its lines",
                inputs=[_CONTAINER, *queries(logs.TAIL, logs.SINCE, logs.FOLLOW)],
                answers=[
                    Answer(
                        200,
                        "The lines. Empty ones keep the connection alive; an error midway is the last, an ErrorAnswer.",
                        LogLine,
                        media=logs.NDJSON,
                    )
                ],
                errors=_ENGINE_ERRORS,
                streams=True,
            ),
            logs.logs,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/containers/{id}/{action}",
                name="act",
                needs=Permission.OPERATE,
                summary="Begin an action on a container; it is an operation that outlives the request",
                inputs=[_CONTAINER, _ACTION, IDEMPOTENCY, *queries(containers.WAIT)],
                body=ActionOptions,
                answers=[
                    Answer(200, "It was final within `wait`: confirmed by the engine, or failed.", OperationAnswer),
                    Answer(202, "It goes on; `Location` is its address.", OperationAnswer),
                ],
                errors={
                    400: "invalid_request, malformed_json, invalid_container",
                    403: "forbidden, origin_not_allowed",
                    404: "unknown_action, container_not_found",
                    409: "id_reused, container_conflict",
                    415: "unsupported_media_type",
                    503: "engine_unreachable, storage_unavailable",
                },
            ),
            containers.act,
        ),
        Route(
            Operation(
                path="/api/v1/operations/{id}",
                name="getOperation",
                needs=Permission.VIEW,
                summary="An operation as it is now",
                inputs=[_OPERATION_ID],
                answers=[Answer(200, "The operation.", OperationAnswer)],
                errors={404: "not_found"},
            ),
            containers.operation,
        ),
        Route(
            Operation(
                path="/api/v1/events",
                name="getEvents",
                needs=Permission.VIEW,
                summary="The events after a position, at once or as soon as there are some",
                inputs=queries(events.AFTER, events.EPOCH, events.LIMIT, events.CHANNEL, events.WAIT),
                answers=[Answer(200, "Oldest first.", EventsPage)],
                errors={
                    400: "invalid_request",
                    404: "unknown_channel",
                    409: "epoch_changed, ahead",
                    410: "gap: what followed the position is no longer kept",
                },
            ),
            events.page,
        ),
        Route(
            Operation(
                path="/api/v1/events/stream",
                name="streamEvents",
                needs=Permission.VIEW,
                summary="The same events as server-sent events; without a position, those from now on",
                inputs=[_LAST_EVENT_ID, *queries(events.AFTER, events.EPOCH, events.CHANNEL)],
                answers=[
                    Answer(
                        200,
                        "Each `data` is an event and each `id` its `epoch:seq`. It ends with an event `gap` where the "
                        "position is lost, or `failed`; the data of both is of this type.",
                        ErrorData,
                        media=stream.SSE,
                    )
                ],
                errors={400: "invalid_request", 404: "unknown_channel"},
                streams=True,
            ),
            stream.stream,
        ),
    )
