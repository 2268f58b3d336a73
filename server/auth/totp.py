"""Codes that change every 30 seconds (RFC 6238), and the ones on paper that stand in for them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import re
import secrets

import pyotp

ISSUER = "Pilothouse"
STEP_S = 30
RECOVERY_CODES = 10
# 80 bits: nobody finds one from its hash, which is why a plain SHA-256 is enough, and nobody guesses one either.
_RECOVERY_B = 10

_CODE = re.compile(r"[0-9]{6}")


def new_secret() -> str:
    """Return 160 random bits in base 32, as authenticator apps take them."""
    return pyotp.random_base32()


def uri(secret: str, name: str) -> str:
    """Return what the app scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def qr(text: str) -> str:
    """Return `text` as an SVG document with neither style nor script, black on white in any theme. Takes milliseconds:
    call it in a thread."""
    # Imported when the first person asks: it costs 3 MB, which most servers never need.
    import segno

    out = io.BytesIO()
    code = segno.make_qr(text, error="m")
    code.save(out, kind="svg", xmldecl=False, svgclass=None, lineclass=None, nl=False, light="#fff", omitsize=True)
    return out.getvalue().decode()


def matching_step(secret: str, code: str, now_s: float, *, after: int) -> int | None:
    """Return the time step that `code` belongs to: this one, the one before or the next, for clocks that differ.

    None when it is wrong, or of `after` or an older step: those were used, and what somebody looked at over a shoulder
    must not work again (RFC 6238, section 5.2).
    """
    code = code.replace(" ", "")
    # compare_digest refuses anything but ASCII, and isdigit() knows the digits of many scripts.
    if _CODE.fullmatch(code) is None:
        return None
    totp = pyotp.TOTP(secret)
    now = int(now_s) // STEP_S
    found = None
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(totp.generate_otp(step), code) and step > after:
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Return ten codes as `abcd-efgh-ijkl-mnop`."""
    return [_new_recovery_code() for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str) -> str:
    """Return what is kept of a recovery code, however it was typed."""
    letters = "".join(letter for letter in code.lower() if letter not in "- ")
    return hashlib.sha256(letters.encode(errors="replace")).hexdigest()


def without(hashes: tuple[str, ...], code: str) -> tuple[str, ...] | None:
    """Return `hashes` without that of `code`, None when it is not among them."""
    asked = recovery_hash(code)
    # All are compared, so that the time says nothing of which it was.
    same = [hmac.compare_digest(known, asked) for known in hashes]
    if not any(same):
        return None
    return tuple(known for known, is_it in zip(hashes, same, strict=True) if not is_it)


def _new_recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(_RECOVERY_B)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
