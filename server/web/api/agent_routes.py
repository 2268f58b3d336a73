"""The operations on permissions and policies, and those of the contact-centre protocol."""

from __future__ import annotations

from server.access import Permission
from server.protocol.chat import ChatAnswer, ChatMessageBody, HandoverAnalysis, HandoverAnalyzeBody
from server.protocol.openapi import Answer, Input, Operation
from server.protocol.sessions import DecisionBody, PermissionList, PermissionView, PolicyBody, PolicyView
from server.web import chat_socket
from server.web.api import chat, permissions
from server.web.api.route import Route, queries

_CHAT = Input(name="id", where="path", help="The session's id, or a name of your own.", schema={"type": "string"})
_PERMISSION = Input(name="id", where="path", help="The request's id.", schema={"type": "string"})
_WORKSPACE = Input(name="id", where="path", help="The workspace's id.", schema={"type": "string"})


def agent_routes() -> tuple[Route, ...]:
    return (*_permissions(), *_chat())


def _permissions() -> tuple[Route, ...]:
    return (
        Route(
            Operation(
                path="/api/v1/permissions",
                name="listPermissions",
                needs=Permission.VIEW,
                summary="What agents of your workspaces wait to be allowed",
                inputs=queries(permissions.STATE),
                answers=[Answer(200, "Oldest first.", PermissionList)],
            ),
            permissions.permissions,
        ),
        Route(
            Operation(
                path="/api/v1/permissions/{id}",
                name="getPermission",
                needs="membership",
                summary="One request",
                inputs=[_PERMISSION],
                answers=[Answer(200, "As it is now.", PermissionView)],
                errors={404: "permission_not_found"},
            ),
            permissions.permission,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/permissions/{id}",
                name="decidePermission",
                needs=Permission.APPROVE,
                summary="Allow or deny a request; the first answer wins",
                inputs=[_PERMISSION],
                body=DecisionBody,
                answers=[Answer(200, "The request with your decision.", PermissionView)],
                errors={
                    403: "forbidden",
                    404: "permission_not_found",
                    409: "already_decided, permission_expired, permission_cancelled",
                },
            ),
            permissions.decide,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/permissions/{id}/extend",
                name="extendPermission",
                needs=Permission.APPROVE,
                summary="Give a request more time",
                inputs=[_PERMISSION],
                answers=[Answer(200, "The request with its new end.", PermissionView)],
                errors={403: "forbidden", 404: "permission_not_found", 409: "already_decided, permission_expired"},
            ),
            permissions.extend,
        ),
        Route(
            Operation(
                path="/api/v1/workspaces/{id}/policy",
                name="getPolicy",
                needs="membership",
                summary="What agents of a workspace may do without asking",
                inputs=[_WORKSPACE],
                answers=[Answer(200, "The policy.", PolicyView)],
                errors={404: "workspace_not_found"},
            ),
            permissions.policy,
        ),
        Route(
            Operation(
                method="PUT",
                path="/api/v1/workspaces/{id}/policy",
                name="setPolicy",
                needs=Permission.APPROVE,
                summary="Say what agents of a workspace may do without asking; for its owners",
                inputs=[_WORKSPACE],
                body=PolicyBody,
                answers=[Answer(200, "The policy.", PolicyView)],
                errors={400: "unknown_tool", 403: "forbidden", 404: "workspace_not_found"},
            ),
            permissions.set_policy,
        ),
    )


def _chat() -> tuple[Route, ...]:
    return (
        Route(
            Operation(
                path="/api/v1/chat/ws/{id}",
                name="chatSocket",
                needs=Permission.VIEW,
                summary="The contact-centre protocol on a WebSocket: docs/protocol.md",
                inputs=[_CHAT],
                answers=[Answer(101, "The socket.")],
                errors={400: "invalid_request"},
                streams=True,
            ),
            chat_socket.chat_socket,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/chat/message",
                name="chatMessage",
                needs="membership",
                summary="Say something in a session and wait for the answer",
                body=ChatMessageBody,
                answers=[Answer(200, "The answer.", ChatAnswer)],
                errors={409: "session_closed", 502: "chat_failed", 504: "chat_timeout"},
            ),
            chat.message,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/handover/analyze",
                name="analyzeHandover",
                needs="membership",
                summary="Whether a person should take over a session, why, and what they need to know",
                body=HandoverAnalyzeBody,
                answers=[Answer(200, "The judgement.", HandoverAnalysis)],
                errors={404: "session_not_found"},
            ),
            chat.analyze,
        ),
    )
