"""A disk without any room left: what goes on, what is refused, and that all is well when there is room again."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .jmap import Jmap, answering, deliver, verified
from .web import Gunicorn, gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("8620", "3.6.2")]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small file system")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip(f"cannot mount: {done.stderr.decode()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def server(disk: Path, tmp_path: Path) -> Iterator[Gunicorn]:
    """Its state is on the small disk, and alice's mail beside it."""
    (disk / "state").mkdir(mode=0o700)
    (tmp_path / "state").symlink_to(disk / "state")
    with gunicorn(tmp_path) as server:
        for number in range(20):
            deliver(server.maildir, f"Number {number}", flags="")
        yield server


def fill(disk: Path) -> Path:
    """All the room that is left, to the last octet."""
    filler = disk / "filler"
    for step in (1 << 16, 1):
        with filler.open("ab", buffering=0) as file, pytest.raises(OSError, match="space"):
            while True:
                if file.write(bytes(step)) != step:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return filler


def refused(server: Gunicorn) -> None:
    """Each worker says so, and not more to the client than it may know; the log has the cause."""
    for number in (0, 1):
        with answering(number, server) as jmap:
            answer = jmap.error("Email/query")
            assert answer["type"] in ("serverFail", "serverUnavailable")
            assert "/" not in answer["description"]
    log = server.log.read_text()
    assert "No space left on device" in log
    assert " status=5" not in log


def fine(server: Gunicorn, subjects: int) -> None:
    for number in (0, 1):
        with answering(number, server) as jmap:
            assert len(jmap.by_subject()) == subjects
            assert len(jmap.call("Email/query", filter={"text": "number"})["ids"]) == 20
    assert server.reindex("--compact").returncode == 0
    verified(server)


def test_full_before_the_first_look(server: Gunicorn, disk: Path) -> None:
    filler = fill(disk)
    refused(server)
    filler.unlink()
    fine(server, 20)


def test_full_later(server: Gunicorn, disk: Path) -> None:
    """Flags can still be changed, for a journal has room reserved for that."""
    jmap = Jmap(server)
    before = jmap.by_subject()
    state = jmap.call("Email/get", ids=[])["state"]
    filler = fill(disk)
    for number in (0, 1):
        with answering(number, server) as one:
            one.update(before[f"Number {number}"]["id"], keywords={"$seen": True})
            assert one.by_subject()["Number 0"]["keywords"] == {"$seen": True}
    assert server.reindex("--compact").returncode != 0
    deliver(server.maildir, "Large", flags="", References=" ".join(f"<{n}.large@example.org>" for n in range(200)))
    assert len(jmap.by_subject()) == 21
    filler.unlink()
    changes = jmap.call("Email/changes", sinceState=state)
    assert len(changes["created"]) == 1
    assert set(changes["updated"]) == {before["Number 0"]["id"], before["Number 1"]["id"]}
    fine(server, 21)


def test_more_comes_in_than_there_is_room_for(server: Gunicorn, disk: Path) -> None:
    jmap = Jmap(server)
    assert len(jmap.emails()) == 20
    state = jmap.call("Email/get", ids=[])["state"]
    filler = fill(disk)
    for number in range(150):
        references = " ".join(f"<{number}.{n}.{'x' * 60}@example.org>" for n in range(180))
        deliver(server.maildir, f"Large {number}", References=references)
    refused(server)
    filler.unlink()
    assert len(jmap.call("Email/changes", sinceState=state)["created"]) == 150
    fine(server, 170)
