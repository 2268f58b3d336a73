"""What of the server's knowledge is shown to a model."""

from __future__ import annotations

import msgspec

from server.protocol.views import HealthCheckResult, LogLine, MetricsHistory, MetricsPoint, Mount, Port
from server.sessions.tools import answers
from tests.fakes.services import container_detail, container_view


def test_an_inspection_shows_names_of_variables_and_no_secret() -> None:
    detail = msgspec.structs.replace(
        container_detail("web"),
        container=container_view("web", exit_code=137, oom_killed=True, restart_count=4, health="unhealthy"),
        all_labels={"db.password": "hunter2", "team": "red"},
        command=["--password", "hunter2"],
        entrypoint=["run", "--token=hunter2"],
        mounts=[Mount("volume", "data", "/data", True)],
        health_log=[HealthCheckResult(f"t{n}", 1, "password=hunter2 " + "x" * 5000) for n in range(5)],
        error="cannot reach postgres://app:hunter2@db",
    )
    answer = answers.inspection(detail, ("PATH", "DB_PASSWORD"))
    assert "hunter2" not in answers.text(answer)
    assert answer["environment"] == {"PATH": "<redacted>", "DB_PASSWORD": "<redacted>"}
    assert (answer["exit_code"], answer["oom_killed"], answer["restart_count"]) == (137, True, 4)
    assert [check["at"] for check in answer["health_log"]] == ["t2", "t3", "t4"]
    assert len(answer["health_log"][0]["output"]) <= answers.MAX_LINE
    assert answer["mounts"] == [{"kind": "volume", "source": "data", "target": "/data", "read_only": True}]


def test_ports_read_as_people_write_them() -> None:
    view = container_view(ports=[Port(80, "tcp", 8080, "0.0.0.0"), Port(443, "tcp")])
    detail = msgspec.structs.replace(container_detail(), container=view)
    assert answers.inspection(detail, ())["ports"] == ["0.0.0.0:8080->80/tcp", "443/tcp"]


def test_a_key_in_a_log_is_redacted_though_it_takes_several_lines() -> None:
    texts = ["-----BEGIN PRIVATE KEY-----", "aHVudGVyMg==", "-----END PRIVATE KEY-----", "ready"]
    shown = answers.logs("web", [LogLine("t", "stdout", text) for text in texts])
    assert [line["text"] for line in shown["lines"]] == ["<redacted>", "<redacted>", "<redacted>", "ready"]


def test_a_secret_at_the_place_where_a_line_is_cut_is_redacted_before_that() -> None:
    line = "x" * (answers.MAX_LINE - 26) + " postgres://app:hunter2hunter2@db"
    (shown,) = answers.logs("web", [LogLine("t", "stdout", line)])["lines"]
    assert "hunter2" not in shown["text"]


def test_a_history_is_thinned_out_and_keeps_its_newest_point() -> None:
    points = [MetricsPoint(float(n), 1, 1, 1, 1, 1, 1) for n in range(150)]
    thin = answers.history(MetricsHistory(interval_s=2, points=points))
    assert len(thin["points"]) <= 60
    assert (thin["interval_s"], thin["points"][-1]["at"]) == (6, 149.0)
