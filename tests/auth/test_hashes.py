"""Hashes that are read and written."""

import subprocess
import sys
import unicodedata

import bcrypt
import pytest
from passlib.hash import apr_md5_crypt, md5_crypt, sha256_crypt, sha512_crypt

from jmapd.auth import hashes

WORD = "käse & Brot"


def bcrypt_of(word: str, prefix: str) -> str:
    return prefix + bcrypt.hashpw(word.encode()[:72], bcrypt.gensalt(4)).decode()[4:]


@pytest.mark.parametrize(
    "stored",
    [
        hashes.hashed(WORD),
        bcrypt_of(WORD, "$2y$"),
        bcrypt_of(WORD, "$2b$"),
        bcrypt_of(WORD, "$2a$"),
        sha256_crypt.using(rounds=1000).hash(WORD),
        sha512_crypt.using(rounds=1000).hash(WORD),
        apr_md5_crypt.hash(WORD),
    ],
    ids=["argon2id", "2y", "2b", "2a", "sha256", "sha512", "apr1"],
)
def test_each_kind_is_verified(stored: str) -> None:
    assert hashes.scheme(stored) is not None
    assert hashes.matches(WORD, stored)
    assert not hashes.matches(WORD + "x", stored)
    assert not hashes.matches("", stored)


def test_passlib_is_ready_before_two_logins_come_at_once() -> None:
    """It makes tables at their first use; of two threads that meet there one fails, and its login with it."""
    script = """if True:
        from jmapd.auth import hashes
        from passlib.utils.binary import h64
        lazy = [crypt for crypt in hashes.CRYPT.values() if getattr(crypt, "_BackendMixin__backend", "") is None]
        print(type(h64).__name__, lazy)
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "Base64Engine []\n"


def test_what_we_write_is_argon2id() -> None:
    first, second = hashes.hashed(WORD), hashes.hashed(WORD)
    assert first.startswith("$argon2id$v=19$")
    assert first != second


def test_lines_made_by_other_programs() -> None:
    """As `htpasswd -nbm` and `openssl passwd` with -apr1, -5 and -6 print them."""
    assert hashes.matches("myPassword", "$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/")
    assert hashes.matches("secret", "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/")
    assert hashes.matches("Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5")
    assert hashes.matches(
        "secret", "$6$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG."
    )


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "secret",
        "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
        "$1$abc$",
        md5_crypt.using(salt="abcdefgh").hash("secret"),
        "$2y$10$short",
        "!",
        "*",
    ],
)
def test_other_kinds_are_not_read(stored: str) -> None:
    assert hashes.scheme(stored) is None
    assert not hashes.matches("secret", stored)


@pytest.mark.parametrize(
    "stored", ["$argon2id$v=19$m=1", "$5$rounds=x$salt$hash", "$6$", "$apr1$", "$2y$99$" + "a" * 53]
)
def test_broken_hashes_never_match(stored: str) -> None:
    assert not hashes.matches("secret", stored)


def test_long_passwords() -> None:
    stored = bcrypt_of("a" * 80, "$2y$")
    assert hashes.matches("a" * 80, stored)  # bcrypt looks at 72 octets only; more must not be an error
    assert not hashes.matches("a" * 100_000, stored)
    assert not hashes.matches("\0", stored)


@pytest.mark.rfc("7617", "2.1")
def test_both_ways_to_write_an_umlaut_are_one_password() -> None:
    stored = hashes.hashed(unicodedata.normalize("NFD", WORD))
    assert hashes.matches(unicodedata.normalize("NFC", WORD), stored)
