"""What the wiring hands to the doors: `CONFIG` before `server.web.routes.setup`, the others before a request."""

from __future__ import annotations

from aiohttp import web

from server.clock import Clock
from server.config import Config
from server.eventlog.log import EventLog
from server.realtime.hub import Gate, Hub
from server.web.allowlist import AllowList
from server.web.assets import Assets
from server.web.commands import Commands
from server.web.health import Health
from server.web.services import Actions, ContainerList, HostMetrics, Identities
from server.web.stays import Stays

CONFIG = web.AppKey[Config]("config")
CLOCK = web.AppKey[Clock]("clock")
LOG = web.AppKey[EventLog]("log")
HUB = web.AppKey[Hub]("hub")
GATE = web.AppKey[Gate]("gate")
COMMANDS = web.AppKey[Commands]("commands")
IDENTITIES = web.AppKey[Identities]("identities")
CONTAINERS = web.AppKey[ContainerList]("containers")
ACTIONS = web.AppKey[Actions]("actions")
METRICS = web.AppKey[HostMetrics]("metrics")
HEALTH = web.AppKey[Health]("health")

# Made by `setup`.
ALLOWED = web.AppKey[AllowList]("allowed")
STAYS = web.AppKey[Stays]("stays")
ASSETS = web.AppKey[Assets]("assets")
