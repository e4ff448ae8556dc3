"""Uploads, messages and their parts as blobs."""

import hashlib
import time
from collections.abc import Iterator

import pytest

from jmapd.stores.base import OverQuota
from jmapd.stores.blobs import Blobs
from tests.stores.maildir_files import Mail

pytestmark = pytest.mark.rfc("8620", "6.1")
MIXED = (
    b"Subject: Parts\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nText\n--b\n"
    b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAEC\n--b--\n"
)


def put(mail: Mail, data: bytes, limit: int = 1000) -> str:
    return mail.account.blobs.put((data[at : at + 7] for at in range(0, len(data), 7)), limit)[0]


def test_an_upload_comes_back(mail: Mail) -> None:
    blob = put(mail, b"some bytes, any bytes \x00\xff")
    assert blob == "G" + hashlib.sha256(b"some bytes, any bytes \x00\xff").hexdigest()
    with mail.account.session():
        assert mail.account.blobs.open(blob) == b"some bytes, any bytes \x00\xff"
        assert mail.account.blobs.open("G" + "0" * 64) is None
        assert mail.account.blobs.open("../../etc/passwd") is None


def test_an_upload_that_is_too_long_or_breaks_leaves_nothing(mail: Mail) -> None:
    with pytest.raises(ValueError, match="more than 5"):
        put(mail, b"123456", limit=5)

    def broken() -> Iterator[bytes]:
        yield b"begin"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        mail.account.blobs.put(broken(), 100)
    assert list((mail.state_dir / "blobs").iterdir()) == []


def test_quota(mail: Mail) -> None:
    blobs = Blobs(mail.state_dir / "blobs", lambda: mail.account.emails, quota=10)
    blobs.put([b"12345678"], 100)
    with pytest.raises(OverQuota):
        blobs.put([b"abc"], 100)


def test_old_uploads_go(mail: Mail) -> None:
    put(mail, b"old")
    assert mail.account.uploads.expire(time.time() + 3600) == 0
    assert mail.account.uploads.expire(time.time() + 25 * 3600) == 1
    assert mail.account.uploads.used() == 0


def test_a_message_and_its_parts(mail: Mail) -> None:
    path = mail.deliver("x")
    path.write_bytes(MIXED)
    wire = MIXED.replace(b"\n", b"\r\n")
    blob = "G" + hashlib.sha256(wire).hexdigest()
    with mail.account.session():
        assert mail.account.blobs.open(blob) == wire
        assert mail.account.blobs.open(blob + "_1") == b"Text"
        assert mail.account.blobs.open(blob + "_2") == b"\0\1\2"
        assert mail.account.blobs.open(blob + "_3") is None


def test_parts_of_an_uploaded_message(mail: Mail) -> None:
    blob = put(mail, MIXED)
    with mail.account.session():
        assert mail.account.blobs.open(blob + "_2") == b"\0\1\2"
