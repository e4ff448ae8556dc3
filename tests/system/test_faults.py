"""Mail and disks that cannot be read or written: what a client is told, and what the log says."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .jmap import Jmap, deliver, folder, verified
from .plain_user import SystemUser
from .web import Gunicorn, free_port, gunicorn, start_gunicorn

pytestmark = pytest.mark.system


@pytest.fixture
def server(open_folder: Path, plain_user: SystemUser) -> Iterator[Gunicorn]:
    """A server that may do less than root, with some mail."""
    root = open_folder / "mail" / "alice"
    for name in ("", "Sent"):
        folder(root, name)
    for number in range(5):
        deliver(root, f"Number {number}", flags="S")
    with gunicorn(open_folder, user=plain_user) as server:
        yield server


def log_of(server: Gunicorn) -> str:
    text = server.log.read_text()
    assert " status=5" not in text
    return text


def test_what_cannot_be_read_is_reported_and_skipped(server: Gunicorn, plain_user: SystemUser) -> None:
    path = deliver(server.maildir, "Secret")
    path.chmod(0)
    later = deliver(server.maildir, "Later")
    plain_user.own(server.maildir)
    jmap = Jmap(server)
    assert jmap.by_subject().keys() == {*(f"Number {n}" for n in range(5)), "Later"}
    assert f"{path}' cannot be read and is left out: Permission denied" in log_of(server)
    done = server.reindex("--verify")
    assert (done.returncode, done.stdout.count("cannot be read")) == (1, 1)
    path.chmod(0o600)
    later.unlink()
    assert jmap.by_subject().keys() == {*(f"Number {n}" for n in range(5)), "Secret"}
    verified(server)


@pytest.mark.rfc("8621", "4.2")
def test_what_becomes_unreadable_is_still_listed(server: Gunicorn) -> None:
    """Its body is notFound; all that the index holds of it is not."""
    path = deliver(server.maildir, "Becomes secret")
    jmap = Jmap(server)
    email = jmap.by_subject()["Becomes secret"]
    path.chmod(0)
    assert jmap.by_subject()["Becomes secret"] == email
    wanted = {"ids": [email["id"]], "properties": ["bodyValues", "header:X-Other"], "fetchAllBodyValues": True}
    assert jmap.call("Email/get", **wanted)["notFound"] == [email["id"]]
    status, _, _ = server.send("GET", f"/jmap/download/alice/{email['blobId']}/x?type=message/rfc822")
    assert status == 404
    assert "cannot be read: Permission denied" in log_of(server)
    path.chmod(0o600)
    assert jmap.call("Email/get", **wanted)["list"][0]["bodyValues"]["1"]["value"] == "This is Becomes secret.\n"


def test_vanished_between_query_and_get(server: Gunicorn) -> None:
    path = deliver(server.maildir, "Vanishes", flags="S")
    jmap = Jmap(server)
    id = jmap.call("Email/query", filter={"subject": "vanishes"})["ids"][0]
    path.unlink()
    assert jmap.call("Email/get", ids=[id], fetchAllBodyValues=True)["notFound"] == [id]
    assert jmap.call("Email/set", update={id: {"keywords": {}}})["notUpdated"][id]["type"] == "notFound"
    assert jmap.call("SearchSnippet/get", emailIds=[id], filter={"text": "x"})["notFound"] == [id]
    log_of(server)
    verified(server)


@pytest.mark.rfc("8620", "3.6.2")
def test_a_maildir_that_may_not_be_written(server: Gunicorn) -> None:
    jmap = Jmap(server)
    id = jmap.by_subject()["Number 1"]["id"]
    folders = [server.maildir, *(path for path in server.maildir.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    try:
        answer = jmap.call("Email/set", update={id: {"keywords/$flagged": True}})
        assert answer["notUpdated"][id]["type"] == "forbidden"
        assert jmap.call("Email/set", destroy=[id])["notDestroyed"][id]["type"] == "forbidden"
        assert jmap.by_subject()["Number 1"]["keywords"] == {"$seen": True}
        assert "Permission denied" in log_of(server)
        server.stop()
        server.start()
        assert jmap.error("Email/set", update={id: {"keywords/$flagged": True}})["type"] == "accountReadOnly"
        assert len(jmap.by_subject()) == 5
    finally:
        for path in folders:
            path.chmod(0o755)
    server.stop()
    server.start()
    jmap.update(id, **{"keywords/$flagged": True})
    verified(server)


def test_one_folder_that_may_not_be_listed(server: Gunicorn) -> None:
    deliver(server.maildir, "Sent one", "Sent", flags="S")
    jmap = Jmap(server)
    assert len(jmap.emails()) == 6
    (server.maildir / ".Sent" / "cur").chmod(0)
    deliver(server.maildir, "Another")
    assert len(jmap.emails()) == 7  # what is known of the folder stays
    (server.maildir / ".Sent" / "cur").chmod(0o755)
    assert len(jmap.emails()) == 7
    verified(server)


@pytest.mark.rfc("8620", "3.6.2")
def test_a_maildir_that_is_gone_for_a_while(server: Gunicorn) -> None:
    jmap = Jmap(server)
    before = jmap.emails()
    away = server.maildir.rename(server.folder / "away")
    for method in ("Email/get", "Mailbox/get"):
        assert jmap.error(method, ids=None)["type"] == "serverUnavailable"
    assert f"{server.maildir}: No such file or directory" in log_of(server)
    server.maildir.mkdir()  # as a mount point without its disk
    assert jmap.error("Email/get", ids=None)["type"] == "serverUnavailable"
    server.maildir.rmdir()
    away.rename(server.maildir)
    assert jmap.emails() == before
    verified(server)


@pytest.mark.parametrize("what", ["state", "lock"])
def test_state_that_may_not_be_written(server: Gunicorn, what: str) -> None:
    """At the start it is said; while the server runs, reading goes on and writing is refused."""
    jmap = Jmap(server)
    before = jmap.by_subject()
    state = server.folder / "state" / "alice"
    paths = [state, *state.iterdir()] if what == "state" else [state / "lock"]
    modes = {path: path.stat().st_mode for path in paths}
    for path in modes:
        path.chmod(0o555 if path.is_dir() else 0o444)
    id = before["Number 1"]["id"]
    assert jmap.by_subject() == before
    answer = jmap.error("Email/set", update={id: {"keywords": {}}})
    assert answer["type"] in ("serverFail", "serverUnavailable")
    assert "/" not in answer["description"]
    assert "Permission denied" in log_of(server)
    assert jmap.by_subject() == before
    for path, mode in modes.items():
        path.chmod(mode)
    jmap.update(id, keywords={})
    verified(server)


def test_state_that_may_not_be_written_at_the_start(open_folder: Path, plain_user: SystemUser) -> None:
    with gunicorn(open_folder, user=plain_user) as server:
        server.stop()
        (open_folder / "state").chmod(0o500)
        process = start_gunicorn(server.config, free_port(), subprocess.PIPE, plain_user)
        output = process.communicate(timeout=30)[0].decode()
    assert process.returncode != 0
    assert f"paths.state_dir: {open_folder}/state: Permission denied" in output
    assert "Traceback" not in output


def test_state_of_another_user(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    with gunicorn(tmp_path) as server:
        server.stop()
        os.chown(tmp_path / "state", 65534, 65534)
        process = start_gunicorn(server.config, free_port(), subprocess.PIPE)
        output = process.communicate(timeout=30)[0].decode()
        done = server.reindex()
    assert process.returncode != 0
    assert "run this as that user, not as root" in output
    assert "Traceback" not in output
    assert done.returncode != 0 and "run this as that user" in done.stderr
