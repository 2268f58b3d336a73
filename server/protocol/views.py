"""What is shown of the host, its containers and the operations on them: the shapes that messages and REST share.

Sizes are bytes, durations seconds, rates per second, percentages 0–100, times RFC 3339 UTC.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Condition = Literal[
    "running",
    "healthy",
    "starting",
    "unhealthy",
    "paused",
    "restarting",
    "created",
    "removing",
    "done",
    "failed",
    "dead",
]
"""What a container's state means to a person. `running` has no health check; `starting` waits for its first verdict;
`done` ended with 0 or was stopped on request, `failed` ended otherwise."""

Action = Literal["start", "stop", "restart", "pause", "unpause", "kill", "remove"]
OperationState = Literal["requested", "running", "confirmed", "failed"]


class Port(msgspec.Struct, frozen=True):
    """One published or exposed port, as in the engine's list."""

    private: int
    protocol: str
    public: int | None = None
    ip: str | None = None


class ContainerView(msgspec.Struct, frozen=True):
    """One container as the list shows it. `labels` leaves out compose's own bookkeeping."""

    id: str
    name: str
    image: str
    state: str
    status: str
    condition: Condition
    ports: list[Port]
    created: str
    engine: str
    started_at: str | None
    finished_at: str | None
    health: Literal["healthy", "unhealthy", "starting"] | None
    exit_code: int | None
    oom_killed: bool
    restart_count: int
    attention: bool
    project: str | None
    service: str | None
    labels: dict[str, str]
    is_self: bool


class ContainersSummary(msgspec.Struct, frozen=True):
    """Counts over the whole list. `attention` counts the containers that have it set: unhealthy, restarting or just
    restarted by its policy, failed (but for one-off runs) and dead."""

    total: int
    running: int
    paused: int
    restarting: int
    unhealthy: int
    done: int
    failed: int
    attention: int


class EngineView(msgspec.Struct, frozen=True):
    """One Docker engine. `since` is when it entered this state. When it is down, `code` is the error's and `message`
    says what to do."""

    name: str
    state: Literal["connecting", "up", "down"]
    since: str
    version: str | None
    code: str | None
    message: str | None


class ContainersData(msgspec.Struct, frozen=True):
    """The list at `read_at`. It may be older than `as_of_seq` says, never newer: see docs/protocol.md."""

    as_of_seq: int
    read_at: str
    engines: list[EngineView]
    containers: list[ContainerView]
    summary: ContainersSummary


class Mount(msgspec.Struct, frozen=True):
    kind: str
    source: str
    target: str
    read_only: bool


class HealthCheckResult(msgspec.Struct, frozen=True):
    at: str
    exit_code: int
    output: str


class ContainerDetail(msgspec.Struct, frozen=True):
    """Everything that is shown of one container. Environment variables are left out: they hold secrets."""

    container: ContainerView
    all_labels: dict[str, str]
    command: list[str]
    entrypoint: list[str]
    working_dir: str
    user: str
    hostname: str
    restart_policy: str
    networks: dict[str, str]
    mounts: list[Mount]
    health_log: list[HealthCheckResult]
    error: str | None


class LogLine(msgspec.Struct, frozen=True):
    """One line of a container's output, as NDJSON. `ts` has nanoseconds, as the engine gives it."""

    ts: str
    stream: Literal["stdout", "stderr"]
    text: str


class OperationView(msgspec.Struct, frozen=True):
    """An action on a container from its request to its end.

    `confirmed` means that the engine itself showed the outcome. `code` and `message` tell why it failed.
    """

    id: str
    engine: str
    container_id: str
    container_name: str
    action: Action
    state: OperationState
    by: str
    requested_at: str
    finished_at: str | None
    duration_ms: int | None
    code: str | None
    message: str | None


class Cpu(msgspec.Struct, frozen=True):
    """`percent` is of all cores together; `load` is null where the system has none."""

    percent: float
    per_core: list[float]
    load: list[float] | None


class Memory(msgspec.Struct, frozen=True):
    total: int
    used: int
    available: int
    percent: float


class Swap(msgspec.Struct, frozen=True):
    total: int
    used: int
    percent: float


class Disk(msgspec.Struct, frozen=True):
    mount: str
    device: str
    fstype: str
    total: int
    used: int
    percent: float


class Interface(msgspec.Struct, frozen=True):
    name: str
    rx_per_s: float
    tx_per_s: float


class Network(msgspec.Struct, frozen=True):
    """Totals over the interfaces that leave the host; `interfaces` lists them."""

    rx_per_s: float
    tx_per_s: float
    interfaces: list[Interface]


class DiskIo(msgspec.Struct, frozen=True):
    read_per_s: float
    write_per_s: float


class Temperature(msgspec.Struct, frozen=True):
    sensor: str
    celsius: float


class MetricsData(msgspec.Struct, frozen=True):
    """One sample of the host."""

    as_of_seq: int
    sampled_at: str
    hostname: str
    uptime_s: float
    cpu: Cpu
    memory: Memory
    swap: Swap
    disks: list[Disk]
    network: Network
    disk_io: DiskIo
    temperatures: list[Temperature]


class MetricsPoint(msgspec.Struct, frozen=True):
    """One past sample, shortened for charts. `at` is seconds since the Unix epoch."""

    at: float
    cpu_percent: float
    memory_percent: float
    rx_per_s: float
    tx_per_s: float
    read_per_s: float
    write_per_s: float


class MetricsHistory(msgspec.Struct, frozen=True):
    interval_s: float
    points: list[MetricsPoint]
