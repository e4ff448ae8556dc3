"""The key by which push services know this server (RFC 8292, RFC 9749): made at the first start, kept in a file."""

import base64
import contextlib
import os
import time
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

NAME = "vapid.pem"  # in the state folder
_MOST_TOKENS = 1000  # kept
_SECONDS = 12 * 3600  # that a token holds; RFC 8292 2: at most 24 hours


class Vapid:
    """Raises OSError, ValueError where the file cannot be used."""

    def __init__(self, state_dir: Path, contact: str) -> None:
        """`contact`: a mailto: or https: URL, or "" (RFC 8292 2.1)."""
        self._contact, path = contact, state_dir / NAME
        if not path.exists():
            _make(path)
        key = load_pem_private_key(path.read_bytes(), None)
        if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
            raise ValueError(f"{path}: must be a P-256 key")
        self._key = key
        self.public = _text(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        self._tokens: dict[str, tuple[float, str]] = {}  # by origin

    def authorization(self, url: str) -> str:
        """The Authorization header of a request to that URL (RFC 8292 3)."""
        origin, now = _origin(url), time.time()
        until, token = self._tokens.get(origin, (0.0, ""))
        if not _SECONDS / 2 <= until - now <= _SECONDS:  # the clock may have been set back
            until = now + _SECONDS
            if len(self._tokens) >= _MOST_TOKENS:
                self._tokens.clear()
            token = self._token(origin, int(until))
            self._tokens[origin] = until, token
        return f"vapid t={token}, k={self.public}"

    def _token(self, origin: str, until: int) -> str:
        """A JWT with ES256 (RFC 7518 3.4)."""
        claims = {"aud": origin, "exp": until} | ({"sub": self._contact} if self._contact else {})
        told = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
        r, s = decode_dss_signature(self._key.sign(told.encode(), ECDSA(SHA256())))
        return f"{told}.{_text(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _make(path: Path) -> None:
    """Only one of several processes that start at once."""
    key = generate_private_key(SECP256R1())
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    aside = path.with_name(f".{path.name}-{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(aside, path)
    aside.unlink()


def _origin(url: str) -> str:
    """As it is written in one way only (RFC 6454 6.1): `aud` is compared."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = "" if parts.port in (None, 443) else f":{parts.port}"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def _json(value: object) -> str:
    return _text(orjson.dumps(value))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def unpadded(text: str) -> bytes:
    """URL-safe base64, with padding or without. Raises ValueError."""
    plain = text.rstrip("=")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
