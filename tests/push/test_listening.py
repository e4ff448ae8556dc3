"""Event sources: who is told of what, how many there may be, and who is dropped (RFC 8620 7.1, 7.3)."""

import json
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from jmapd.push import follower, hub
from jmapd.push.states import TOO_LONG, event_id, states_of
from tests.conftest import HASH, MailHost
from tests.push.stream import PATH, Events, wait_until
from tests.sharing import Sharing

pytestmark = pytest.mark.rfc("8620", "7.3")


@pytest.fixture
def host(tmp_path: Path) -> Sharing:
    return Sharing(tmp_path)


def new(host: MailHost, name: str) -> str:
    """Changes the account; its new state."""
    state: str = host.call("Mailbox/set", {"create": {"a": {"name": name}}})["newState"]
    return state


@pytest.mark.rfc("8620", "7.1")
def test_who_is_told_of_a_shared_account(host: Sharing) -> None:
    alice, bob, carol = (Events(host.log_in(user)) for user in ("alice", "bob", "carol"))
    state = new(host.log_in("alice").use("team"), "A")
    assert alice.changed() == {"team": {"Mailbox": state}}
    assert bob.changed().keys() == {"team"}  # he may read
    new(host.log_in("alice").use("alice"), "B")
    assert alice.changed().keys() == {"alice"}
    assert bob.is_quiet() and carol.is_quiet()


@pytest.mark.rfc("8620", "7.1")
def test_nothing_of_an_account_whose_share_ended(host: Sharing, tmp_path: Path) -> None:
    alice = Events(host)
    new(host.use("team"), "A")
    assert alice.changed().keys() == {"team"}
    new(host, "B")
    host.config.accounts.shared.clear()
    host.start()
    again = Events(host, last_id=alice.id)
    new(host.use("alice"), "C")
    assert again.changed().keys() == {"alice"}
    assert "team" not in states_of(again.id)


@pytest.mark.parametrize("users", ["", f"alice:{HASH}x\nbob:{HASH}\n"])
def test_it_ends_with_the_user_and_with_his_password(
    host: Sharing, users: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "CHECK_SECONDS", 0.1)
    alice, bob = Events(host), Events(host.log_in("bob"))
    aside = tmp_path / "users.new"
    aside.write_text(users or f"bob:{HASH}\n")
    aside.chmod(0o640)
    aside.rename(tmp_path / "users")
    while alice.next() is not None:  # Principals have changed
        pass
    new(host.use("bob"), "A")
    assert bob.changed().keys() == {"bob"}


@pytest.mark.parametrize(("limit", "others"), [("max_connections_per_user", 200), ("max_connections", 429)])
def test_at_most_so_many(tmp_path: Path, limit: str, others: int) -> None:
    host = Sharing(tmp_path, push={limit: 2})
    first, _ = Events(host), Events(host)
    third = Events(host)
    assert third.status == 429 and third.headers["Retry-After"] == "30"
    assert "too many" in json.loads(third.refused)["detail"]
    assert Events(host.log_in("bob")).status in (0, others)
    host.log_in("alice")
    first.close()
    wait_until(lambda: Events(host).status != 429)


def test_one_that_does_not_read_is_told_the_latest_only(make_mailhost: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    host = make_mailhost()
    lazy, other = Events(host, buffer=4096), Events(host)
    for number in range(40):
        state = new(host, f"M{number}")
        other.changed()
    told = list[str]()
    while not told or told[-1] != state:
        told.append(lazy.changed()["alice"]["Mailbox"])
    assert len(told) < 40
    # one that goes on so is dropped
    monkeypatch.setattr(hub, "STALLED", 1)
    for number in range(20):
        new(host, f"N{number}")
        other.changed()
    count = 0
    wait_until(lambda: not host.app.site.events._made.hub._connections or _connections(host) == 1)
    lazy.socket.settimeout(2)
    while data := lazy.socket.recv(65536):
        count += len(data)
    assert 0 < count < 65536


def _connections(host: Any) -> int:
    return len(host.app.site.events._made.hub._connections)


def test_an_id_that_says_nothing_tells_everything(host: Sharing) -> None:
    assert states_of("!!") == states_of("") == states_of("e30") == {}
    many = {f"account{number}": {"Email": f"{number * 7919 % 65537:x}.{number}"} for number in range(3000)}
    assert event_id(many) == TOO_LONG
    for last_id in (TOO_LONG, "!!"):
        assert Events(host, last_id=last_id).changed().keys() == {"alice", "bob", "team"}


def test_a_server_that_keeps_its_connections(host: Sharing) -> None:
    environ = EnvironBuilder(path=PATH, auth=host.authorization).get_environ()
    body, status, headers = run_wsgi_app(host.app, environ)
    assert status == "200 OK" and headers["Content-Type"].startswith("text/event-stream")
    assert next(iter(body)).startswith(b"retry: ")
    new(host, "A")
    assert b"event: state" in next(iter(body))
    assert _connections(host) == 1
    body.close()  # type: ignore[attr-defined]
    wait_until(lambda: _connections(host) == 0)


def test_a_stop_ends_all(host: Sharing) -> None:
    sources = [Events(host) for _ in range(5)]
    host.app.site.events.close()
    assert [each.next() for each in sources] == [None] * 5
    assert Events(host, last_id=sources[0].id).is_quiet()  # as another worker would take it
