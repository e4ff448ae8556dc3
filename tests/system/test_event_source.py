"""The event source over gunicorn and nginx: changes by JMAP and by others, resumption, limits (RFC 8620 7.3)."""

import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from .calendars import DAY, Client, calendar_server
from .events import Source
from .jmap import ACCOUNT, Jmap, no_server_errors
from .web import CORE, LOGIN, Gunicorn, Nginx, gunicorn, program, sidecar, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("8620", "7.3")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    with gunicorn(tmp_path_factory.mktemp("jmapd")) as server:
        yield server
        no_server_errors(server)


@pytest.fixture(scope="module")
def nginx(server: Gunicorn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), server.port)
    yield nginx
    nginx.stop()


def deliver(server: Gunicorn) -> Path:
    """As a delivery agent does."""
    name = f"{time.time_ns()}.M1P1.host"
    temporary = server.maildir / "tmp" / name
    temporary.write_text(f"From: bob@example.org\nSubject: {name}\nMessage-ID: <{name}@example.org>\n\nHello\n")
    return temporary.rename(server.maildir / "new" / name)


def changed(jmap: Jmap) -> str:
    """The state of Mailbox after a new one."""
    state: str = jmap.call("Mailbox/set", create={"a": {"name": f"M{time.time_ns()}"}})["newState"]
    return state


def test_a_change_by_jmap_is_told_to_all_workers(server: Gunicorn) -> None:
    jmap = Jmap(server)
    sources = [Source(server) for _ in range(8)]
    state = changed(jmap)
    for source in sources:
        event = source.next()
        assert event is not None and event.name == "state" and event.id
        assert event.data["@type"] == "StateChange"
        assert event.data["changed"][ACCOUNT]["Mailbox"] == state
        source.close()


def test_a_delivery_is_told_though_nobody_else_looks(server: Gunicorn) -> None:
    source = Source(server, types="Email,EmailDelivery,Mailbox")
    path = deliver(server)
    event = source.next()
    assert event is not None
    told = event.data["changed"][ACCOUNT]
    assert told.keys() == {"Email", "EmailDelivery", "Mailbox"}
    assert told["Email"] == Jmap(server).call("Email/get", ids=[])["state"]
    # RFC 8621 1.5: a flag is no delivery
    path.rename(server.maildir / "cur" / f"{path.name}:2,S")
    event = source.next()
    assert event is not None
    assert event.data["changed"][ACCOUNT].keys() == {"Email", "Mailbox"}


def test_what_was_missed_comes_at_once(server: Gunicorn) -> None:
    jmap, source = Jmap(server), Source(server)
    changed(jmap)
    event = source.next()
    source.close()
    assert event is not None and event.id is not None
    state = changed(jmap)
    again = Source(server, last_id=event.id)
    missed = again.next()
    assert missed is not None and missed.data["changed"] == {ACCOUNT: {"Mailbox": state}}
    assert missed.id is not None
    assert Source(server, last_id=missed.id).quiet(1.2)
    # an id that is none of ours: anything may have been missed
    everything = Source(server, last_id="!!").next()
    assert everything is not None and everything.data["changed"][ACCOUNT].keys() > {"Mailbox", "Email"}


def test_types_closeafter_and_ping(server: Gunicorn) -> None:
    jmap = Jmap(server)
    others, closing = Source(server, types="Email,Thread"), Source(server, closeafter="state", types="Mailbox")
    changed(jmap)
    event = closing.next()
    assert event is not None and event.data["changed"][ACCOUNT].keys() == {"Mailbox"}
    assert closing.next() is None
    assert others.quiet(0.3)
    pinged = Source(server, ping=1)
    event = pinged.next()
    assert event is not None and event.name == "ping" and event.id is None
    assert event.data == {"interval": 5}


def test_with_a_sidecar_and_after_its_end(server: Gunicorn) -> None:
    with sidecar(server):
        source = Source(server, types="EmailDelivery")
        deliver(server)
        assert source.next() is not None
    deliver(server)  # it was killed, with SIGKILL
    assert source.next() is not None
    source.close()


@pytest.mark.parametrize("version", ["1.1", "2"])
def test_through_nginx(server: Gunicorn, nginx: Nginx, version: str) -> None:
    jmap, url = Jmap(server), f"https://127.0.0.1:{nginx.port}/jmap/eventsource/?types=Mailbox&closeafter=no&ping=0"
    command = [program("curl"), "-sNkD-", f"--http{version}", "-u", "alice:secret", "--max-time", "20", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as curl:
        assert curl.stdout is not None
        lines = iter(curl.stdout.readline, "")
        assert next(lines).startswith(f"HTTP/{version} 200")
        assert any(line.startswith("id: ") for line in lines)  # it is open
        for _ in range(3):  # nothing is held back
            state = changed(jmap)
            assert any(state in line for line in lines)
        curl.terminate()


@pytest.mark.parametrize("query", ["closeafter=never&ping=0", "types=*&closeafter=no&ping=-1", "ping=x"])
def test_wrong_variables(server: Gunicorn, query: str) -> None:
    status, _, _ = server.send("GET", f"/jmap/eventsource/?{query}", b"", LOGIN)
    assert status == 400


@pytest.mark.rfc("jmap-calendars-27", "6.4")
def test_an_alert_is_told_when_it_is_due(tmp_path: Path) -> None:
    (tmp_path / "calendars" / "work").mkdir(parents=True)
    with calendar_server(tmp_path, tmp_path / "calendars") as server:
        client, wanted, other = Client(server), Source(server, types="CalendarAlert"), Source(server, types="Mailbox")
        alert = {"trigger": {"@type": "OffsetTrigger", "offset": "PT0S"}}
        with sidecar(server):
            looked = server.folder / "state" / ACCOUNT / "alerts-fired"
            wait_until(looked.exists, lambda: "no sidecar")
            soon = datetime.now(UTC) + timedelta(seconds=2)
            times = DAY | {"start": f"{soon:%Y-%m-%dT%H:%M:%S}", "timeZone": "Etc/UTC"}
            id = client.new("work", "uid-1", "Now", **times, alerts={"a": alert})
            told = wanted.next()
        assert told is not None and told.name == "calendarAlert" and told.id is None
        about = {"accountId": ACCOUNT, "calendarEventId": id, "uid": "uid-1", "recurrenceId": None, "alertId": "a"}
        assert told.data == {"@type": "CalendarAlert"} | about
        assert other.quiet(0.2)


@pytest.mark.rfc("9670", "2")
def test_principals_are_told_of(server: Gunicorn) -> None:
    class Directory(Jmap):
        using = (CORE, "urn:ietf:params:jmap:principals")

    client, source = Directory(server), Source(server, types="Principal")
    (principal,) = client.call("Principal/get", ids=None)["list"]
    answer = client.call("Principal/set", update={principal["id"]: {"timeZone": "Europe/Berlin"}})
    assert principal["id"] in answer["updated"], answer
    told = source.next()
    assert told is not None
    assert told.data["changed"][ACCOUNT] == {"Principal": answer["newState"]}
