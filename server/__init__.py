"""Pilothouse: one process, one container, one WebSocket for the people who run a Docker host."""

__version__ = "0.1.0"
