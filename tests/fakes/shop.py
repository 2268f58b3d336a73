"""A small shop's containers, two of them in trouble, and its runbooks."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from server.protocol.views import ContainerView, MetricsData
from server.sessions.runbooks.library import SAMPLES
from tests.fakes.services import container_view

RUNBOOKS = Path(__file__).parent.parent / "unit" / "sessions" / "builtin" / "runbooks"

WEB = container_view(
    "web",
    image="shop/web:7",
    state="exited",
    status="Exited (137) 5 minutes ago",
    condition="failed",
    exit_code=137,
    oom_killed=True,
    restart_count=5,
    attention=True,
)
POSTGRES = container_view(
    "postgres-main",
    image="postgres:17",
    status="Up 3 hours (unhealthy)",
    condition="unhealthy",
    health="unhealthy",
    attention=True,
)
WORKER = container_view("batch-worker", state="exited", status="Exited (0) 2 hours ago", condition="done", exit_code=0)
LOGS = {
    "web": ["listening on 8080", "\x1b[31mERROR heap out of memory\x1b[0m", "```", "killed"],
    "postgres-main": ["LOG: checkpoint", "FATAL: sorry, too many clients already"],
    "redis": ["Ready to accept connections"],
    "nginx-proxy": [f"GET /{number} 200" for number in range(60)],
}


def containers() -> list[ContainerView]:
    healthy = {"health": "healthy", "condition": "healthy"}
    return [
        WEB,
        POSTGRES,
        WORKER,
        container_view("shop-api-1", project="shop", service="api", image="shop/api:7", **healthy),
        container_view("shop-api-2", project="shop", service="api", image="shop/api:7", **healthy),
        container_view("redis", image="redis:8"),
        container_view("nginx-proxy", image="nginx:1", **healthy),
        container_view("grafana", image="grafana/grafana:13"),
    ]


def metrics() -> MetricsData:
    gib = 2**30
    return msgspec.convert(
        {
            "as_of_seq": 1,
            "sampled_at": "2026-11-20T09:00:00.000Z",
            "hostname": "shop",
            "uptime_s": 3600.0,
            "cpu": {"percent": 12.0, "per_core": [12.0], "load": [0.5, 0.4, 0.3]},
            "memory": {"total": 8 * gib, "used": 6 * gib, "available": 2 * gib, "percent": 75.0},
            "swap": {"total": 0, "used": 0, "percent": 0.0},
            "disks": [
                {"mount": "/", "device": "sda", "fstype": "ext4", "total": 100 * gib, "used": 95 * gib, "percent": 95.0}
            ],
            "network": {"rx_per_s": 0.0, "tx_per_s": 0.0, "interfaces": []},
            "disk_io": {"read_per_s": 0.0, "write_per_s": 0.0},
            "temperatures": [],
        },
        MetricsData,
    )


def runbooks(into: Path) -> Path:
    """Put the samples and the shop's own runbooks into a new folder and return it."""
    folder = into / "runbooks"
    folder.mkdir()
    for file in [*SAMPLES.glob("*.md"), *RUNBOOKS.glob("*.md")]:
        shutil.copy(file, folder)
    return folder
