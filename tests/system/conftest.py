"""Fixtures: servers over real mail, and servers that do not run as root."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import plain_user
from .calendars import calendar_server, emptied
from .contacts import leftovers
from .jmap import Jmap, folder, no_server_errors, verified
from .peers import Dovecot, append, checked
from .sending import Deliverer, Host, Sender, deliverer, running, sender
from .sink import Sink, sink
from .web import Gunicorn, Nginx, gunicorn


@pytest.fixture(scope="session")
def limited_user() -> plain_user.SystemUser:
    """One whose permissions count."""
    return plain_user.limited()


@pytest.fixture(scope="session")
def nobody() -> plain_user.SystemUser:
    """One who is not root."""
    return plain_user.nobody()


@pytest.fixture
def open_folder(nobody: plain_user.SystemUser) -> Iterator[Path]:
    """A folder that he may enter, which pytest's are not."""
    with plain_user.open_folder(nobody) as folder:
        yield folder


@pytest.fixture(scope="module")
def served(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    place = tmp_path_factory.mktemp("jmapd")
    root = place / "mail" / "alice"
    for name, source in (("", "easy-ham"), ("lists.lkml", "notmuch-lkml")):
        target = folder(root, name) / "cur"
        for number, path in enumerate(sorted((corpora / "maildir" / source / "cur").iterdir())):
            copy = shutil.copyfile(path, target / path.name)
            os.utime(copy, (1_100_000_000 + number * 60, 1_100_000_000 + number * 60))
    for name in ("Drafts", "Sent", "Trash"):
        folder(root, name)
    with gunicorn(place) as server:
        yield server
        no_server_errors(server)


@pytest.fixture(scope="module")
def nginx(served: Gunicorn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    server = Nginx(tmp_path_factory.mktemp("nginx"), served.port)
    yield server
    server.stop()


@pytest.fixture
def jmap(served: Gunicorn) -> Jmap:
    """All that there is, indexed: requests do that within a budget, so a large first look takes several."""
    jmap, count = Jmap(served), -1
    while count != (count := jmap.call("Email/query", calculateTotal=True, limit=0)["total"]):
        pass
    return jmap


@pytest.fixture
def beside_dovecot(open_folder: Path, nobody: plain_user.SystemUser) -> Iterator[Gunicorn]:
    """A server that is not root."""
    with gunicorn(open_folder / "jmapd", user=nobody) as server:
        yield server


@pytest.fixture
def dovecot(beside_dovecot: Gunicorn, nobody: plain_user.SystemUser) -> Iterator[Dovecot]:
    """Over the same Maildir. Every test ends with a look at its log and at the index."""
    server = beside_dovecot
    dovecot = Dovecot(server.folder / "dovecot", server.maildir, nobody)
    yield dovecot
    complaints = dovecot.complaints()
    dovecot.stop()
    assert complaints == []
    verified(server)
    no_server_errors(server)


@pytest.fixture
def remote(beside_dovecot: Gunicorn, nobody: plain_user.SystemUser) -> Iterator[Dovecot]:
    """Over mail of its own, for mbsync; every test ends with a look at its log and at the server's index."""
    maildir = beside_dovecot.folder / "remote"
    maildir.mkdir()
    nobody.own(maildir)
    dovecot = Dovecot(beside_dovecot.folder / "dovecot", maildir, nobody)
    with dovecot.imap() as imap:
        checked(imap.create("Archive"))
        for number in range(6):
            append(imap, f"n{number}", "\\Seen" if number % 2 else "")
    yield dovecot
    complaints = dovecot.complaints()
    dovecot.stop()
    assert complaints == []
    verified(beside_dovecot)
    no_server_errors(beside_dovecot)


@pytest.fixture(scope="module")
def vdirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """A server over alice's calendars, which programs without a server change too."""
    place = tmp_path_factory.mktemp("jmapd")
    with calendar_server(place, place / "calendars") as server:
        yield server
    assert leftovers(place) == []


@pytest.fixture
def root(vdirs: Gunicorn) -> Path:
    """Two calendars with nothing in them."""
    return emptied(vdirs.folder / "calendars")


@pytest.fixture
def outside() -> Iterator[Sink]:
    """The SMTP server that takes all mail for others."""
    with sink() as outside:
        yield outside


@pytest.fixture
def alice(outside: Sink, tmp_path: Path) -> Iterator[Sender]:
    """Her client; what she sends leaves at once."""
    with sender(tmp_path, outside.port) as alice, running(alice.host, "jmapd-submit"):
        yield alice


@pytest.fixture
def mail(alice: Sender) -> Iterator[Deliverer]:
    """Mail that comes in for alice."""
    with deliverer(alice.host) as mail:
        yield mail


@pytest.fixture(scope="module")
def host_at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    place = tmp_path_factory.mktemp("host")
    with (
        sink() as outside,
        sender(place, outside.port) as alice,
        running(alice.host, "jmapd-submit"),
        deliverer(alice.host) as mail,
    ):
        yield Host(alice, mail, outside)


@pytest.fixture
def host(host_at_work: Host) -> Host:
    """One for all tests of a module: alice has no mail, and nothing has left."""
    host_at_work.tidy()
    return host_at_work
