"""The event source over gunicorn and nginx: changes by JMAP and by others, resumption, limits (RFC 8620 7.3)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .events import Source
from .jmap import ACCOUNT, Jmap
from .web import LOGIN, ROOT, Gunicorn, gunicorn, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("8620", "7.3")]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Gunicorn]:
    with gunicorn(tmp_path) as server:
        yield server


def deliver(server: Gunicorn, name: str) -> None:
    """As a delivery agent does."""
    temporary = server.maildir / "tmp" / name
    temporary.write_text(f"From: bob@example.org\nSubject: {name}\nMessage-ID: <{name}@example.org>\n\nHello\n")
    temporary.rename(server.maildir / "new" / name)


def test_a_change_by_jmap_is_told_to_all_workers(server: Gunicorn) -> None:
    jmap = Jmap(server)
    sources = [Source(server) for _ in range(8)]
    made = jmap.call("Mailbox/set", create={"a": {"name": "Made"}})
    for source in sources:
        event = source.next()
        assert event is not None and event.name == "state" and event.id
        assert event.data["@type"] == "StateChange"
        assert event.data["changed"][ACCOUNT]["Mailbox"] == made["newState"]
        source.close()


def test_a_delivery_is_told_though_nobody_else_looks(server: Gunicorn) -> None:
    source = Source(server, types="Email,EmailDelivery,Mailbox")
    deliver(server, "1")
    event = source.next()
    assert event is not None
    changed = event.data["changed"][ACCOUNT]
    assert changed.keys() == {"Email", "EmailDelivery", "Mailbox"}
    assert changed["Email"] == Jmap(server).call("Email/get", ids=[])["state"]
    # RFC 8621 1.5: a flag is no delivery
    (name,) = (path.name for path in (server.maildir / "new").iterdir())
    (server.maildir / "new" / name).rename(server.maildir / "cur" / f"{name}:2,S")
    event = source.next()
    assert event is not None
    assert event.data["changed"][ACCOUNT].keys() == {"Email", "Mailbox"}


def test_what_was_missed_comes_at_once(server: Gunicorn) -> None:
    jmap, source = Jmap(server), Source(server)
    jmap.call("Mailbox/set", create={"a": {"name": "A"}})
    event = source.next()
    source.close()
    assert event is not None and event.id is not None
    state = jmap.call("Mailbox/set", create={"b": {"name": "B"}})["newState"]
    again = Source(server, last_id=event.id)
    missed = again.next()
    assert missed is not None and missed.data["changed"] == {ACCOUNT: {"Mailbox": state}}
    assert missed.id is not None
    assert Source(server, last_id=missed.id).quiet(1.5)
    # an id that is none of ours tells nothing
    assert Source(server, last_id="!!").quiet(0.5)


def test_types_closeafter_and_ping(server: Gunicorn) -> None:
    jmap = Jmap(server)
    others, closing = Source(server, types="Email,Thread"), Source(server, closeafter="state", types="Mailbox")
    jmap.call("Mailbox/set", create={"a": {"name": "A"}})
    event = closing.next()
    assert event is not None and event.data["changed"][ACCOUNT].keys() == {"Mailbox"}
    assert closing.next() is None
    assert others.quiet(1)
    pinged = Source(server, ping=1)
    event = pinged.next()
    assert event is not None and event.name == "ping" and event.id is None
    assert event.data == {"interval": 5}


def test_with_a_sidecar_and_after_its_end(server: Gunicorn) -> None:
    program = [sys.executable, str(ROOT / "bin/jmapd-reindex"), "--config", str(server.config), "--watch"]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(program, env=environ, cwd=server.folder) as sidecar:
        source = Source(server, types="EmailDelivery")
        lock = server.folder / "state" / ".watching"
        wait_until(lock.exists, lambda: "the sidecar does not start")
        deliver(server, "1")
        assert source.next() is not None
        sidecar.kill()
    deliver(server, "2")
    assert source.next() is not None
    source.close()


@pytest.mark.parametrize("query", ["closeafter=never&ping=0", "types=*&closeafter=no&ping=-1", "ping=x"])
def test_wrong_variables(server: Gunicorn, query: str) -> None:
    status, _, _ = server.send("GET", f"/jmap/eventsource/?{query}", b"", LOGIN)
    assert status == 400
