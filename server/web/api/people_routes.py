"""The operations on people, tokens, workspaces and the audit trail."""

from __future__ import annotations

from server.access import Permission
from server.protocol.identity import (
    AuditPage,
    MemberBody,
    NewPasswordBody,
    NewServiceTokenBody,
    NewToken,
    NewUserBody,
    NewWorkspaceBody,
    TokenList,
    UserChangeBody,
    UserList,
    UserView,
    WorkspaceList,
    WorkspaceView,
)
from server.protocol.openapi import Answer, Input, Operation
from server.web.api import audit, people, workspaces
from server.web.api.identity_routes import DONE, TOKEN_ID
from server.web.api.route import Route, queries

_NAME = Input(name="name", where="path", help="The account's name.", schema={"type": "string"})
_WORKSPACE = Input(name="id", where="path", help="The workspace's id.", schema={"type": "string"})
_MEMBER = Input(name="user", where="path", help="The account's name.", schema={"type": "string"})
_PEOPLE = Permission.PEOPLE


def people_routes() -> tuple[Route, ...]:
    return (
        Route(
            Operation(
                path="/api/v1/users",
                name="listUsers",
                needs=_PEOPLE,
                summary="Every account",
                answers=[Answer(200, "By name.", UserList)],
            ),
            people.users,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/users",
                name="addUser",
                needs=_PEOPLE,
                summary="Make an account",
                body=NewUserBody,
                answers=[Answer(201, "The account.", UserView)],
                errors={400: "invalid_name, weak_password, invalid_label", 409: "name_taken, too_many"},
            ),
            people.add_user,
        ),
        Route(
            Operation(
                method="PATCH",
                path="/api/v1/users/{name}",
                name="changeUser",
                needs=_PEOPLE,
                summary="Change role or label filter, disable or enable; live connections follow at once",
                inputs=[_NAME],
                body=UserChangeBody,
                answers=[Answer(200, "The account as it is now.", UserView)],
                errors={400: "invalid_label", 404: "user_not_found", 409: "last_admin"},
            ),
            people.change_user,
        ),
        Route(
            Operation(
                method="PUT",
                path="/api/v1/users/{name}/password",
                name="setPassword",
                needs=_PEOPLE,
                summary="Give an account a new password; every sign-in of it ends",
                inputs=[_NAME],
                body=NewPasswordBody,
                answers=DONE,
                errors={400: "weak_password", 404: "user_not_found"},
            ),
            people.set_password,
        ),
        Route(
            Operation(
                method="DELETE",
                path="/api/v1/users/{name}/second-factor",
                name="removeSecondFactor",
                needs=_PEOPLE,
                summary="Let somebody who lost their second factor sign in without",
                inputs=[_NAME],
                answers=DONE,
                errors={404: "user_not_found", 409: "second_factor_missing"},
            ),
            people.remove_second_factor,
        ),
        Route(
            Operation(
                method="DELETE",
                path="/api/v1/users/{name}/logins",
                name="endLogins",
                needs=_PEOPLE,
                summary="Sign an account out everywhere",
                inputs=[_NAME],
                answers=DONE,
                errors={404: "user_not_found"},
            ),
            people.end_logins,
        ),
        Route(
            Operation(
                path="/api/v1/tokens",
                name="listTokens",
                needs=_PEOPLE,
                summary="Every token, of people and of nobody",
                answers=[Answer(200, "Without the tokens themselves.", TokenList)],
            ),
            people.tokens,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/tokens",
                name="createToken",
                needs=_PEOPLE,
                summary="Make a token for a program; it is shown once",
                body=NewServiceTokenBody,
                answers=[Answer(201, "The token.", NewToken)],
                errors={409: "too_many"},
            ),
            people.create_token,
        ),
        Route(
            Operation(
                method="DELETE",
                path="/api/v1/tokens/{id}",
                name="revokeToken",
                needs=_PEOPLE,
                summary="Revoke a token; its connections close at once",
                inputs=[TOKEN_ID],
                answers=DONE,
                errors={404: "token_not_found"},
            ),
            people.revoke_token,
        ),
        Route(
            Operation(
                path="/api/v1/workspaces",
                name="listWorkspaces",
                needs=Permission.VIEW,
                summary="The workspaces that one is a member of; an administrator sees all",
                answers=[Answer(200, "By name.", WorkspaceList)],
            ),
            workspaces.workspaces,
        ),
        Route(
            Operation(
                method="POST",
                path="/api/v1/workspaces",
                name="addWorkspace",
                needs=Permission.OPERATE,
                summary="Make a workspace and own it",
                body=NewWorkspaceBody,
                answers=[Answer(201, "The workspace.", WorkspaceView)],
                errors={409: "too_many"},
            ),
            workspaces.add,
        ),
        Route(
            Operation(
                method="PUT",
                path="/api/v1/workspaces/{id}/members/{user}",
                name="setMember",
                needs="membership",
                summary="Let somebody in, or change what they may; for owners",
                inputs=[_WORKSPACE, _MEMBER],
                body=MemberBody,
                answers=[Answer(200, "The workspace as it is now.", WorkspaceView)],
                errors={404: "workspace_not_found, user_not_found", 409: "last_owner"},
            ),
            workspaces.set_member,
        ),
        Route(
            Operation(
                method="DELETE",
                path="/api/v1/workspaces/{id}/members/{user}",
                name="removeMember",
                needs="membership",
                summary="Take somebody out; for owners",
                inputs=[_WORKSPACE, _MEMBER],
                answers=DONE,
                errors={404: "workspace_not_found, user_not_found", 409: "last_owner"},
            ),
            workspaces.remove_member,
        ),
        Route(
            Operation(
                path="/api/v1/audit",
                name="getAudit",
                needs=Permission.AUDIT,
                summary="The audit trail",
                inputs=queries(audit.BEFORE, audit.LIMIT, audit.ACTOR, audit.ACTION, audit.OUTCOME),
                answers=[Answer(200, "Newest first.", AuditPage)],
            ),
            audit.page,
        ),
    )
