"""The server's own keys, in a file beside the database: a copy of the database alone opens nothing.

What is lost with the file: every sign-in ends, and second factors have to be set up again. Passwords and API tokens are
hashes and do not depend on it.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import stat
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.clock import Clock
from server.errors import StartupError

SECRETS = "secrets.json"
"""The file's name in the data folder."""

ROTATE_S = 30 * 24 * 3600.0
# Longer than any access token lives: what the key before the newest one signed counts until then.
OVERLAP_S = 3600.0
_MOST_KEYS = 3
_KEY_B = 32
_NONCE_B = 12


class BrokenSeal(ValueError):
    """This was not sealed with this vault's key, for this purpose and owner, or somebody changed it."""


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """Signs access tokens. `kid` is in the header of each of them; `created_at` is in seconds since the Unix epoch."""

    kid: str
    secret: bytes
    created_at: float

    def __repr__(self) -> str:
        return f"SigningKey({self.kid})"


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`signing`: oldest first."""

    version: int
    signing: list[SigningKey]
    sealing: bytes

    def __repr__(self) -> str:
        return "_File(…)"


class Vault:
    """Signs, seals and proves with keys that never leave it, except for those that sign access tokens."""

    def __init__(self, path: Path, clock: Clock, content: _File) -> None:
        """Use `open` instead."""
        self._path = path
        self._clock = clock
        self._content = content
        self._cipher = AESGCM(_derive(content.sealing, "seal"))
        # One for each purpose that the code names: a handful.
        self._mac_keys: dict[str, bytes] = {}

    @classmethod
    def open(cls, path: Path, clock: Clock) -> Vault:
        """Return the vault of the file `path`, made with new keys when it is missing. Blocks: call it in a thread.

        Raises:
            StartupError: it cannot be read or written, others may read it, or it is damaged. It is never replaced.
        """
        try:
            text = _read(path)
            if text is None:
                content = _File(version=1, signing=[_new_key(clock)], sealing=secrets.token_bytes(_KEY_B))
                _write(path, content)
                return cls(path, clock, content)
        except OSError as error:
            raise StartupError(
                f"The secrets file {path} cannot be used by uid {os.geteuid()}: {error.strerror}. "
                "It has to be a plain file of that user, in a folder that it may write."
            ) from error
        return cls(path, clock, _decode(path, text))

    @property
    def signing_key(self) -> SigningKey:
        """What signs now."""
        return self._content.signing[-1]

    def verifying_key(self, kid: str) -> SigningKey | None:
        """The key `kid`, None when there is none or when the last tokens that it signed are over."""
        keys = self._content.signing
        for key, newer in zip(keys, [*keys[1:], None], strict=True):
            if key.kid == kid:
                return key if newer is None or self._clock.now() < newer.created_at + OVERLAP_S else None
        return None

    def rotate_if_due(self) -> bool:
        """Have a new key sign from now on when the newest is older than 30 days, and say whether that was so.

        What the old one signed counts for as long as access tokens live. Blocks: call it in a thread, once at a time.

        Raises:
            OSError: the new key could not be written; the old one still signs.
        """
        if self._clock.now() < self.signing_key.created_at + ROTATE_S:
            return False
        keys = [*self._content.signing, _new_key(self._clock)][-_MOST_KEYS:]
        content = msgspec.structs.replace(self._content, signing=keys)
        # On the disk before it signs: a token of a key that is forgotten at a restart would sign its owner out.
        _write(self._path, content)
        self._content = content
        return True

    def seal(self, data: bytes, *, purpose: str, owner: str) -> bytes:
        """Encrypt `data` (AES-256-GCM). Only `unseal` with the same purpose and owner gives it back."""
        nonce = secrets.token_bytes(_NONCE_B)
        return nonce + self._cipher.encrypt(nonce, data, _bound_to(purpose, owner))

    def unseal(self, sealed: bytes, *, purpose: str, owner: str) -> bytes:
        """Return what was sealed.

        Raises:
            BrokenSeal: it was sealed by another vault, for another purpose or owner, or was changed.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_B], sealed[_NONCE_B:], _bound_to(purpose, owner))
        except (InvalidTag, ValueError):
            raise BrokenSeal("This was not sealed here, or somebody changed it.") from None

    def mac(self, purpose: str, data: bytes) -> bytes:
        """Return 32 bytes that only this vault can make of `data` for `purpose`. `purpose` is a word of the code, never
        what somebody sent. Compare with `hmac.compare_digest`."""
        key = self._mac_keys.get(purpose)
        if key is None:
            key = self._mac_keys[purpose] = _derive(self._content.sealing, f"mac {purpose}")
        return hmac.digest(key, data, "sha256")


def _derive(key: bytes, purpose: str) -> bytes:
    # One key for each use: what one of them gives away says nothing of the others (RFC 5869).
    return HKDF(algorithm=SHA256(), length=_KEY_B, salt=None, info=f"pilothouse {purpose}".encode()).derive(key)


def _bound_to(purpose: str, owner: str) -> bytes:
    return f"{purpose}\0{owner}".encode()


def _new_key(clock: Clock) -> SigningKey:
    return SigningKey(kid=secrets.token_hex(8), secret=secrets.token_bytes(_KEY_B), created_at=clock.now())


def _read(path: Path) -> bytes | None:
    """The file's content, None when there is no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode) and mode & 0o077:
            raise StartupError(
                f"The secrets file {path} can be read or changed by others (mode {stat.S_IMODE(mode):04o}). "
                f"Whoever read it can sign in as anybody. Close it: chmod 600 {path}. If somebody may have read it, "
                "move it away as well: everybody signs in again, and second factors have to be set up again."
            )
        return file.read()


def _decode(path: Path, text: bytes) -> _File:
    try:
        content = msgspec.json.decode(text, type=_File)
        sound = content.version == 1 and len(content.sealing) == _KEY_B and 1 <= len(content.signing) <= _MOST_KEYS
        if sound and all(len(key.secret) == _KEY_B for key in content.signing):
            return content
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # Its message would show a part of the file.
    raise StartupError(
        f"The secrets file {path} is damaged, or of a newer Pilothouse. Put back the copy of the database's time. "
        "Without one, move it away: everybody signs in again, and second factors have to be set up again."
    )


def _write(path: Path, content: _File) -> None:
    """Put `content` in the place of `path`: a crash leaves the old file or the new one, never a half."""
    new = path.with_name(path.name + ".new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    with open(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600), "wb") as file:
        file.write(msgspec.json.encode(content))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
