"""Files that appear whole or not at all (architecture.md 2.1, files/)."""

import errno
import os
import resource
from pathlib import Path

import pytest

from jmapd.files import atomic, locks


def test_write_makes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "a"
    atomic.write(path, b"one", 0o640)
    assert path.read_bytes() == b"one"
    assert path.stat().st_mode & 0o777 == 0o640
    atomic.write(path, b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a"
    atomic.write(path, b"old")
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            atomic.write(path, bytes(5000))
        except OSError as error:
            os._exit(0 if error.errno == errno.EFBIG else 2)
        os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def link_or_copy(source: Path, target: Path) -> None:
    atomic.link_or_copy(source, target, target.parent, lambda path: os.open(path, os.O_RDONLY))


def test_link_or_copy_never_overwrites(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"content")
    os.utime(source, (5, 1234))
    link_or_copy(source, target)
    assert target.read_bytes() == b"content"
    assert target.stat().st_mtime == 1234
    with pytest.raises(FileExistsError):
        link_or_copy(source, target)


def test_link_or_copy_to_another_file_system_copies(tmp_path: Path) -> None:
    places = (Path(place) for place in ("/dev/shm", "/var/tmp") if os.access(place, os.W_OK))
    elsewhere = next((place for place in places if place.stat().st_dev != tmp_path.stat().st_dev), None)
    if elsewhere is None:
        pytest.skip("no second file system to write to")
    source, target = tmp_path / "a", elsewhere / f"jmapd-test-{os.getpid()}"
    source.write_bytes(b"content")
    os.utime(source, (5, 1234))
    try:
        link_or_copy(source, target)
        assert (target.read_bytes(), target.stat().st_mtime) == (b"content", 1234)
        with pytest.raises(FileExistsError):
            link_or_copy(source, target)
    finally:
        target.unlink(missing_ok=True)


def test_reserve_does_not_grow_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12")
    with path.open("r+b") as file:
        if not atomic.reserve(file.fileno(), 2, 1 << 20):
            pytest.skip("this file system has no fallocate")
    assert path.stat().st_size == 2
    assert path.stat().st_blocks * 512 >= 1 << 20


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locks.exclusive(path), locks.exclusive_or_none(path) as is_ours:
        assert not is_ours
    with locks.exclusive_or_none(path) as is_ours:
        assert is_ours


def test_a_lock_goes_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:
        with locks.exclusive(path):
            os.write(tell, b"x")
            os.read(ready, 0)
            os.kill(os.getpid(), 9)
    assert os.read(ready, 1) == b"x"
    os.waitpid(child, 0)
    with locks.exclusive_or_none(path) as is_ours:
        assert is_ours
    os.close(ready)
    os.close(tell)
