"""What the wiring hands to the doors: `CONFIG` and `CLOCK` before `routes.setup`, the others before a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from server.clock import Clock
from server.config import Config
from server.eventlog.log import EventLog
from server.realtime.gate import Gate
from server.realtime.hub import Hub
from server.web.allowlist import AllowList
from server.web.assets import Assets
from server.web.commands import Commands
from server.web.health import Health
from server.web.services import Actions, ContainerList, HostMetrics, Identities

if TYPE_CHECKING:
    from server.auth.service import Auth
    from server.eventlog.audit import Audit
    from server.eventlog.trail import AuditTrail
    from server.sessions.service import Sessions
    from server.web.stays import Stays
    from server.web.waiting_room import WaitingRoom

CONFIG = web.AppKey[Config]("config")
CLOCK = web.AppKey[Clock]("clock")
LOG = web.AppKey[EventLog]("log")
HUB = web.AppKey[Hub]("hub")
GATE = web.AppKey[Gate]("gate")
COMMANDS = web.AppKey[Commands]("commands")
AUTH: web.AppKey[Auth] = web.AppKey("auth")
AUDIT: web.AppKey[Audit] = web.AppKey("audit")
TRAIL: web.AppKey[AuditTrail] = web.AppKey("trail")
IDENTITIES = web.AppKey[Identities]("identities")
CONTAINERS = web.AppKey[ContainerList]("containers")
ACTIONS = web.AppKey[Actions]("actions")
SESSIONS: web.AppKey[Sessions] = web.AppKey("sessions")
METRICS = web.AppKey[HostMetrics]("metrics")
HEALTH = web.AppKey[Health]("health")

# Made by `setup`.
ALLOWED = web.AppKey[AllowList]("allowed")
OPEN = web.AppKey[frozenset[tuple[str, str]]]("open")
"""Methods and paths of the API that strangers may use."""
STAYS: web.AppKey[Stays] = web.AppKey("stays")
WAITING_ROOM: web.AppKey[WaitingRoom] = web.AppKey("waiting_room")
ASSETS = web.AppKey[Assets]("assets")
