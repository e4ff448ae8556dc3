"""jmapd-push and a push service: verification, changes, new messages, and what push services answer (RFC 8620 7.2)."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty
from typing import Any

import pytest

from .calendars import Client as Calendars
from .jmap import ACCOUNT, MAIL, Jmap
from .push_service import PushService, claims
from .web import CORE, LOGIN, ROOT, Gunicorn, gunicorn, sidecar, stop, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("8620", "7.2")]
JSON = LOGIN | {"Content-Type": "application/json"}
EMAIL_PUSH = "urn:ietf:params:jmap:emailpush"


class Client(Jmap):
    using = (CORE, MAIL, EMAIL_PUSH)  # type: ignore[assignment]

    def push(self, **arguments: Any) -> Any:
        """PushSubscription/set."""
        body = {"using": self.using, "methodCalls": [["PushSubscription/set", arguments, "0"]]}
        _, _, data = self.server.send("POST", "/jmap/api/", json.dumps(body), JSON)
        ((name, answer, _),) = json.loads(data)["methodResponses"]
        assert name == "PushSubscription/set", answer
        return answer

    def subscriptions(self) -> list[Any]:
        body = {"using": self.using, "methodCalls": [["PushSubscription/get", {"ids": None}, "0"]]}
        _, _, data = self.server.send("POST", "/jmap/api/", json.dumps(body), JSON)
        found: list[Any] = json.loads(data)["methodResponses"][0][1]["list"]
        return found


class Worker:
    """bin/jmapd-push."""

    def __init__(self, server: Gunicorn) -> None:
        self.server, self.log = server, server.folder / "push.log"
        self.start()

    def start(self) -> None:
        program = [sys.executable, str(ROOT / "bin/jmapd-push"), "--config", str(self.server.config)]
        environ = os.environ | {"PYTHONPATH": str(ROOT)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(program, env=environ, cwd=self.server.folder, stderr=log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PushService]:
    service = PushService(tmp_path_factory.mktemp("push") / "service")
    yield service
    service.close()


@pytest.fixture(scope="module")
def server(service: PushService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    place = tmp_path_factory.mktemp("jmapd")
    (place / "calendars").mkdir()
    options = (
        f"[accounts]\ncalendars = {{ alice = '{place}/calendars' }}\n"
        f"[push]\nallow = ['127.0.0.0/8', '::1/128']\nca_file = '{service.ca_file}'\ncontact = 'mailto:a@example.org'\n"
    )
    with gunicorn(place, options) as server:
        yield server


@pytest.fixture(scope="module")
def worker(server: Gunicorn) -> Iterator[Worker]:
    worker = Worker(server)
    yield worker
    stop(worker.process)
    print(worker.log.read_text())


@pytest.fixture
def client(server: Gunicorn, worker: Worker) -> Iterator[Client]:
    """One without subscriptions."""
    client = Client(server)
    yield client
    client.push(destroy=[each["id"] for each in client.subscriptions()])


def stored(server: Gunicorn) -> dict[str, Any]:
    """What the worker knows of each subscription."""
    found: dict[str, Any] = json.loads((server.folder / "state/.push/alice.json").read_bytes())["subscriptions"]
    return found


def subscribed(client: Client, service: PushService, path: str = "/a", **more: Any) -> str:
    """The id of one that is verified and known to the worker."""
    given = {"deviceClientId": path, "url": service.url(path), "keys": service.keys} | more
    made = client.push(create={"a": given})
    assert made["notCreated"] is None, made
    id: str = made["created"]["a"]["id"]
    while (request := service.next(path)).value.get("pushSubscriptionId") != id:
        pass
    client.push(update={id: {"verificationCode": request.value["verificationCode"]}})
    wait_until(lambda: "told" in stored(client.server)[id], lambda: str(client.subscriptions()))  # type: ignore[arg-type]
    return id


def changed(client: Client) -> str:
    """The state of Mailbox after a new one."""
    state: str = client.call("Mailbox/set", create={"a": {"name": f"M{time.time_ns()}"}})["newState"]
    return state


def deliver(server: Gunicorn, name: str, subject: str = "Hello") -> None:
    temporary = server.maildir / "tmp" / name
    temporary.write_text(
        f"From: Bob <bob@example.org>\nSubject: {subject}\nDate: Mon, 5 Jan 2026 10:00:00 +0000\n"
        f"Message-ID: <{name}@example.org>\n\nHi {name}\n"
    )
    temporary.rename(server.maildir / "new" / name)


@pytest.mark.rfc("9749", "4")
@pytest.mark.parametrize("is_encrypted", [True, False])
def test_verified_then_told(client: Client, service: PushService, is_encrypted: bool) -> None:
    keys = service.keys if is_encrypted else None
    made = client.push(
        create={"a": {"deviceClientId": "d", "url": service.url("/a?b=c"), "keys": keys, "types": ["Mailbox"]}}
    )
    id = made["created"]["a"]["id"]
    request = service.next("/a?b=c")
    assert request.headers["Content-Type"] == "application/json"
    assert request.value.keys() == {"@type", "pushSubscriptionId", "verificationCode"}
    assert int(request.headers["TTL"]) > 0
    capabilities = json.loads(client.server.send("GET", "/.well-known/jmap")[2])["capabilities"]
    told = claims(
        request.headers["Authorization"], capabilities["urn:ietf:params:jmap:webpush-vapid"]["applicationServerKey"]
    )
    assert told["aud"] == f"https://localhost:{service.port}" and told["sub"] == "mailto:a@example.org"
    assert time.time() < told["exp"] <= time.time() + 86_400
    # nothing more before it is verified
    changed(client)
    with pytest.raises(Empty):
        service.next("/a?b=c", 1)
    client.push(update={id: {"verificationCode": request.value["verificationCode"]}})
    wait_until(lambda: "told" in stored(client.server)[id], lambda: "not followed")  # type: ignore[arg-type]
    state = changed(client)
    request = service.next("/a?b=c")
    assert request.value == {"@type": "StateChange", "changed": {ACCOUNT: {"Mailbox": state}}}
    assert request.headers["Urgency"] == "normal" and len(request.headers["Topic"]) <= 32


def test_what_happens_while_the_worker_is_away(client: Client, service: PushService, worker: Worker) -> None:
    subscribed(client, service, types=["Mailbox"])
    worker.kill()
    changed(client)
    state = changed(client)
    worker.start()
    assert service.next().value["changed"] == {ACCOUNT: {"Mailbox": state}}


@pytest.mark.rfc("jmap-emailpush-03", "3")
def test_new_messages(client: Client, service: PushService, server: Gunicorn) -> None:
    inbox = next(box["id"] for box in client.call("Mailbox/get", ids=None)["list"] if box["role"] == "inbox")
    config = {
        "filter": {"inMailbox": inbox, "subject": "party"},
        "properties": ["from", "subject", "id"],
        "urgency": "high",
    }
    subscribed(client, service, types=[], emailPush={ACCOUNT: config})
    deliver(server, "1", "dull")
    deliver(server, "2", "the party")
    request = service.next()
    assert request.value["@type"] == "EmailPush" and request.value["accountId"] == ACCOUNT
    assert request.headers["Urgency"] == "high"
    (email,) = request.value["emails"]
    assert list(email) == ["from", "subject", "id"]
    assert email["from"] == [{"name": "Bob", "email": "bob@example.org"}] and email["subject"] == "the party"
    assert request.value["state"] == client.call("Email/get", ids=[])["state"]
    for number in range(3, 23):
        deliver(server, str(number), "party " + "x" * 400)
    seen: list[str] = []
    while len(seen) < 20:
        seen += [each["id"] for each in service.next().value["emails"]]
    assert len(set(seen)) == 20


@pytest.mark.rfc("jmap-calendars-27", "6.4")
def test_an_alert(service: PushService, server: Gunicorn, client: Client, worker: Worker) -> None:
    subscribed(client, service, types=["CalendarAlert"])
    calendars, looked = Calendars(server), server.folder / "state" / ACCOUNT / "alerts-fired"
    alert = {"trigger": {"@type": "OffsetTrigger", "offset": "PT0S"}}
    with sidecar(server):
        wait_until(looked.exists, lambda: "no sidecar")
        soon = datetime.now(UTC) + timedelta(seconds=2)
        times = {"start": f"{soon:%Y-%m-%dT%H:%M:%S}", "timeZone": "Etc/UTC"}
        id = calendars.new("Personal", "uid-1", "Now", **times, alerts={"a": alert})
        request = service.next()
    assert request.value.pop("@type") == "CalendarAlert" and request.headers["Urgency"] == "high"
    about = {"accountId": ACCOUNT, "calendarEventId": id, "uid": "uid-1", "recurrenceId": None, "alertId": "a"}
    assert request.value == about


@pytest.mark.rfc("8030", "7.3")
@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone(client: Client, service: PushService, status: int) -> None:
    subscribed(client, service)
    service.answers["/a"] = [(status, {})]
    changed(client)
    service.next()
    wait_until(lambda: client.subscriptions() == [], lambda: str(client.subscriptions()))


def test_too_many_and_out_of_order(client: Client, service: PushService) -> None:
    """A 429 MUST reduce the frequency; what changes meanwhile goes together."""
    subscribed(client, service, types=["Mailbox"])
    service.answers["/a"] = [(429, {"Retry-After": "2"})]
    changed(client)
    first = service.next()
    state = changed(client)
    second = service.next()
    assert second.at - first.at >= 1.9
    assert second.value["changed"] == {ACCOUNT: {"Mailbox": state}}
    with pytest.raises(Empty):
        service.next(seconds=1.2)


def test_one_that_hangs(client: Client, service: PushService, worker: Worker) -> None:
    """It keeps no other waiting, and nobody who wants to stop the worker."""
    for number in range(3):
        subscribed(client, service, f"/hangs{number}")
    subscribed(client, service, "/works")
    service.hangs = {f"/hangs{number}" for number in range(3)}
    changed(client)
    service.next("/works", 5)
    started = time.monotonic()
    stop(worker.process)
    assert worker.process.returncode == 0 and time.monotonic() - started < 2
    worker.start()


def test_no_private_address_by_default(service: PushService, tmp_path: Path) -> None:
    with gunicorn(tmp_path, f"[push]\nca_file = '{service.ca_file}'\n") as server:
        worker, client = Worker(server), Client(server)
        client.push(create={"a": {"deviceClientId": "d", "url": service.url("/inside")}})
        wait_until(lambda: client.subscriptions() == [], worker.log.read_text)
        with pytest.raises(Empty):
            service.next("/inside", 0.1)
        assert "not public" in worker.log.read_text()
        stop(worker.process)


def test_only_one_worker(client: Client, service: PushService, server: Gunicorn) -> None:
    subscribed(client, service)  # the other one is at work
    assert Worker(server).process.wait(20) == 1
