"""What goes wrong with one message, event or account is no hindrance to others (jmap-calendars-27 9.3)."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jmapd.cli import reindex
from jmapd.cli.reindex import Sidecar
from jmapd.scheduling import incoming
from jmapd.scheduling.alerts import Alarms
from jmapd.stores.base import StoreError
from tests.scheduling.inbox import ORGANIZER, Inboxes, attendee, imip, message

pytestmark = pytest.mark.rfc("jmap-calendars-27", "9.3")
INVITED = (ORGANIZER, attendee("alice@example.org"), "SUMMARY:Plan", "DURATION:PT1H")


@pytest.fixture
def host(tmp_path: Path) -> Inboxes:
    return Inboxes(tmp_path)


def failing(error: BaseException, name: str = "alice") -> Callable[..., Any]:
    """Instead of what would be done with an account."""

    def fail(*arguments: Any, **_: Any) -> Any:
        if any(getattr(each, "id", each) == name for each in arguments):
            raise error
        return None

    return fail


@pytest.mark.parametrize("error", [StoreError("away"), ValueError("never seen before")])
def test_an_account_whose_alerts_fail(host: Inboxes, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """The others are looked at; the exit status tells."""
    seen = []

    def attend(_: Alarms, account: Any, **_more: Any) -> None:
        seen.append(account.id)
        if account.id == "alice":
            raise error

    monkeypatch.setattr(Alarms, "attend", attend)
    assert Sidecar(host.config, []).bring_up() == 1
    assert seen == ["alice", "bob", "carol"]


def test_alerts_while_invitations_cannot_be_followed(host: Inboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(Alarms, "attend", lambda _, account, **_more: seen.append(account.id))
    monkeypatch.setattr(incoming, "follow", failing(StoreError("away")))
    assert Sidecar(host.config, ["alice"]).bring_up() == 1
    assert seen == ["alice"]


def test_a_letter_that_cannot_be_read(host: Inboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the reason: those after it are followed."""
    read = incoming.read

    def fails(raw: bytes) -> Any:
        if b"UID:bad" in raw:
            raise ValueError("never seen before")
        return read(raw)

    monkeypatch.setattr(incoming, "read", fails)
    host.deliver(imip(message("REQUEST", *INVITED, uid="bad")), received=int(time.time()))
    host.deliver(imip(message("REQUEST", *INVITED, uid="good")), received=int(time.time()))
    host.look()
    assert [each["uid"] for each in host.all_events()] == ["good"]


def test_the_watch_rests(host: Inboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where an alert is due of an account that is there no longer, or whose alerts cannot fire."""
    waits: list[float] = []

    class Waiting(reindex.Watch):
        def wait(self, timeout: float) -> set[Any]:
            waits.append(timeout)
            if len(waits) == 5:
                raise KeyboardInterrupt
            return set()

    monkeypatch.setattr(reindex, "Watch", Waiting)
    monkeypatch.setattr(Alarms, "attend", failing(ValueError("never seen before")))
    sidecar = Sidecar(host.config, [])
    sidecar._next_alerts.update({"gone": time.time() - 5, "alice": time.time() - 5})
    assert sidecar.watch() == 0
    assert len(waits) == 5 and min(waits) > 1
