"""One table of settings: type, default, unit, bounds and help of each. Environment, `--help` and README follow it."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from server.errors import StartupError

PREFIX = "PILOTHOUSE_"


@dataclass(frozen=True, slots=True)
class Meta:
    """What is known of one setting beside its name, type and default."""

    help: str
    unit: str = ""
    least: float | None = None
    most: float | None = None
    secret: bool = False


def setting(
    default: Any,
    help: str,
    *,
    unit: str = "",
    least: float | None = None,
    most: float | None = None,
    secret: bool = False,
) -> Any:
    """Declare one row of the table. A `secret` may also be in a file, named by the variable with `_FILE` behind it; it
    is never shown."""
    meta = Meta(help, unit, least, most, secret)
    return dataclasses.field(default=default, repr=not secret, metadata={"setting": meta})


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of one server. Field names are the environment's names in lower case, without the prefix."""

    host: str = setting("127.0.0.1", "Address to listen on.")
    port: int = setting(8100, "Port to listen on; 0 takes a free one.", least=0, most=65535)
    data: Path = setting(Path("data"), "Folder of the database; made when it is missing.")
    engine: str = setting(
        "unix:///var/run/docker.sock", "Docker engine: unix:///path, http://host:port or https://host:port."
    )
    engine_certs: str = setting("", "Folder with ca.pem, cert.pem and key.pem for an https engine.")
    host_root: str = setting(
        "", "Where the host's /proc and /sys are mounted when this runs in a container, as in /host."
    )
    origins: tuple[str, ...] = setting(
        (), "Further origins that browsers may use, comma-separated, as in https://ops.example.net."
    )

    auth: Literal["on", "off"] = setting(
        "on", "off: nobody signs in and whoever reaches the server may do everything; on loopback only."
    )
    admin_password: str = setting(
        "", "Makes the first account, `admin`, at a start without any; else a set-up link is printed.", secret=True
    )
    read_only: bool = setting(False, "1: nothing that changes a container can be done, by anybody.")
    trusted_proxies: tuple[str, ...] = setting(
        (), "Addresses or networks of proxies whose X-Forwarded-For and -Proto are believed, comma-separated."
    )
    tls_cert: str = setting(
        "", "Certificate chain in PEM; with TLS_KEY the server speaks https. Renewed files are taken up."
    )
    tls_key: str = setting("", "The certificate's private key in PEM.")
    redirect_port: int = setting(0, "With TLS: a port that sends http to https; 0 for none.", least=0, most=65535)
    oidc_issuer: str = setting("", "Address of an OpenID Connect provider, as in https://id.example.net/realms/ops.")
    oidc_client_id: str = setting("", "What the provider knows this server as.")
    oidc_client_secret: str = setting("", "The client's secret, where the provider gave one.", secret=True)
    oidc_name: str = setting("", "What the sign-in button calls the provider; its host where this is empty.")
    oidc_roles_claim: str = setting("groups", "The claim of the ID token that holds a person's roles or groups.")
    oidc_roles: tuple[str, ...] = setting(
        (), "Which value of the claim gives which role, as in ops=operator,sre=admin. Without one: no entry."
    )
    sockets_per_user: int = setting(10, "Sockets of one user at the same time; 0 for no limit.", least=0)
    api_per_s: float = setting(10.0, "Requests a second of one client, and of one user; 0 for no limit.", least=0)
    api_burst: int = setting(20, "How many of them may come at once.", least=1)
    handshakes_per_s: float = setting(5.0, "Sockets a second that one client may open; 0 for no limit.", least=0)
    sign_ins_per_min: int = setting(
        5, "Failed sign-ins a minute from one address, and for one account; 0 for no limit.", least=0
    )

    runbooks: str = setting("", "Folder of runbooks in Markdown for the assistant; the samples where it is empty.")
    runner: Literal["builtin", "llm", "claude"] = setting(
        "builtin", "What answers in a new session that names nothing."
    )
    runs: int = setting(64, "Runs at the same time; more of them wait.", least=1, most=1000)
    run_s: float = setting(
        900.0, "A run ends after this time, not counting what it waits for people.", unit="s", least=1
    )
    run_turns: int = setting(30, "Times that a run may ask its model.", least=1, most=1000)
    run_output_b: int = setting(1024 * 1024, "Text that a run may write.", unit="B", least=1024, most=2**26)
    run_cost_usd: float = setting(1.0, "What a run may cost, where that is known; 0 for no limit.", unit="USD", least=0)
    permission_s: float = setting(
        1800.0, "Time to answer when an agent asks; it can be extended.", unit="s", least=1, most=86400
    )
    llm_api: Literal["", "openai", "anthropic"] = setting(
        "", "Which API a language model speaks; needs the extra `llm`. Without it there is no such runner."
    )
    llm_url: str = setting("", "Base address of that API; the provider's own where it is empty.")
    llm_model: str = setting("", "The model's name.")
    llm_key: str = setting("", "The key of that API.", secret=True)
    claude: str = setting("", "Path of the Claude Code command line. Without it there is no such runner.")
    claude_user: str = setting(
        "agent", "The user, or its number, that it runs as; one that can open neither the engine nor the data folder."
    )
    claude_launcher: str = setting(
        "", "A setpriv that may change the user, for a server that is not root; see docs/agents.md."
    )
    claude_folder: str = setting("/var/lib/pilothouse-agent", "Where each session has a working folder of its own.")
    claude_model: str = setting("", "The model; the command line's own choice where it is empty.")
    claude_url: str = setting("", "Base address of the model's API; the provider's own where it is empty.")
    claude_key: str = setting("", "The key of that API.", secret=True)

    metrics_interval_s: float = setting(2.0, "Time between two samples of the host.", unit="s", least=0.1, most=60)
    containers_interval_s: float = setting(
        10.0, "The container list is sent at least this often.", unit="s", least=0.5, most=300
    )
    heartbeat_s: float = setting(30.0, "Time between two heartbeats on every socket.", unit="s", least=0.2, most=300)
    idle_s: float = setting(
        300.0, "A socket without a subscription is closed after this time.", unit="s", least=1, most=86400
    )
    pool: int = setting(1000, "Sockets at the same time.", least=1, most=100_000)
    message_b: int = setting(1024 * 1024, "Largest message a client may send.", unit="B", least=1024, most=2**26)
    commands_per_s: float = setting(20.0, "Messages a second that one socket may send; 0 for no limit.", least=0)
    commands_burst: int = setting(40, "How many of them may come at once.", least=1)

    outbox_messages: int = setting(1024, "Messages that may wait for one slow client.", least=1, most=100_000)
    outbox_b: int = setting(1024 * 1024, "Bytes that may wait for one slow client.", unit="B", least=1024, most=2**28)
    stall_s: float = setting(
        10.0, "A client that takes nothing for this long is disconnected.", unit="s", least=0.1, most=300
    )
    replay_events: int = setting(
        5000, "Most missed events that are replayed; above it a client loads a snapshot.", least=1
    )
    replay_b: int = setting(4 * 1024 * 1024, "Most bytes that are replayed.", unit="B", least=1024)
    replay_ack_s: float = setting(10.0, "Time a client has to acknowledge a page of a replay.", unit="s", least=0.1)

    ring: int = setting(1000, "Newest events that are kept in memory.", least=1, most=1_000_000)
    retention_days: float = setting(30.0, "Events are kept this long.", unit="days", least=0.01)
    retention_events: int = setting(1_000_000, "Events that are kept at most.", least=1000)
    audit_days: float = setting(365.0, "The audit trail is kept this long.", unit="days", least=1)

    log_level: Literal["debug", "info", "warning", "error"] = setting("info", "Least important lines that are logged.")
    log_format: Literal["json", "text"] = setting("text", "Shape of the log lines.")


