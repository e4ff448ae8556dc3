"""Torn and damaged journals, full disks (index.md, "Proof")."""

import errno
import os
import resource
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jmapd.index import IndexDamaged
from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact
from jmapd.index.current import switch
from jmapd.index.synced import Synced
from tests.index.model import email_id, row

pytestmark = pytest.mark.rfc("8620", "5.2")


def commit(index: AccountIndex, *changes: Any) -> None:
    with index.lock():
        index.commit(list(changes))


def view(index: AccountIndex) -> Any:
    mail = index.mail
    emails = sorted((mail.id(at), mail.keywords(at)) for at in mail.live())
    return emails, index.state("Email"), index.state("Thread"), index.modseq


def filled(folder: Path) -> tuple[list[Any], list[int]]:
    """Views after each of some commits, and the journal's lengths."""
    index = AccountIndex(folder)
    commit(index, *(["Email", "c", email_id(number), row(number)] for number in range(4)))
    views, lengths = [view(index)], [index.log.end]
    for number in range(3):
        commit(index, ["Email", "u", email_id(number), {"keywords": ["$seen"]}], ["Email", "d", email_id(3 - number)])
        commit(index, ["Email", "c", email_id(3 - number), row(3 - number)])
        views.append(view(index))
        lengths.append(index.log.end)
    index.close()
    return views, lengths


