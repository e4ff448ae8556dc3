"""Password hashes: argon2id is written; htpasswd's bcrypt, SHA-crypt and apr1 are read too."""

import unicodedata

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from passlib.hash import apr_md5_crypt, sha256_crypt, sha512_crypt
from passlib.utils.binary import h64

# 19 MiB and one lane: 17 ms, and a burst of logins does not fill the memory of a small machine.
ARGON2 = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
BCRYPT = ("$2y$", "$2b$", "$2a$")
CRYPT = {"$5$": sha256_crypt, "$6$": sha512_crypt, "$apr1$": apr_md5_crypt}
MAX_PASSWORD = 1024  # octets; SHA-crypt's cost grows with the length
BCRYPT_OCTETS = 72  # all that bcrypt ever looks at

# Verified for a user that does not exist when the file has none to measure by.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$mNq+Vd0UJKwUS16k/cpe3Q$tRaosFjv7fmMi+WTjhKqYM0whC72emNstaOT+Lb2Q0w"

# What passlib makes at its first use: there it fails when two threads come at once.
sha256_crypt.set_backend()
sha512_crypt.set_backend()
h64.encode_int6(0)


def octets(password: str) -> bytes:
    """The octets that are hashed (RFC 8265 4.2: normalised to NFC)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogateescape")


def hashed(password: str) -> str:
    """A new hash for the users file."""
    return ARGON2.hash(octets(password))


def scheme(stored: str) -> str | None:
    """The kind of a hash and its cost, "" with no cost known; None: one that we do not verify."""
    if stored.startswith("$argon2id$") or stored.startswith("$argon2i$"):
        return stored.rpartition("$")[0].rpartition("$")[0]
    if stored.startswith(BCRYPT) and len(stored) == 60:
        return stored[:7]
    for prefix in CRYPT:
        if stored.startswith(prefix):
            rounds = stored.split("$")[2]
            return prefix + (rounds if rounds.startswith("rounds=") else "")
    return None


def matches(password: str, stored: str) -> bool:
    """Whether the password belongs to the hash; False too for a hash that cannot be read."""
    secret = octets(password)
    if len(secret) > MAX_PASSWORD:
        return False
    try:
        if stored.startswith("$argon2"):
            return ARGON2.verify(stored, secret)
        if stored.startswith(BCRYPT):
            return bcrypt.checkpw(secret[:BCRYPT_OCTETS], b"$2b$" + stored[4:].encode())
        for prefix, crypt in CRYPT.items():
            if stored.startswith(prefix):
                return bool(crypt.verify(secret, stored))
    except (Argon2Error, InvalidHashError, ValueError, TypeError):
        return False
    return False
