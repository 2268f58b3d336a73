"""One table of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from server import config
from server.config import PREFIX, Config
from server.errors import StartupError

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- settings:begin -->", "<!-- settings:end -->"


def test_without_an_environment_everything_is_the_default() -> None:
    assert config.load({}) == Config()


def test_the_environment_sets_every_kind_of_value() -> None:
    loaded = config.load(
        {
            "PILOTHOUSE_HOST": "::1",
            "PILOTHOUSE_PORT": "0",
            "PILOTHOUSE_DATA": "/var/lib/pilothouse",
            "PILOTHOUSE_ORIGINS": "https://a.example/, https://b.example:8443 ,",
            "PILOTHOUSE_READ_ONLY": "1",
            "PILOTHOUSE_HEARTBEAT_S": "0.5",
            "PILOTHOUSE_LOG_FORMAT": "json",
            "UNRELATED": "1",
        }
    )
    assert (loaded.host, loaded.port, loaded.data) == ("::1", 0, Path("/var/lib/pilothouse"))
    assert loaded.origins == ("https://a.example", "https://b.example:8443")
    assert (loaded.read_only, loaded.heartbeat_s, loaded.log_format) == (True, 0.5, "json")


def test_an_empty_value_is_the_default() -> None:
    assert config.load({"PILOTHOUSE_PORT": "", "PILOTHOUSE_ORIGINS": ""}) == Config()


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("PORT", "http", "an integer, at least 0, at most 65535"),
        ("PORT", "65536", "an integer, at least 0, at most 65535"),
        ("PORT", "-1", "an integer, at least 0, at most 65535"),
        ("PORT", "80.5", "an integer, at least 0, at most 65535"),
        ("HEARTBEAT_S", "soon", "a number, at least 0.2, at most 300"),
        ("HEARTBEAT_S", "nan", "a number, at least 0.2, at most 300"),
        ("HEARTBEAT_S", "inf", "a number, at least 0.2, at most 300"),
        ("READ_ONLY", "yes", "0, 1"),
        ("LOG_LEVEL", "chatty", "debug, info, warning, error"),
    ],
)
def test_a_wrong_value_stops_the_start_with_name_value_and_what_is_allowed(name: str, value: str, allowed: str) -> None:
    with pytest.raises(StartupError) as refusal:
        config.load({PREFIX + name: value})
    assert refusal.value.message == f"{PREFIX}{name}={value!r}: allowed is {allowed}"


def test_a_setting_that_does_not_exist_stops_the_start() -> None:
    with pytest.raises(StartupError, match="PILOTHOUSE_PROT is not a setting"):
        config.load({"PILOTHOUSE_PROT": "8100"})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "ops.example.net", ""])
def test_without_sign_in_it_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(StartupError, match="PILOTHOUSE_AUTH"):
        config.check_exposure(Config(host=host, auth="off"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_needs_no_leave(host: str) -> None:
    config.check_exposure(Config(host=host, auth="off"))


def test_with_sign_in_it_listens_anywhere() -> None:
    config.check_exposure(Config(host="0.0.0.0"))


def test_half_of_a_tls_pair_stops_the_start() -> None:
    with pytest.raises(StartupError, match="belong together"):
        config.check_exposure(Config(tls_cert="cert.pem"))


def test_a_secret_may_be_in_a_file_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse\n", encoding="utf-8")
    loaded = config.load({"PILOTHOUSE_ADMIN_PASSWORD_FILE": str(tmp_path / "password")})
    assert loaded.admin_password == "correct horse"
    assert "correct horse" not in repr(loaded)


def test_a_secret_given_twice_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="both set"):
        config.load({"PILOTHOUSE_ADMIN_PASSWORD": "x", "PILOTHOUSE_ADMIN_PASSWORD_FILE": str(tmp_path)})


def test_a_secret_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="cannot be read"):
        config.load({"PILOTHOUSE_ADMIN_PASSWORD_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize("text", [config.help_text(), config.markdown()])
def test_every_setting_is_documented(text: str) -> None:
    for name, _, _, meta in config.table():
        assert PREFIX + name.upper() in text
        assert meta.help in text
        assert meta.help.endswith("."), name


def test_every_default_is_within_its_bounds() -> None:
    shown = {PREFIX + name.upper(): config.show(default) for name, _, default, _ in config.table()}
    assert config.load(shown) == Config()


def test_the_readme_shows_the_table_as_it_is() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.split(BEGIN)[1].split(END)[0].strip() == config.markdown(), "python -m server settings prints it"