@pytest.fixture
def memory(tmp_path: Path) -> Any:
    """A folder where syncing costs nothing, if there is one."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    folder = Path("/dev/shm") / f"jmapd-test-{os.getpid()}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def test_a_journal_cut_at_any_byte_gives_an_earlier_state(memory: Path) -> None:
    folder = memory / "a"
    index = AccountIndex(folder)
    commit(index, *(["Email", "c", email_id(number), row(number)] for number in range(3)))
    views, ends = [view(index)], [index.log.end]
    for number in range(3):
        commit(index, ["Email", "u", email_id(number), {"keywords": ["$seen"]}])
        views.append(view(index))
        ends.append(index.log.end)
    path, data = index.log.path, index.log.path.read_bytes()
    for length in range(ends[0], ends[-1] + 1):
        path.write_bytes(data[:length])
        found = AccountIndex(folder)
        good = max(at for at, end in enumerate(ends) if end <= length)
        assert view(found) == views[good]
        commit(found, ["Email", "d", email_id(2)])
        after = AccountIndex(folder)
        assert view(after) == view(found)
        assert after.mail.row(email_id(2)) is None
        found.close()
        after.close()


def test_a_flipped_bit_is_noticed_or_changes_nothing(memory: Path) -> None:
    folder = memory / "a"
    views, lengths = filled(folder)
    path = next(folder.glob("journal.*"))
    data = path.read_bytes()
    for at in range(lengths[-2], len(data)):
        for bit in (0, 3, 5):
            path.write_bytes(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :])
            try:
                found = AccountIndex(folder)
            except IndexDamaged:
                continue
            # A letter of the checksum in the other case means the same; without its LF the last line is a torn one.
            assert view(found) == views[-1] or at == len(data) - 1
            found.close()


def test_a_reader_that_is_open_notices_damage(tmp_path: Path) -> None:
    index, reader = AccountIndex(tmp_path), AccountIndex(tmp_path)
    commit(index, ["Email", "c", email_id(1), row(1)])
    with index.log.path.open("ab") as file:
        file.write(b"00000000\t9\t[]\n")
    with pytest.raises(IndexDamaged):
        reader.refresh()
    with pytest.raises(IndexDamaged), index.lock():
        pass


def test_a_line_that_does_not_follow_is_damage(tmp_path: Path) -> None:
    index, reader = AccountIndex(tmp_path), AccountIndex(tmp_path)
    commit(index, ["Email", "c", email_id(1), row(1)])
    with index.log.path.open("ab") as file:
        file.write(index.log.tail(0))
    with pytest.raises(IndexDamaged):
        reader.refresh()


@pytest.mark.parametrize("name", ["journal", "snapshot", "records"])
def test_a_missing_file_is_damage(tmp_path: Path, name: str) -> None:
    index = AccountIndex(tmp_path)
    commit(index, ["Email", "c", email_id(1), row(1)])
    compact(index)
    index.close()
    next(tmp_path.glob(f"{name}.*")).unlink()
    with pytest.raises(IndexDamaged):
        AccountIndex(tmp_path)


def test_a_damaged_current_is_noticed(tmp_path: Path) -> None:
    AccountIndex(tmp_path).close()
    path = tmp_path / "CURRENT"
    path.write_bytes(path.read_bytes().replace(b"journal", b"jOurnal"))
    with pytest.raises(IndexDamaged):
        AccountIndex(tmp_path)


def test_after_a_start_of_the_machine_a_sound_journal_keeps_its_epoch(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    commit(index, ["Email", "c", email_id(1), row(1)])
    before = view(index)
    switch(tmp_path, index.names | {"boot": "another"})
    assert view(AccountIndex(tmp_path)) == before


@pytest.mark.parametrize("garbage", [b"half a line", bytes(100), b"0000\t\n", b"\n"])
def test_after_a_start_of_the_machine_a_damaged_end_begins_an_epoch(tmp_path: Path, garbage: bytes) -> None:
    index = AccountIndex(tmp_path)
    commit(index, ["Email", "c", email_id(1), row(1)])
    state = index.state("Email")
    switch(tmp_path, index.names | {"boot": "another"})
    with index.log.path.open("ab") as file:
        file.write(garbage)
    found = AccountIndex(tmp_path)
    assert found.mail.row(email_id(1)) is not None
    assert found.changes("Email", state) is None
    assert found.state("Email") != state
    commit(found, ["Email", "d", email_id(1)])
    assert not AccountIndex(tmp_path).verify()
    index.refresh()  # one that was open follows
    assert view(index) == view(found)


def test_a_file_that_may_not_grow_leaves_the_state(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    commit(index, ["Email", "c", email_id(1), row(1)])
    before, size = view(index), index.log.size()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))
        try:
            commit(index, ["Email", "c", email_id(2), row(2)])
        except OSError as error:
            is_same = view(index) == before and index.log.size() == size
            os._exit(0 if is_same and error.errno in (errno.ENOSPC, errno.EFBIG) else 2)
        os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert view(AccountIndex(tmp_path)) == before
    commit(index, ["Email", "c", email_id(2), row(2)])
    assert not AccountIndex(tmp_path).verify()


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small file system")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip(f"cannot mount: {done.stderr!r}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_refuses_and_keeps_flag_changes_working(small_disk: Path) -> None:
    index = AccountIndex(small_disk / "a")
    commit(index, *(["Email", "c", email_id(number), row(number)] for number in range(100)))
    fill(small_disk / "filler")
    for number in range(100):
        commit(index, ["Email", "u", email_id(number), {"keywords": ["$seen"]}])
    before = view(index)
    big = row(200, record={"subject": "x" * (3 << 20)})
    with pytest.raises(OSError, match="space"):
        commit(index, ["Email", "c", email_id(200), big])
    fill(small_disk / "filler")
    with pytest.raises(OSError, match="space"):
        compact(index)
    assert view(index) == before
    fresh = AccountIndex(small_disk / "a")
    assert view(fresh) == before
    assert not fresh.verify()
    (small_disk / "filler").unlink()
    assert compact(fresh)
    index.refresh()
    assert view(index) == before
    index.close()
    fresh.close()


def fill(path: Path) -> None:
    """Takes all the space that is left."""
    with path.open("ab", buffering=0) as file, pytest.raises(OSError, match="space"):
        while True:
            if file.write(bytes(1 << 16)) != 1 << 16:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_is_durable_is_told_on_a_full_disk_without_harm(small_disk: Path) -> None:
    fill(small_disk / "filler")
    child = os.fork()
    if child == 0:
        Synced(small_disk / "synced").set(1, 1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_good_lines_before_one_that_cannot_be_read_yet_are_kept(tmp_path: Path) -> None:
    """A reader without the lock may see a line half cut off and half new; what it read before that is not lost."""
    writer, reader = AccountIndex(tmp_path), AccountIndex(tmp_path)
    commit(writer, ["Email", "c", email_id(1), row(1)])
    with writer.log.path.open("ab") as file:
        file.write(b"half\n")
    with pytest.raises(IndexDamaged):
        reader.refresh()
    os.truncate(writer.log.path, writer.log.end)
    reader.refresh()
    assert view(reader) == view(writer)
