"""Between alice and the world stands Debian's Postfix: it takes her mail by SMTP, and hands hers in by LMTP or pipe."""

import base64
import json
import re
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from .jmap import folder
from .plain_user import SystemUser, open_folder, purelib, python_of
from .postfix import Postfix
from .sending import URN, Deliverer, Sender, deliverer, letter, running, script, sender
from .sink import Sink, sink
from .web import CORE, HASH, ROOT, free_port, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "7"), pytest.mark.rfc("3461", "4")]
BOB = "bob@remote.example"


@pytest.fixture(scope="module")
def place(nobody: SystemUser) -> Iterator[Path]:
    with open_folder(nobody) as folder:
        yield folder


@pytest.fixture(scope="module")
def world() -> Iterator[Sink]:
    with sink() as world:
        yield world


@pytest.fixture(scope="module")
def lmtp_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def postfix(place: Path, world: Sink, lmtp_port: int, nobody: SystemUser) -> Iterator[Postfix]:
    """With the files of etc/postfix; mail for alice+pipe and nobody+pipe goes to the pipe. User and places are ours."""
    env = f"/usr/bin/env PYTHONPATH={ROOT}:{purelib()} {python_of(nobody)} {script('jmapd-deliver')[1]}"
    services, options = ((ROOT / "etc/postfix" / name).read_text() for name in ("jmapd-master.cf", "jmapd-main.cf"))
    for there, here in (
        ("/opt/jmapd/bin/jmapd-deliver", env),
        ("/etc/jmapd/jmapd.toml", f"{place}/jmapd/jmapd.toml"),
        ("user=vmail", f"user={nobody.name}"),
    ):
        assert there in services
        services = services.replace(there, here)
    where = rf"\1:inet:127.0.0.1:{lmtp_port}"
    options, count = re.subn(r"(?m)^(virtual_transport = \S+?):unix:\S+", where, options)
    assert count == 1
    options += "transport_maps = inline:{ {alice+pipe@example.org = jmapd:}, {nobody+pipe@example.org = jmapd:} }\n"
    options += "jmapd_destination_recipient_limit = 1\n"
    (place / "postfix").mkdir()
    server = Postfix(place / "postfix", world.port, services, options)
    yield server
    server.stop()
    print(server.log.read_text()[-6000:])


@pytest.fixture(scope="module")
def host(postfix: Postfix, place: Path, nobody: SystemUser) -> Iterator[Sender]:
    """alice's, and carol is there, too."""
    with sender(place / "jmapd", postfix.port, nobody) as alice:
        with (alice.host.folder / "users").open("a") as users:
            users.write(f"carol:{HASH}\n")
        carols(alice).mkdir()
        folder(carols(alice))
        nobody.own(carols(alice))
        with running(alice.host, "jmapd-submit"):
            yield alice


@pytest.fixture
def alice(host: Sender) -> Sender:
    host.call("VacationResponse/set", update={"singleton": {"isEnabled": False}})
    host.call("Email/set", destroy=[*host.emails()])
    assert host.waiting() == []
    return host


@pytest.fixture
def mail(alice: Sender, lmtp_port: int) -> Iterator[Deliverer]:
    with deliverer(alice.host, lmtp_port) as mail:
        yield mail


@pytest.fixture
def pipe(nobody: SystemUser) -> None:
    """Postfix starts the program without any of root's rights."""
    if not python_of(nobody):
        pytest.skip("our Python lies where only root may read")


@pytest.fixture
def remote(world: Sink) -> Sink:
    world.forget()
    return world


def test_the_day(alice: Sender, mail: Deliverer, postfix: Postfix, remote: Sink) -> None:
    """A letter to three, one of whom is not there: Postfix takes it for all, and its bounce changes the status."""
    remote.say("RCPT", "550 5.1.1 No such user here", text="nobody@")
    id = alice.posted(BOB, "nobody@remote.example", "alice@example.org", subject="Dinner")
    (taken,) = remote.wait(1)
    assert taken.recipients == [BOB] and b"Subject: Dinner\r\n" in taken.data
    wait_until(lambda: alice.status(id)["nobody@remote.example"] == "no", lambda: str(alice.submission(id)))
    found = alice.submission(id)
    assert "5.1.1" in found["deliveryStatus"]["nobody@remote.example"]["smtpReply"]
    assert found["undoStatus"] == "final" and alice.status(id)[BOB] == "unknown"
    (bounce,) = [each for name, each in alice.inbox().items() if name != "Dinner"]
    assert found["dsnBlobIds"] == [bounce["blobId"]]
    assert f"Original-Envelope-Id: {id}".encode() in alice.blob(bounce["blobId"])
    wait_until(lambda: len(list((alice.host.maildir / "new").iterdir())) == 2, postfix.log.read_text)
    postfix.send(letter("Re: Dinner").as_bytes())
    wait_until(lambda: "Re: Dinner" in alice.inbox(), lambda: str(alice.inbox()))
    assert postfix.complaints() == []


