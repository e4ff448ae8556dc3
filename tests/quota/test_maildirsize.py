"""The file maildirsize (Courier's README.maildirquota) is kept as its other programs keep it."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from jmapd.stores import maildirsize
from tests.quota.conftest import Limited

pytestmark = pytest.mark.rfc("9425", "4")


def lines(host: Limited) -> list[list[int]]:
    return [[int(word) for word in line.split()] for line in _file(host).read_text().splitlines()[1:]]


def _file(host: Limited) -> Path:
    return host.root / "maildirsize"


@pytest.fixture
def host(limited: Any) -> Limited:
    """A message of 100 octets in wire form (98 on disk) in INBOX, counted; an empty Trash and an empty folder."""
    host: Limited = limited()
    host.folder("Trash")
    host.folder("Lists")
    host.message(100)
    _file(host).write_text("100000S\n98 1\n")
    return host


def test_moves_and_copies(host: Limited) -> None:
    [id] = host.ids()
    inbox, trash, lists = (host.mailbox(name) for name in (_inbox(host), "Trash", "Lists"))
    host.set(update={id: {f"mailboxIds/{lists}": True}})
    assert lines(host) == [[98, 1], [98, 1]]
    host.set(update={id: {"mailboxIds": {trash: True}}})
    assert lines(host)[2:] == [[-196, -2]]
    host.set(update={id: {"mailboxIds": {inbox: True}}})
    assert lines(host)[3:] == [[98, 1]]
    host.set(update={id: {"mailboxIds": {lists: True}}})
    host.set(update={id: {"keywords": {"$flagged": True}}})
    assert len(lines(host)) == 4
    host.set(destroy=[id])
    assert lines(host)[4:] == [[-98, -1]]
    assert _file(host).read_text().startswith("100000S\n")


def _inbox(host: Limited) -> str:
    return next(box["name"] for box in host.call("Mailbox/get", {"ids": None})["list"] if box["role"] == "inbox")


def test_what_is_destroyed_in_trash_did_not_count(host: Limited) -> None:
    id = host.message(200, folder="Trash")
    host.set(destroy=[id])
    assert lines(host) == [[98, 1]]


def test_nobody_keeps_one_where_there_is_none(host: Limited) -> None:
    _file(host).unlink()
    host.set(destroy=host.ids())
    assert not _file(host).exists()


def test_a_long_file_is_made_anew(host: Limited) -> None:
    host.message(200, folder="Lists")
    host.message(300, folder="Trash")
    host.deliver("Subject: sized\n\nx", flags="S").rename(host.root / "cur" / "1.M1P1.host,S=1000:2,S")
    host.deliver("Subject: deleted\n\nx", flags="T")
    _file(host).write_text("100000S,50C\n" + "1 1\n" * 1300)
    _file(host).chmod(0o640)
    [first] = host.ids(inMailbox=host.mailbox("Trash"))
    host.set(update={first: {"mailboxIds": {host.mailbox("Lists"): True}}})
    assert _file(host).read_text() == f"100000S,50C\n{98 + 198 + 298 + 1000} 4\n"
    assert _file(host).stat().st_mode & 0o777 == 0o640 and not list((host.root / "tmp").iterdir())


def test_sums_over_the_limit_are_believed_for_15_minutes(host: Limited) -> None:
    _file(host).write_text("1000S\n5000 1\n")
    host.set(update={host.ids()[0]: {f"mailboxIds/{host.mailbox('Lists')}": True}})
    assert lines(host) == [[5000, 1], [98, 1]]
    long_ago = time.time() - 16 * 60
    os.utime(_file(host), (long_ago, long_ago))
    host.set(destroy=host.ids())
    assert lines(host) == [[0, 0]]


def test_one_write_for_all_of_a_call(host: Limited) -> None:
    ids = [host.message(100 + number) for number in range(5)]
    host.set(destroy=ids)
    assert lines(host) == [[98, 1], [-5 * 98 - 10, -5]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10S,20C\n1 2\n 3   4 \n-1 -1\n", (10, 20, 3, 5)),
        ("20C\n", (None, 20, 0, 0)),
        ("", (None, None, 0, 0)),
        ("5S\nnonsense\n1 1\n1 1 1\n2", (5, None, 1, 1)),
        ("0S,0C\n1 1", (None, None, 1, 1)),
    ],
)
def test_reading(tmp_path: Path, text: str, expected: tuple[Any, ...]) -> None:
    (tmp_path / "maildirsize").write_text(text)
    found = maildirsize.read(tmp_path)
    assert found is not None and (found.max_octets, found.max_count, found.octets, found.messages) == expected
