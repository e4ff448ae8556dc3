"""The users file: reading, following, editing."""

import os
import threading
from pathlib import Path

import pytest
from passlib.hash import apr_md5_crypt, sha256_crypt

from jmapd.auth.users_file import UsersFile, edit, parse
from jmapd.config import ConfigError

HASH = sha256_crypt.using(rounds=1000).hash("secret")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "users"
    path.write_text(f"# users\n\nalice:{HASH}\n")
    return path


def test_lines_that_are_none_are_left_out_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    lines = [
        "# no",
        f"alice:{HASH}",
        "bob",
        f":{HASH}",
        f"../x:{HASH}",
        "carol:plain",
        f"alice:{apr_md5_crypt.hash('x')}",
    ]
    text = "\n".join([*lines, f"dan:{HASH}:more"])
    assert parse(text, "users") == {"alice": HASH, "dan": HASH}
    assert [record.getMessage().split(":")[1] for record in caplog.records] == ["3", "4", "5", "6", "7"]
    assert "plain" not in caplog.text.replace("users", "")


def test_verify(path: Path) -> None:
    users = UsersFile(path)
    assert users.verify("alice", "secret") == HASH
    assert users.verify("alice", "wrong") is None
    assert users.verify("bob", "secret") is None


def test_unknown_user_costs_a_verification_of_the_usual_kind(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Constant time: what is verified for nobody is a hash of the same kind and cost, and never lets anyone in."""
    seen = []
    real = UsersFile.verify.__globals__["hashes"].matches
    monkeypatch.setattr("jmapd.auth.hashes.matches", lambda word, stored: seen.append(stored) or real(word, stored))
    assert UsersFile(path).verify("nobody", "secret") is None
    assert seen == [HASH]


def test_empty_file_still_verifies_something(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.touch()
    assert UsersFile(path).verify("nobody", "secret") is None


def test_changes_count_at_once(path: Path) -> None:
    users = UsersFile(path)
    edit(path, lambda lines: [*lines, f"bob:{HASH}"])
    assert set(users.users()) == {"alice", "bob"}
    edit(path, lambda lines: [line for line in lines if not line.startswith("alice:")])
    assert set(users.users()) == {"bob"}


def test_file_that_vanishes_leaves_what_was_read(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    users = UsersFile(path)
    path.rename(path.with_name("away"))
    assert set(users.users()) == {"alice"}
    assert set(users.users()) == {"alice"}
    assert len(caplog.records) == 1  # logged once, not for each request
    path.with_name("away").rename(path)
    edit(path, lambda lines: [f"bob:{HASH}"])
    assert set(users.users()) == {"bob"}


def test_missing_or_unreadable_at_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"paths\.users_file: .*No such file"):
        UsersFile(tmp_path / "missing")
    with pytest.raises(ConfigError, match="directory"):
        UsersFile(tmp_path)
    (tmp_path / "latin1").write_bytes(b"j\xfcrgen:x\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        UsersFile(tmp_path / "latin1")


def test_edit_keeps_mode_and_leaves_no_drafts(path: Path) -> None:
    path.chmod(0o600)
    before = path.stat().st_ino
    edit(path, lambda lines: [*lines, "x"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_ino != before  # replaced in one step, never written in place
    with pytest.raises(RuntimeError):
        edit(path, lambda lines: (_ for _ in ()).throw(RuntimeError))
    assert [entry.name for entry in path.parent.iterdir()] == ["users"]
    assert path.read_text().splitlines()[-1] == "x"


def test_new_file_is_not_for_everyone(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        edit(tmp_path / "users", lambda lines: ["a"])
    finally:
        os.umask(umask)
    assert (tmp_path / "users").stat().st_mode & 0o777 == 0o640


def test_two_edits_at_once_lose_nobody(path: Path) -> None:
    def add(number: int) -> None:
        edit(path, lambda lines: [*lines, f"user{number}:{HASH}"])

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(UsersFile(path).users()) == 13
