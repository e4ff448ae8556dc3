"""What the worker sends, to whom and when; the push services are the test's (RFC 8620 7.2, 8.6; RFC 8030, 9749)."""

import errno
import json
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from jmapd.cli import push as cli
from jmapd.protocol.accounts import Accounts
from jmapd.push import pusher, vapid
from jmapd.push.post import NotAllowed, Posted
from jmapd.push.pusher import Pusher
from jmapd.push.sender import Sender
from jmapd.push.vapid import Vapid
from jmapd.stores.push_subscriptions import SubscriptionFile
from tests.conftest import HASH, MailHost
from tests.push.stream import wait_until

pytestmark = pytest.mark.rfc("8620", "7.2")


class Services:
    """All push services of the world; `answers`: by URL, what is answered in turn, else 201."""

    def __init__(self) -> None:
        self.requests: Queue[tuple[str, Any]] = Queue()
        self.answers: dict[str, list[Posted]] = {}
        self.hanging, self.hangs, self.inside = threading.Event(), set[str](), 0

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
        if url in self.hangs:
            self.inside += 1
            self.hanging.wait(10)
        self.requests.put((url, json.loads(body)))
        if url.endswith("inside"):
            raise NotAllowed(url)
        return (self.answers.get(url) or [Posted(201)]).pop(0)

    def next(self, seconds: float = 10) -> tuple[str, Any]:
        return self.requests.get(timeout=seconds)


