"""Waking up on changes in directories."""

import threading
from pathlib import Path

import pytest

from jmapd.files.watch import Watch


@pytest.mark.parametrize("want_inotify", [True, False])
def test_a_new_file_wakes_up(tmp_path: Path, want_inotify: bool) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    watch = Watch(want_inotify)
    assert watch.follow({str(tmp_path / "a"): "alice", str(tmp_path / "b"): "bob"}) == {"alice", "bob"}
    assert watch.follow({str(tmp_path / "a"): "alice", str(tmp_path / "b"): "bob"}) == set()
    assert watch.wait(0.01) == set()
    threading.Timer(0.05, (tmp_path / "b" / "file").touch).start()
    assert watch.wait(30) == {"bob"}
    assert watch.wait(0.01) == set()
    watch.close()


@pytest.mark.parametrize("want_inotify", [True, False])
def test_a_directory_that_comes_and_goes(tmp_path: Path, want_inotify: bool) -> None:
    path = tmp_path / "late"
    watch = Watch(want_inotify)
    watch.follow({str(path): "alice"})
    path.mkdir()
    assert watch.wait(30) == {"alice"}
    (path / "file").touch()
    assert watch.wait(30) == {"alice"}
    (path / "file").unlink()
    path.rmdir()
    assert watch.wait(30) == {"alice"}
    path.mkdir()
    assert watch.wait(30) == {"alice"}
    watch.close()


def test_what_is_no_longer_followed_is_quiet(tmp_path: Path) -> None:
    watch = Watch()
    watch.follow({str(tmp_path): "alice"})
    watch.follow({})
    (tmp_path / "file").touch()
    assert watch.wait(0.01) == set()
    watch.close()
