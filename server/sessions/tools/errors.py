"""What can be wrong with a tool call. Each goes back to whoever called, a model for instance, as its result."""

from __future__ import annotations

from server.errors import InvalidRequest


class ToolError(InvalidRequest):
    """The call is not one that can be made. Subclasses say why."""

    code = "tool_error"


class UnknownTool(ToolError):
    """The server has no such tool."""

    code = "unknown_tool"


class InvalidArguments(ToolError):
    """The arguments are not what the tool takes, no JSON, or too large."""

    code = "invalid_arguments"
