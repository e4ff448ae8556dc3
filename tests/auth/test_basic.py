"""Basic authentication (RFC 7617)."""

import base64
from pathlib import Path
from typing import Any

import pytest
from passlib.hash import sha256_crypt

from jmapd.auth import basic as module
from jmapd.auth.basic import Basic, Throttled, parse, shown
from jmapd.auth.throttle import Throttle
from jmapd.auth.users_file import UsersFile, edit

FAST = sha256_crypt.using(rounds=1000)
ADDRESS = "192.0.2.1"


def header(user: str, password: str, coding: str = "utf-8") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode(coding)).decode()


class Checker:
    """A Basic over a file with alice and Jürgen, whose verifications are counted."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path, self.now, self.verified = folder / "users", 0.0, 0
        self.path.write_text(f"alice:{FAST.hash('secret')}\njürgen:{FAST.hash('pässwörd:x')}\n")
        users = UsersFile(self.path)
        real = users.verify

        def verify(name: str, password: str) -> str | None:
            self.verified += 1
            return real(name, password)

        monkeypatch.setattr(users, "verify", verify)
        self.basic = Basic(users, Throttle(folder / ".throttle", 5, 50, 60), 100, clock=lambda: self.now)

    def check(self, value: str, address: str = ADDRESS) -> str | None:
        return self.basic.check(value, address)


@pytest.fixture
def checker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checker:
    return Checker(tmp_path, monkeypatch)


@pytest.mark.rfc("7617", "2")
def test_right_and_wrong(checker: Checker) -> None:
    assert checker.check(header("alice", "secret")) == "alice"
    assert checker.check(header("alice", "wrong")) is None
    assert checker.check(header("nobody", "secret")) is None
    assert checker.check("") is None


@pytest.mark.rfc("7617", "2.1")
def test_utf8_and_colons(checker: Checker) -> None:
    assert checker.check(header("jürgen", "pässwörd:x")) == "jürgen"
    assert checker.check(header("jürgen", "pässwörd:x", "latin-1")) == "jürgen"


@pytest.mark.parametrize(
    "value",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Bearer YWxpY2U6c2VjcmV0",
        "Basic YWxpY2U",
        "Basic " + base64.b64encode(b"alice").decode(),
        "Basic " + base64.b64encode(b":secret").decode(),
        "Basic " + base64.b64encode(b"../alice:secret").decode(),
        "Basic " + base64.b64encode(b"ali\nce:secret").decode(),
        "Basic " + "A" * 10_000,
        "\udcff\udcfe",
    ],
)
def test_what_is_no_login_costs_nothing(checker: Checker, value: str) -> None:
    assert checker.check(value) is None
    assert checker.verified == 0


def test_scheme_is_read_in_any_case() -> None:
    assert parse(header("alice", "secret").replace("Basic", "bASIC")) == ("alice", "secret")


def test_verified_credentials_are_remembered_for_a_while(checker: Checker) -> None:
    for _ in range(5):
        assert checker.check(header("alice", "secret")) == "alice"
    assert checker.verified == 1
    checker.now = 101
    assert checker.check(header("alice", "secret")) == "alice"
    assert checker.verified == 2


def test_neither_password_nor_header_is_kept(checker: Checker) -> None:
    checker.check(header("alice", "secret"))
    kept: Any = checker.basic._remembered
    assert header("alice", "secret") not in repr(kept)
    assert "secret" not in repr(kept)


def test_changed_password_counts_at_once(checker: Checker) -> None:
    assert checker.check(header("alice", "secret")) == "alice"
    edit(checker.path, lambda lines: [f"alice:{FAST.hash('other')}"])
    assert checker.check(header("alice", "secret")) is None
    assert checker.check(header("alice", "other")) == "alice"
    edit(checker.path, lambda lines: [])
    assert checker.check(header("alice", "other")) is None


def test_memory_is_bounded(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REMEMBERED", 1)
    checker.check(header("alice", "secret"))
    checker.check(header("jürgen", "pässwörd:x"))
    assert len(checker.basic._remembered) == 1


def test_failures_are_throttled_but_not_for_others(checker: Checker, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(5):
        assert checker.check(header("alice", "wrong")) is None
    with pytest.raises(Throttled) as caught:
        checker.check(header("alice", "secret"))
    assert 0 < caught.value.seconds <= 60
    assert checker.verified == 5  # a refused attempt learns nothing of the password
    assert checker.check(header("alice", "secret"), "192.0.2.2") == "alice"
    assert "login failed: address=192.0.2.1 user=alice" in caplog.text
    assert "login refused: address=192.0.2.1 user=alice" in caplog.text
    assert "wrong" not in caplog.text


def test_remembered_login_goes_on_while_its_address_waits(checker: Checker) -> None:
    assert checker.check(header("alice", "secret")) == "alice"
    with pytest.raises(Throttled):
        for _ in range(10):
            checker.check(header("mallory", "guess"))
    assert checker.check(header("alice", "secret")) == "alice"


def test_names_cannot_forge_log_lines() -> None:
    assert shown("a b\nc\x1b[0m") == "a?b?c?[0m"
    assert len(shown("x" * 1000)) == 64
