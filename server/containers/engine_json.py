"""The engine's JSON, as far as it is read (docs.docker.com/reference/api/engine)."""

from __future__ import annotations

import msgspec


class _Pascal(msgspec.Struct, rename="pascal"):
    pass


class ListedPort(_Pascal):
    private_port: int = 0
    public_port: int | None = None
    type: str = "tcp"
    ip: str | None = msgspec.field(name="IP", default=None)


class Listed(_Pascal):
    """One entry of `GET /containers/json`."""

    id: str
    names: list[str] | None = None
    image: str = ""
    created: int = 0
    state: str = ""
    status: str = ""
    labels: dict[str, str] | None = None
    ports: list[ListedPort] | None = None


class HealthCheck(_Pascal):
    start: str = ""
    exit_code: int = 0
    output: str = ""


class HealthState(_Pascal):
    status: str = ""
    log: list[HealthCheck] | None = None


class ContainerState(_Pascal):
    status: str = ""
    exit_code: int = 0
    error: str = ""
    oom_killed: bool = msgspec.field(name="OOMKilled", default=False)
    started_at: str = ""
    finished_at: str = ""
    health: HealthState | None = None


class ContainerConfig(_Pascal):
    image: str = ""
    labels: dict[str, str] | None = None
    cmd: list[str] | None = None
    entrypoint: list[str] | None = None
    working_dir: str = ""
    user: str = ""
    hostname: str = ""
    tty: bool = False
    stop_timeout: int | None = None
    stop_signal: str | None = None
    env: list[str] | None = None


class RestartPolicy(_Pascal):
    name: str = ""
    maximum_retry_count: int = 0


class HostConfig(_Pascal):
    restart_policy: RestartPolicy | None = None


class Endpoint(_Pascal):
    ip_address: str = msgspec.field(name="IPAddress", default="")


class PortBinding(_Pascal):
    host_ip: str = ""
    host_port: str = ""


class NetworkSettings(_Pascal):
    ports: dict[str, list[PortBinding] | None] | None = None
    networks: dict[str, Endpoint | None] | None = None


class MountPoint(_Pascal):
    type: str = ""
    name: str = ""
    source: str = ""
    destination: str = ""
    rw: bool = msgspec.field(name="RW", default=True)


class Inspected(_Pascal):
    """The answer of `GET /containers/{id}/json`."""

    id: str
    name: str = ""
    created: str = ""
    restart_count: int = 0
    state: ContainerState = msgspec.field(default_factory=ContainerState)
    config: ContainerConfig = msgspec.field(default_factory=ContainerConfig)
    host_config: HostConfig | None = None
    network_settings: NetworkSettings | None = None
    mounts: list[MountPoint] | None = None


class Actor(msgspec.Struct):
    id: str = msgspec.field(name="ID", default="")
    attributes: dict[str, str] | None = msgspec.field(name="Attributes", default=None)


class EventLine(msgspec.Struct):
    """One line of `GET /events`."""

    type: str = msgspec.field(name="Type", default="")
    action: str = msgspec.field(name="Action", default="")
    actor: Actor = msgspec.field(name="Actor", default_factory=Actor)
    time_s: int = msgspec.field(name="time", default=0)
    time_ns: int = msgspec.field(name="timeNano", default=0)
