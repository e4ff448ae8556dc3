"""Short-lived tickets, which stand for a user in the URLs that browsers open (RFC 8620 8.2)."""

import base64
import time
from pathlib import Path

import pytest

from jmapd.auth.ticket import SECONDS, Tickets

pytestmark = pytest.mark.rfc("8620", "8.2")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


def test_for_a_minute(tmp_path: Path, now: list[float]) -> None:
    tickets, other = (Tickets(tmp_path, lambda: {"alice": "x"}) for _ in range(2))
    ticket = tickets.issue("alice")
    assert other.check(ticket) == "alice"  # another worker
    for jump, wanted in ((SECONDS, "alice"), (1, None), (-SECONDS - 1, "alice"), (-3600, None), (3600, "alice")):
        now[0] += jump
        assert tickets.check(ticket) == wanted


def test_it_ends_with_the_password_and_the_user(tmp_path: Path) -> None:
    users = {"alice": "x"}
    tickets = Tickets(tmp_path, lambda: users)
    ticket = tickets.issue("alice")
    for users["alice"], wanted in (("y", None), ("x", "alice")):
        assert tickets.check(ticket) == wanted
    users.clear()
    assert tickets.check(ticket) is None


def test_what_is_none(tmp_path: Path) -> None:
    tickets = Tickets(tmp_path, lambda: {"alice": "x", "bob": "x", "": "x"})
    ticket = tickets.issue("alice")
    data = base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
    forged = data.replace(b"alice", b"bob")
    for wrong in (forged, data[:-1], data[:31], b"", b"\xff" * 40, b":" * 40):
        assert tickets.check(base64.urlsafe_b64encode(wrong).decode().rstrip("=")) is None
    for text in ("", "!", "é", ticket * 10, ticket + "\n"):
        assert tickets.check(text) is None
    assert (tmp_path / ".ticket-key").stat().st_mode & 0o077 == 0
