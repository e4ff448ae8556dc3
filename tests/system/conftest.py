"""Fixtures: servers over real mail, and servers that do not run as root."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import plain_user
from .jmap import Jmap, folder, no_server_errors, verified
from .peers import Dovecot, append, checked
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
    folder = Path(tempfile.mkdtemp(prefix="jmapd-test-"))
    folder.chmod(0o755)
    nobody.own(folder)
    yield folder
    shutil.rmtree(folder)


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
