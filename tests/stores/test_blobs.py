"""Uploads, messages and their parts as blobs."""

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jmapd.stores.base import OverQuota, RecordNotFound
from jmapd.stores.blob_content import UploadContent
from jmapd.stores.blobs import Blobs
from tests.stores.maildir_files import Mail

pytestmark = pytest.mark.rfc("8620", "6.1")
MIXED = (
    b"Subject: Parts\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nText\n--b\n"
    b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAEC\n--b--\n"
)


def name(content: bytes) -> str:
    return "G" + hashlib.sha256(content).hexdigest()


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


def ages(folder: Path) -> dict[str, float]:
    return {path.name: path.stat().st_mtime for path in folder.iterdir()}


def made(mail: Mail, quota: int, *contents: bytes) -> Blobs:
    """Uploads, the first the oldest."""
    blobs = Blobs(mail.state_dir / "blobs", lambda: mail.account.emails, quota=quota)
    for age, content in enumerate(reversed(contents)):
        id = blobs.put([content], 100)[0]
        os.utime(mail.state_dir / "blobs" / id, (1e9 - age, 1e9 - age))
    return blobs


@pytest.mark.rfc("8620", "6")
def test_over_quota_the_oldest_go(mail: Mail) -> None:
    """MUST delete in date order until there is room; the new one is there whatever its name is."""
    blobs = made(mail, 10, b"aaa", b"bbbb", b"ccc")
    blobs.put([b"dd"], 100)
    assert blobs.used() == 9 and not (mail.state_dir / "blobs" / name(b"aaa")).exists()
    blobs.put([b"0123456789"], 100)
    assert list(ages(mail.state_dir / "blobs")) == [name(b"0123456789")]
    with pytest.raises(OverQuota):
        blobs.put([b"0123456789a"], 100)
    assert list(ages(mail.state_dir / "blobs")) == [name(b"0123456789")]


@pytest.mark.rfc("8620", "6")
def test_what_is_on_its_way_stays(mail: Mail) -> None:
    blobs = made(mail, 10)

    def slow() -> Iterator[bytes]:
        yield b"slow"
        [path] = (mail.state_dir / "blobs").iterdir()
        os.utime(path, (1e9, 1e9))
        other = made(mail, 10)
        for content in (b"aaaaaa", b"bbbbbb"):
            other.put([content], 100)

    assert blobs.put(slow(), 100)[1] == 4
    assert set(ages(mail.state_dir / "blobs")) == {name(b"slow"), name(b"bbbbbb")}


@pytest.mark.rfc("8620", "6")
def test_another_process_fills_the_quota(mail: Mail) -> None:
    first, second = made(mail, 10, b"aaaaaaaa"), made(mail, 10)
    second.put([b"bb"], 100)
    first.put([b"cc"], 100)
    second.put([b"dd"], 100)
    assert second.used() <= 10


@pytest.mark.rfc("8620", "6")
def test_the_same_again_is_kept_as_long_as_a_new_one(mail: Mail) -> None:
    blobs = made(mail, 100, b"same", b"other")
    assert blobs.put([b"same"], 100) == (name(b"same"), 4) and blobs.used() == 9
    assert blobs.expire(1e9 + 25 * 3600) == 1
    assert list(ages(mail.state_dir / "blobs")) == [name(b"same")]


@pytest.mark.rfc("8620", "6")
def test_uploaded_again_while_old_ones_are_removed(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = made(mail, 100, b"same")
    look = blobs._uploads

    def uploads() -> list[tuple[Path, int, float]]:
        found = look()
        monkeypatch.setattr(blobs, "_uploads", look)
        blobs.put([b"same"], 100)
        return found

    monkeypatch.setattr(blobs, "_uploads", uploads)
    assert blobs.expire(1e9 + 25 * 3600) == 0 and blobs.used() == 4


def test_an_upload_that_goes_while_it_is_read(mail: Mail) -> None:
    put(mail, b"x")
    with mail.account.session():
        found = mail.account.blobs.find(name(b"x"))
        assert found is not None and found.size == 1
        (mail.state_dir / "blobs" / name(b"x")).unlink()
        with pytest.raises(RecordNotFound):
            list(found.read())
        assert mail.account.blobs.find(name(b"x")) is None


def test_ranges_read_no_more_than_they_need(mail: Mail) -> None:
    content = bytes(range(256)) * 10_000
    id = put(mail, content, limit=len(content))
    with mail.account.session():
        found = mail.account.blobs.find(id)
        assert found is not None
        assert [len(piece) for piece in found.read(5, 300)] == [295]
        assert b"".join(found.read(1_000_000, 2_200_000)) == content[1_000_000:2_200_000]
        assert b"".join(found.read(len(content) - 1)) == content[-1:] and list(found.read(7, 7)) == []


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


def test_a_message_is_read_once_for_all_its_parts(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    """An Email made of the parts of a large one must not read that once for each of them."""
    message, other = put(mail, MIXED), put(mail, b"alone")
    read, whole = [], UploadContent.read
    monkeypatch.setattr(UploadContent, "read", lambda self, *range: read.append(self) or whole(self, *range))
    with mail.account.session():
        found = dict(mail.account.blobs.contents([f"{message}_2", other, f"{message}_9", "nothing", f"{message}_1"]))
    assert found == {
        f"{message}_1": b"Text",
        f"{message}_2": b"\0\1\2",
        f"{message}_9": None,
        other: b"alone",
        "nothing": None,
    }
    assert len(read) == 2