@pytest.mark.rfc("3461", "4.1")
@pytest.mark.parametrize("to", ["alice@example.org", "alice+pipe@example.org"])
def test_a_report_of_success_that_was_asked_for(
    alice: Sender, mail: Deliverer, to: str, request: pytest.FixtureRequest
) -> None:
    if "pipe" in to:
        request.getfixturevalue("pipe")
    wish = {"email": to, "parameters": {"NOTIFY": "SUCCESS,FAILURE"}}
    envelope = {"mailFrom": {"email": "alice@example.org", "parameters": {"RET": "HDRS"}}, "rcptTo": [wish]}
    id = alice.sent(alice.post(alice.draft(to, subject=f"Note to {to}"), envelope=envelope))
    wait_until(lambda: alice.status(id) == {to: "yes"}, lambda: str(alice.submission(id)))
    (blob,) = alice.submission(id)["dsnBlobIds"]
    assert b"Action: delivered" in alice.blob(blob)


@pytest.mark.rfc("8621", "8")
def test_away(alice: Sender, mail: Deliverer, postfix: Postfix, remote: Sink) -> None:
    """Three letters from Bob, one answer; the answer to a writer who is not there ends in silence."""
    remote.say("RCPT", "550 5.1.1 No such user here", text="ghost@")
    away = {"isEnabled": True, "subject": "Away", "textBody": "I am off."}
    alice.call("VacationResponse/set", update={"singleton": away})
    for number in range(3):
        postfix.send(letter(f"Question {number}").as_bytes())
    postfix.send(letter("Boo", From="ghost@remote.example").as_bytes(), sender="ghost@remote.example")
    wait_until(lambda: len(alice.inbox()) == 4, lambda: str(alice.inbox()))
    remote.wait(1)
    wait_until(lambda: any("ghost@" in command for command in remote.commands), lambda: str(remote.commands))
    wait_until(lambda: alice.waiting() == [], lambda: str(alice.waiting()))
    alice.posted("end@remote.example", subject="I am back")
    first, last = remote.wait(2)
    assert (first.recipients, last.recipients) == ([BOB], ["end@remote.example"])
    assert first.sender == "" and b"Subject: Away\r\n" in first.data
    assert len(alice.inbox()) == 4


@pytest.mark.rfc("3834", "2")
def test_two_who_are_away(alice: Sender, mail: Deliverer, postfix: Postfix, remote: Sink) -> None:
    """alice writes to carol; carol's answer is not answered."""
    away = {"singleton": {"isEnabled": True, "subject": "Away", "textBody": "I am off."}}
    alice.call("VacationResponse/set", update=away)
    call = ["VacationResponse/set", {"accountId": "carol", "update": away}, "0"]
    body = json.dumps({"using": [CORE, URN + "vacationresponse"], "methodCalls": [call]})
    login = {"Authorization": "Basic " + base64.b64encode(b"carol:secret").decode(), "Content-Type": "application/json"}
    answer = json.loads(alice.host.send("POST", "/jmap/api/", body, login)[2])["methodResponses"][0][1]
    assert answer["updated"].keys() == {"singleton"}
    alice.posted("carol@example.org", subject="Lunch")
    wait_until(lambda: len(alice.inbox()) == 1, postfix.log.read_text)
    alice.posted("end@remote.example")
    remote.wait(1)
    assert (list(alice.inbox()), len(remote.taken)) == (["Away"], 1)
    assert len([*(carols(alice) / "new").iterdir(), *(carols(alice) / "cur").iterdir()]) == 1


@pytest.mark.rfc("5321", "6.3")
def test_a_loop_ends(alice: Sender, mail: Deliverer, postfix: Postfix, remote: Sink) -> None:
    """What was here before is refused, and Postfix tells its sender."""
    postfix.send(letter("Round", Delivered_To="alice@example.org").as_bytes())
    (bounce,) = remote.wait(1)
    assert (bounce.sender, bounce.recipients) == ("", [BOB]) and b"5.4.6" in bounce.data
    assert alice.inbox() == {}


def test_who_is_not_here_is_refused_at_once(alice: Sender, mail: Deliverer, postfix: Postfix) -> None:
    """Postfix asks jmapd-deliver before it takes a message from outside."""
    postfix.send(letter("From afar").as_bytes(), client="127.0.0.5")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        postfix.send(letter("To nobody").as_bytes(), "nobody@example.org", client="127.0.0.5")
    assert refused.value.recipients["nobody@example.org"][0] == 550
    wait_until(lambda: list(alice.inbox()) == ["From afar"], postfix.log.read_text)


def test_delivery_by_pipe(pipe: None, alice: Sender, postfix: Postfix, remote: Sink) -> None:
    postfix.send(letter("By pipe").as_bytes(), "alice+pipe@example.org")
    postfix.send(letter("To nobody").as_bytes(), "nobody+pipe@example.org")
    wait_until(lambda: "By pipe" in alice.inbox(), postfix.log.read_text)
    (bounce,) = remote.wait(1)
    assert bounce.recipients == [BOB] and b"Status: 5.1.1" in bounce.data, bounce.data
    assert alice.inbox().keys() == {"By pipe"}


def test_delivery_is_put_off_while_we_are_down(alice: Sender, postfix: Postfix, lmtp_port: int) -> None:
    """The last test: Postfix waits a while with all that goes to who was down."""
    postfix.send(letter("Patience").as_bytes())
    wait_until(lambda: "status=deferred" in postfix.log.read_text(), postfix.log.read_text)
    with deliverer(alice.host, lmtp_port):
        wait_until(lambda: "Patience" in alice.inbox(), postfix.log.read_text)


def carols(alice: Sender) -> Path:
    return alice.host.maildir.parent / "carol"