def table() -> list[tuple[str, Any, Any, Meta]]:
    """Return every setting as (field name, type, default, meta), in the order in which they are declared."""
    hints = get_type_hints(Config)
    return [(f.name, hints[f.name], f.default, f.metadata["setting"]) for f in dataclasses.fields(Config)]


def load(environ: Mapping[str, str] = os.environ) -> Config:
    """Return the settings that `environ` asks for.

    Raises:
        StartupError: a value is not allowed, or a `PILOTHOUSE_` name is unknown; the message says what is.
    """
    rows = {PREFIX + name.upper(): (name, kind, meta) for name, kind, _, meta in table()}
    files = {variable + "_FILE": variable for variable, (_, _, meta) in rows.items() if meta.secret}
    values: dict[str, Any] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable.startswith(PREFIX + "TEST_"):
            continue
        if variable in files:
            if text:
                values[rows[files[variable]][0]] = _read_secret(variable, text, beside=environ.get(files[variable], ""))
            continue
        if variable not in rows:
            raise StartupError(f"{variable} is not a setting. See: python -m server --help")
        name, kind, meta = rows[variable]
        if text != "" or (kind is str and not meta.secret):
            values[name] = _parse(variable, text, kind, meta)
    return Config(**values)


def _read_secret(variable: str, path: str, *, beside: str) -> str:
    """The first line of the file that a `_FILE` variable names."""
    if beside:
        raise StartupError(f"{variable} and {variable.removesuffix('_FILE')} are both set. Keep one of them.")
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StartupError(f"{variable}={path!r}: the file cannot be read: {error}.") from None
    return text.partition("\n")[0].rstrip("\r")