class World:
    """A host and a worker at its subscriptions."""

    def __init__(self, host: MailHost) -> None:
        self.host, self.services = host, Services()
        self.state_dir = Path(host.config.paths.state_dir)
        self.start()

    def start(self) -> None:
        self.pusher: Pusher = cli._pusher(self.host.config)
        self.pusher.sender = Sender(Vapid(self.state_dir, ""), self.services)  # type: ignore[arg-type]
        self.thread = threading.Thread(target=self.pusher.serve, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """As a process ends: nothing is under way afterwards."""
        self.pusher.stop()
        self.thread.join()
        wait_until(lambda: not self.pusher._busy)

    def set(self, **arguments: Any) -> Any:
        """PushSubscription/set."""
        ((name, answer, _),) = self.host.request([["PushSubscription/set", arguments]], ("urn:ietf:params:jmap:core",))
        assert name == "PushSubscription/set", answer
        self.pusher.wake()
        return answer

    def add(self, path: str, **more: Any) -> str:
        """A subscription's id."""
        url = f"https://push.example.net/{path}"
        id: str = self.set(create={"a": {"deviceClientId": path, "url": url} | more})["created"]["a"]["id"]
        return id

    def verified(self, path: str, **more: Any) -> str:
        """One that is listened for."""
        id = self.add(path, **more)
        while (request := self.services.next())[1].get("pushSubscriptionId") != id:
            pass
        self.set(update={id: {"verificationCode": request[1]["verificationCode"]}})
        wait_until(lambda: "told" in self.stored()[id])
        return id

    def stored(self) -> Any:
        """By id."""
        return SubscriptionFile(self.state_dir, "alice", "alice").read()

    def fire(self, id: str) -> None:
        """An alert of alice's."""
        account: Any = Accounts(self.host.config, lambda: {"alice": ""}).account("alice")
        now = time.time_ns() // 1000
        alert = {"@type": "CalendarAlert", "alertId": id}
        with account.opened(), account.lock():
            account.store("CalendarAlert").fire([{"for": "alice", "at": now, "action": "display", "alert": alert}], now)

    def change(self, name: str) -> str:
        state: str = self.host.call("Mailbox/set", {"create": {"a": {"name": name}}})["newState"]
        return state


@pytest.fixture
def world(make_mailhost: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(pusher, "TOGETHER_SECONDS", 0.05)
    monkeypatch.setattr(pusher, "_FIRST_WAIT", 0.05)
    (tmp_path / "calendars/alice/home").mkdir(parents=True)
    world = World(make_mailhost(paths={"calendars": str(tmp_path / "calendars/{user}")}))
    yield world
    world.services.hanging.set()
    world.pusher.stop()


def test_one_user_does_not_take_all_of_the_worker(world: World) -> None:
    for number in range(pusher._THREADS_PER_USER + 3):
        world.verified(str(number), types=["Mailbox"])
    world.services.hangs = {f"https://push.example.net/{number}" for number in range(20)}
    world.change("A")
    wait_until(lambda: world.services.inside == pusher._THREADS_PER_USER)
    time.sleep(0.2)
    assert world.services.inside == pusher._THREADS_PER_USER


@pytest.mark.rfc("8030", "8.4")
def test_an_alert_is_sent_again_when_it_must(world: World) -> None:
    world.verified("a", types=["CalendarAlert"])
    world.services.answers["https://push.example.net/a"] = [Posted(503), Posted(0)]
    world.fire("1")
    assert [world.services.next()[1]["alertId"] for _ in range(3)] == ["1", "1", "1"]
    world.fire("2")
    assert world.services.next()[1]["alertId"] == "2"
    assert world.services.requests.empty()


def test_an_alert_that_fires_while_no_worker_runs(world: World) -> None:
    id = world.verified("a", types=["CalendarAlert"])
    before = world.stored()[id]["alerted"]
    world.fire("1")
    assert world.services.next()[1]["alertId"] == "1"
    wait_until(lambda: world.stored()[id]["alerted"] != before)
    world.stop()
    world.fire("2")
    world.start()
    assert world.services.next()[1]["alertId"] == "2"
    assert world.services.requests.empty()


def test_an_alert_that_is_too_long_keeps_nothing_back(world: World) -> None:
    world.verified("a", types=["CalendarAlert", "Mailbox"])
    world.fire("1" * 5000)
    world.fire("2")
    state = world.change("A")
    told = [world.services.next()[1] for _ in range(2)]
    assert told[0]["alertId"] == "2" and told[1]["changed"] == {"alice": {"Mailbox": state}}


@pytest.mark.rfc("8620", "8.6")
def test_a_url_that_is_not_verified_is_hardly_ever_asked(world: World) -> None:
    world.services.answers["https://push.example.net/a"] = [Posted(503)] * 10
    id = world.add("a")
    wait_until(lambda: id not in world.stored())
    assert world.services.requests.qsize() == pusher.MOST_TRIES


@pytest.mark.rfc("9749", "6")
def test_a_refused_verification_is_not_tried_again(world: World) -> None:
    world.services.answers["https://push.example.net/a"] = [Posted(403)]
    id = world.add("a")
    world.services.next()
    wait_until(lambda: world.stored()[id].get("isAsked"))
    world.pusher.wake()
    time.sleep(0.2)
    assert world.services.requests.empty()


@pytest.mark.rfc("8620", "8.6")
def test_an_address_that_is_not_public_ends_it(world: World) -> None:
    id = world.add("inside")
    wait_until(lambda: id not in world.stored())


@pytest.mark.rfc("8030", "8.4")
def test_only_those_alerts_are_sent_again_that_must(world: World) -> None:
    id = world.verified("a", types=["CalendarAlert", "Mailbox"])
    world.stop()
    world.services.answers["https://push.example.net/a"] = [Posted(201), Posted(429), Posted(201), Posted(503)]
    for alert in ("1", "2"):
        world.fire(alert)
    state = world.change("A")
    world.start()
    told = [world.services.next()[1] for _ in range(5)]
    assert [each["alertId"] for each in told[:3]] == ["1", "2", "2"]
    assert [each["changed"]["alice"] for each in told[3:]] == [{"Mailbox": state}] * 2
    wait_until(lambda: world.stored()[id]["told"]["alice"]["Mailbox"] == state)
    world.fire("1")
    assert world.services.next()[1]["alertId"] == "1"


def test_a_full_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is pushed what cannot be written down; nobody's worker ends, and what is over is not asked any more."""
    monkeypatch.setattr(pusher, "_DISK_WAIT", 0.1)
    ids = [world.verified(each, types=["Mailbox"]) for each in ("a", "b")]

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(SubscriptionFile, "_write", full)
        state = world.change("A")
        while {world.services.next()[0][-1] for _ in range(2)} != {"a", "b"}:
            pass
        users = Path(world.host.config.paths.users_file)
        users.write_text(f"alice:{HASH}x\n")
        world.pusher.wake()
        wait_until(lambda: not world.pusher._joined)
        users.write_text(f"alice:{HASH}\n")
        world.pusher.wake()
        wait_until(lambda: bool(world.pusher._joined))
    wait_until(lambda: [world.stored()[id]["told"]["alice"]["Mailbox"] for id in ids] == [state, state])


def test_one_user_whose_file_is_wrong_keeps_nothing_from_the_others(world: World) -> None:
    id = world.add("a", types=["Mailbox"])
    code = world.services.next()[1]["verificationCode"]
    (world.state_dir / ".push/aaron.json").write_bytes(b'{"user": "aaron", "subscriptions": {"P1": {}}}')
    world.set(update={id: {"verificationCode": code}})
    wait_until(lambda: bool(world.pusher._joined))
    world.change("A")
    assert world.services.next()[1]["@type"] == "StateChange"


@pytest.mark.rfc("8030", "7.3")
@pytest.mark.parametrize("status", [302, 307, 308, 400, 413])
def test_a_redirect_is_a_failure(world: World, status: int) -> None:
    world.verified("a", types=["Mailbox"])
    world.services.answers["https://push.example.net/a"] = [Posted(status)]
    state = world.change("A")
    wanted = ("https://push.example.net/a", {"@type": "StateChange", "changed": {"alice": {"Mailbox": state}}})
    assert [world.services.next(), world.services.next()] == [wanted, wanted]


def test_what_changes_before_the_worker_has_seen_the_verification(world: World) -> None:
    id = world.add("a", types=["Mailbox"])
    code = world.services.next()[1]["verificationCode"]
    world.stop()
    world.set(update={id: {"verificationCode": code}})
    state = world.change("A")
    world.start()
    assert world.services.next()[1]["changed"] == {"alice": {"Mailbox": state}}


@pytest.mark.parametrize("end", ["expires", "password", "user"])
def test_it_ends(world: World, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    id = world.verified("a", types=["Mailbox"])
    if end == "expires":
        world.set(update={id: {"expires": "2001-01-01T00:00:00Z"}})
    else:
        Path(world.host.config.paths.users_file).write_text(f"alice:{HASH}x\n" if end == "password" else "")
        world.pusher.wake()
    wait_until(lambda: id not in world.stored())
    wait_until(lambda: not world.pusher._joined)
    assert world.services.requests.empty()


@pytest.mark.rfc("9749", "5")
def test_a_new_key_ends_what_was_made_for_the_old_one(world: World) -> None:
    id = world.verified("a")
    world.stop()
    (world.state_dir / vapid.NAME).unlink()
    world.start()
    wait_until(lambda: id not in world.stored())
    assert world.services.requests.empty()


@pytest.mark.rfc("8292", "2")
def test_a_token_when_the_clock_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`exp` MUST NOT be more than 24 hours from the request."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    keys = Vapid(tmp_path, "")
    first = keys.authorization("https://a.example/1")
    assert keys.authorization("https://a.example/2") == first
    assert keys.authorization("https://b.example/") != first
    for jump in (-3 * 86_400, 30 * 86_400, 3600, -1):
        now[0] += jump
        token = keys.authorization("https://a.example/").removeprefix("vapid t=").partition(",")[0]
        until = json.loads(vapid.unpadded(token.split(".")[1]))["exp"]
        assert now[0] < until <= now[0] + 86_400


@pytest.mark.rfc("8292", "2")
@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://push.example.net:443/x", "https://push.example.net"),
        ("HTTPS://Push.Example.NET:/x", "https://push.example.net"),
        ("https://push.example.net:8443?x", "https://push.example.net:8443"),
        ("https://[2001:DB8::1]:8443/x", "https://[2001:db8::1]:8443"),
    ],
)
def test_whom_a_token_is_for(tmp_path: Path, url: str, origin: str) -> None:
    """The origin (RFC 6454 6.1): in small letters, without the port that is usual."""
    token = Vapid(tmp_path, "").authorization(url).removeprefix("vapid t=").partition(",")[0]
    assert json.loads(vapid.unpadded(token.split(".")[1]))["aud"] == origin
