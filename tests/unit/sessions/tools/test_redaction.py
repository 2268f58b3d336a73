"""Secrets as they are written in logs, commands and labels; `hunter2` is one wherever it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sessions.tools.redaction import (
    REDACTED,
    redacted,
    redacted_command,
    redacted_labels,
    redacted_lines,
    redacted_value,
)

KEY = "-----BEGIN RSA PRIVATE KEY-----"
END = "-----END RSA PRIVATE KEY-----"
BODY = "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmh1bnRlcjI="
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlLW9mLWFubg"


@pytest.mark.parametrize(
    "text",
    [
        "--password=hunter2",
        "mysqldump --password hunter2 -u root",
        "java -password hunter2",
        "--api-key hunter2",
        "curl --token 'hunter2 hunter2'",
        "DB_PASSWORD=hunter2",
        "MYSQL_ROOT_PASSWORD: hunter2",
        "POSTGRES_PASS=hunter2",
        "password = 'hunter2'",
        'password: "hunter2 hunter2"',
        "client_secret => hunter2",
        "apikey:hunter2",
        "X-Api-Key: hunter2",
        '{"password":"hunter2","user":"ann"}',
        '{"dbPassword": "hun\\"hunter2"}',
        r'{"line":"{\"password\":\"hunter2\"}"}',
        "GET /login?token=hunter2&user=ann",
        "Server=db;User Id=sa;Password=hunter2;Encrypt=true",
        "postgres://app:hunter2@db:5432/shop",
        "redis://:hunter2@cache/0",
        "amqp://app:hun@ter@hunter2@mq",
        "Authorization: Bearer hunter2",
        "authorization: Basic hunter2",
        '"Authorization": "Bearer hunter2"',
        "Proxy-Authorization: hunter2",
        "sent Bearer hunter2hunter2",
        "Cookie: session=hunter2; theme=dark",
        "set-cookie: sid=hunter2; HttpOnly",
        f"key {KEY} hunter2 {END} read",
        f"key {KEY}\nhunter2\n{END}\nread",
        f"key {KEY}\nhunter2",
        f"{KEY}\\nhunter2\\n{END}",
        "aws_secret_access_key = hunter2",
        "PASSWORD=hunter2",
        "Pwd=hunter2",
        "passphrase: hunter2",
        "SENTRY_DSN=hunter2",
    ],
)
def test_a_secret_is_not_there_any_more(text: str) -> None:
    assert "hunter2" not in redacted(text)
    assert REDACTED in redacted(text)


@pytest.mark.parametrize(
    "key",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ASIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1" * 18,
        "github_pat_" + "a1" * 20,
        "glpat-" + "a1" * 10,
        "xoxb-1234567890-abc",
        "sk-ant-api03-" + "a1" * 20,
        "AIza" + "a" * 35,
        "plh_" + "a1" * 16,
        JWT,
    ],
)
def test_a_key_is_known_by_how_it_begins(key: str) -> None:
    assert redacted(f"using {key} now") == f"using {REDACTED} now"


@pytest.mark.parametrize(
    "text",
    [
        "GET /index.html 200 12ms",
        "password is wrong",
        "wrong password for ann",
        "max_tokens=4096 prompt_tokens: 12",
        "PASSWORD_FILE=/run/secrets/db",
        "--token-file /run/secrets/t",
        "bypass=true compass=north",
        "http://web:8080/users/ann@example.com",
        "https://example.com/a:b@c",
        "ann@example.com",
        "pass: 10 fail: 2",
        "the bearer of bad news",
        "no secrets here",
        "author: ann",
        "-----BEGIN TEST-----",
        "docker run -p 8080:80 nginx",
        "task-sk-1",
        "비밀번호가 틀렸습니다",
        "",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


@given(st.text())
def test_nothing_is_redacted_twice(text: str) -> None:
    once = redacted(text)
    assert redacted(once).count(REDACTED) == once.count(REDACTED)


def test_what_is_around_a_secret_stays() -> None:
    assert redacted("2026 ERROR login user=ann password=hunter2 from 10.0.0.1") == (
        f"2026 ERROR login user=ann password={REDACTED} from 10.0.0.1"
    )
    assert redacted("postgres://app:hunter2@db:5432/shop") == f"postgres://app:{REDACTED}@db:5432/shop"


def test_a_key_that_is_spread_over_lines_is_redacted_line_by_line() -> None:
    lines = ["before", f"key: {KEY}", BODY, BODY, f"{END} after", "later"]
    assert redacted_lines(lines) == ["before", f"key: {REDACTED}", REDACTED, REDACTED, f"{REDACTED} after", "later"]


def test_a_key_whose_beginning_is_not_shown_is_redacted_too() -> None:
    lines = ["2026-11-20 the server has started", BODY, BODY, END, "later"]
    assert redacted_lines(lines) == [lines[0], REDACTED, REDACTED, REDACTED, "later"]


def test_a_key_that_does_not_end_hides_the_rest() -> None:
    assert redacted_lines([KEY, BODY, "last"]) == [REDACTED] * 3


def test_two_keys_in_a_row_are_both_redacted() -> None:
    assert redacted_lines([KEY, BODY, END, "between", KEY, BODY, END]) == [*[REDACTED] * 3, "between", *[REDACTED] * 3]


def test_the_argument_after_a_telling_flag_is_redacted() -> None:
    command = ["mysqld", "--password", "hunter2", "--user", "ann", "--token=hunter2", "--password", "--verbose"]
    assert redacted_command(command) == [
        *("mysqld", "--password", REDACTED, "--user", "ann"),
        *(f"--token={REDACTED}", "--password", "--verbose"),
    ]


def test_a_shell_line_within_a_command_is_redacted() -> None:
    assert redacted_command(["sh", "-c", "PGPASSWORD=hunter2 psql -h db"]) == [
        *("sh", "-c", f"PGPASSWORD={REDACTED} psql -h db"),
    ]


def test_labels_are_redacted_by_their_names_and_by_what_they_hold() -> None:
    labels = {"db.password": "hun ter2", "traefik.url": "http://a:hunter2@b", "team": "red", "token": "", "pass": "x"}
    assert redacted_labels(labels) == {
        "db.password": REDACTED,
        "traefik.url": f"http://a:{REDACTED}@b",
        "team": "red",
        "token": "",
        "pass": REDACTED,
    }


def test_json_is_redacted_at_every_depth() -> None:
    value = {"a": [{"b": "password=hunter2"}, 1, None, True]}
    assert redacted_value(value) == {"a": [{"b": f"password={REDACTED}"}, 1, None, True]}