def describe(kind: Any) -> str:
    """What a value of `kind` looks like, in words for the help text."""
    if get_origin(kind) is Literal:
        return "|".join(get_args(kind))
    if get_origin(kind) is tuple:
        return "list"
    return {bool: "0|1", int: "integer", float: "number", Path: "folder"}.get(kind, "text")


def show(value: Any) -> str:
    """A setting's value as it would be written in the environment."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def help_text() -> str:
    """Every setting with its default, for `--help`."""
    lines = ["settings, from the environment:"]
    for name, kind, default, meta in table():
        unit = f" {meta.unit}" if meta.unit else ""
        lines.append(f"  {PREFIX}{name.upper()} ({describe(kind)}, default {show(default) or 'none'}{unit})")
        lines.append(f"      {meta.help}")
    return "\n".join(lines)


def markdown() -> str:
    """Every setting as a row of a Markdown table, as the README shows it."""
    rows = ["| Setting | Default | Kind | What it does |", "|---|---|---|---|"]
    for name, kind, default, meta in table():
        unit = f" {meta.unit}" if meta.unit else ""
        value = f"`{show(default)}`{unit}" if show(default) else ""
        file = " or `…_FILE`" if meta.secret else ""
        rows.append(
            f"| `{PREFIX}{name.upper()}`{file} | {value} | {describe(kind).replace('|', ' or ')} | {meta.help} |"
        )
    return "\n".join(rows)


def check_exposure(config: Config) -> None:
    """Refuse settings that would let anybody in, or that contradict each other.

    Raises:
        StartupError: AUTH is off and HOST is not a loopback address, or only one of TLS_CERT and TLS_KEY is set.
    """
    if config.auth == "off" and not is_loopback(config.host):
        raise StartupError(
            f"{PREFIX}HOST={config.host!r}: anybody who reaches this address could act on your containers, for "
            f"{PREFIX}AUTH=off lets everybody in. Listen on 127.0.0.1, or leave {PREFIX}AUTH on."
        )
    if bool(config.tls_cert) != bool(config.tls_key):
        raise StartupError(f"{PREFIX}TLS_CERT and {PREFIX}TLS_KEY belong together: set both or neither.")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _parse(variable: str, text: str, kind: Any, meta: Meta) -> Any:
    if get_origin(kind) is Literal:
        return _one_of(variable, text, get_args(kind))
    if get_origin(kind) is tuple:
        return tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())
    if kind is bool:
        return _one_of(variable, text, ("0", "1")) == "1"
    if kind in (int, float):
        return _number(variable, text, kind, meta)
    return kind(text)


def _one_of(variable: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise StartupError(f"{variable}={text!r}: allowed is {', '.join(allowed)}")
    return text


def _number(variable: str, text: str, kind: Any, meta: Meta) -> Any:
    least = "" if meta.least is None else f", at least {meta.least:g}"
    most = "" if meta.most is None else f", at most {meta.most:g}"
    allowed = f"{variable}={text!r}: allowed is {'an integer' if kind is int else 'a number'}{least}{most}"
    try:
        value = kind(text)
    except ValueError:
        raise StartupError(allowed) from None
    if not (meta.least is None or value >= meta.least) or not (meta.most is None or value <= meta.most):
        raise StartupError(allowed)
    return value
