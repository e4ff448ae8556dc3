"""jmapd-push and a push service: verification, changes, new messages, and what push services answer (RFC 8620 7.2)."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest

from .jmap import ACCOUNT, MAIL, Jmap
from .push_service import PushService, claims
from .web import CORE, LOGIN, ROOT, Gunicorn, gunicorn, stop, wait_until

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


@pytest.fixture
def service(tmp_path: Path) -> Iterator[PushService]:
    service = PushService(tmp_path / "service")
    yield service
    service.close()


@pytest.fixture
def server(service: PushService, tmp_path: Path) -> Iterator[Gunicorn]:
    (tmp_path / "jmapd").mkdir()
    options = (
        f"[push]\nallow = ['127.0.0.0/8', '::1/128']\nca_file = '{service.ca_file}'\ncontact = 'mailto:a@example.org'\n"
    )
    with gunicorn(tmp_path / "jmapd", options) as server:
        yield server


def worker(server: Gunicorn) -> subprocess.Popen[bytes]:
    program = [sys.executable, str(ROOT / "bin/jmapd-push"), "--config", str(server.config)]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    with (server.folder / "push.log").open("ab") as log:
        return subprocess.Popen(program, env=environ, cwd=server.folder, stderr=log)


@pytest.fixture
def pushing(server: Gunicorn) -> Iterator[None]:
    process = worker(server)
    yield
    stop(process)
    print((server.folder / "push.log").read_text())


@pytest.fixture
def client(server: Gunicorn) -> Client:
    return Client(server)


def subscribed(client: Client, service: PushService, path: str = "/a", **more: Any) -> str:
    """The id of a verified one."""
    given = {"deviceClientId": path, "url": service.url(path), "keys": service.keys} | more
    made = client.push(create={"a": given})
    assert made["notCreated"] is None, made
    id: str = made["created"]["a"]["id"]
    request = service.next()
    assert request.value["@type"] == "PushVerification" and request.value["pushSubscriptionId"] == id
    client.push(update={id: {"verificationCode": request.value["verificationCode"]}})
    time.sleep(1.5)
    return id


def deliver(server: Gunicorn, name: str, subject: str = "Hello") -> None:
    temporary = server.maildir / "tmp" / name
    temporary.write_text(
        f"From: Bob <bob@example.org>\nSubject: {subject}\nDate: Mon, 5 Jan 2026 10:00:00 +0000\n"
        f"Message-ID: <{name}@example.org>\n\nHi {name}\n"
    )
    temporary.rename(server.maildir / "new" / name)


@pytest.mark.rfc("9749", "4")
@pytest.mark.parametrize("is_encrypted", [True, False])
def test_verified_then_told(client: Client, service: PushService, pushing: None, is_encrypted: bool) -> None:
    keys = service.keys if is_encrypted else None
    made = client.push(
        create={"a": {"deviceClientId": "d", "url": service.url("/a?b=c"), "keys": keys, "types": ["Mailbox"]}}
    )
    id = made["created"]["a"]["id"]
    request = service.next()
    assert request.path == "/a?b=c" and request.headers["Content-Type"] == "application/json"
    assert request.value.keys() == {"@type", "pushSubscriptionId", "verificationCode"}
    assert int(request.headers["TTL"]) > 0
    capabilities = json.loads(client.server.send("GET", "/.well-known/jmap")[2])["capabilities"]
    told = claims(
        request.headers["Authorization"], capabilities["urn:ietf:params:jmap:webpush-vapid"]["applicationServerKey"]
    )
    assert told["aud"] == f"https://localhost:{service.port}" and told["sub"] == "mailto:a@example.org"
    assert time.time() < told["exp"] <= time.time() + 86_400
    # nothing more before it is verified
    client.call("Mailbox/set", create={"a": {"name": "A"}})
    with pytest.raises(Empty):
        service.next(2)
    client.push(update={id: {"verificationCode": request.value["verificationCode"]}})
    time.sleep(1.5)
    state = client.call("Mailbox/set", create={"b": {"name": "B"}})["newState"]
    request = service.next()
    assert request.value == {"@type": "StateChange", "changed": {ACCOUNT: {"Mailbox": state}}}
    assert request.headers["Urgency"] == "normal" and len(request.headers["Topic"]) <= 32


def test_what_happens_while_the_worker_is_away(client: Client, service: PushService, server: Gunicorn) -> None:
    process = worker(server)
    subscribed(client, service, types=["Mailbox"])
    process.kill()
    process.wait()
    client.call("Mailbox/set", create={"a": {"name": "A"}})
    state = client.call("Mailbox/set", create={"b": {"name": "B"}})["newState"]
    process = worker(server)
    assert service.next().value["changed"] == {ACCOUNT: {"Mailbox": state}}
    stop(process)


@pytest.mark.rfc("jmap-emailpush-03", "3")
def test_new_messages(client: Client, service: PushService, server: Gunicorn, pushing: None) -> None:
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


@pytest.mark.rfc("8030", "7.3")
@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone(client: Client, service: PushService, pushing: None, status: int) -> None:
    subscribed(client, service)
    service.answers["/a"] = [(status, {})]
    client.call("Mailbox/set", create={"a": {"name": "A"}})
    service.next()
    wait_until(lambda: client.subscriptions() == [], lambda: str(client.subscriptions()))


def test_too_many_and_out_of_order(client: Client, service: PushService, pushing: None) -> None:
    """A 429 MUST reduce the frequency; what changes meanwhile goes together."""
    subscribed(client, service, types=["Mailbox"])
    service.answers["/a"] = [(429, {"Retry-After": "3"})]
    client.call("Mailbox/set", create={"a": {"name": "A"}})
    first = service.next()
    state = client.call("Mailbox/set", create={"b": {"name": "B"}})["newState"]
    second = service.next()
    assert second.at - first.at >= 2.9
    assert second.value["changed"] == {ACCOUNT: {"Mailbox": state}}
    with pytest.raises(Empty):
        service.next(2)


def test_one_that_hangs_keeps_no_other_waiting(client: Client, service: PushService, pushing: None) -> None:
    for number in range(3):
        subscribed(client, service, f"/hangs{number}")
    subscribed(client, service, "/works")
    service.hangs = {f"/hangs{number}" for number in range(3)}
    client.call("Mailbox/set", create={"a": {"name": "A"}})
    assert service.next(5).path == "/works"


def test_no_private_address_by_default(service: PushService, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    with gunicorn(tmp_path / "closed", f"[push]\nca_file = '{service.ca_file}'\n") as server:
        process, client = worker(server), Client(server)
        client.push(create={"a": {"deviceClientId": "d", "url": service.url("/a")}})
        wait_until(lambda: client.subscriptions() == [], lambda: (server.folder / "push.log").read_text())
        with pytest.raises(Empty):
            service.next(0.1)
        assert "not public" in (server.folder / "push.log").read_text()
        stop(process)


def test_only_one_worker(server: Gunicorn, pushing: None) -> None:
    time.sleep(1)
    assert worker(server).wait(20) == 1
