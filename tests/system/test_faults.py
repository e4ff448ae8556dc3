"""Mail and disks that cannot be read or written: what a client is told, and what the log says."""

import json
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
def server(tmp_path: Path, limited_user: SystemUser) -> Iterator[Gunicorn]:
    """A server that may do less than root, with some mail."""
    root = tmp_path / "mail" / "alice"
    for name in ("", "Sent"):
        folder(root, name)
    for number in range(5):
        deliver(root, f"Number {number}", flags="S")
    with gunicorn(tmp_path, user=limited_user) as server:
        yield server


def log_of(server: Gunicorn) -> str:
    text = server.log.read_text()
    assert " status=5" not in text
    return text


def test_what_cannot_be_read_is_reported_and_skipped(server: Gunicorn) -> None:
    path = deliver(server.maildir, "Secret")
    path.chmod(0)
    later = deliver(server.maildir, "Later")
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
    before = jmap.by_subject()
    id = before["Number 1"]["id"]
    patch = {"update": {id: {"keywords/$flagged": True}}}
    parts = [path for path in server.maildir.rglob("*") if path.is_dir()]
    try:
        for path in parts:
            path.chmod(0o555)
        assert jmap.call("Email/set", **patch)["notUpdated"][id]["type"] == "forbidden"
        assert jmap.call("Email/set", destroy=[id])["notDestroyed"][id]["type"] == "forbidden"
        assert "Permission denied" in log_of(server)
        server.maildir.chmod(0o555)
        assert jmap.error("Email/set", **patch)["type"] == "accountReadOnly"
        session = json.loads(server.send("GET", "/.well-known/jmap")[2])
        assert session["accounts"]["alice"]["isReadOnly"] is True
        assert jmap.by_subject() == before
    finally:
        for path in (server.maildir, *parts):
            path.chmod(0o755)
    jmap.call("Email/set", **patch)
    assert jmap.by_subject()["Number 1"]["keywords"] == {"$seen": True, "$flagged": True}
    log_of(server)
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


@pytest.mark.rfc("8620", "3.6.2")
@pytest.mark.parametrize("is_open", [True, False])
def test_state_that_may_not_be_written(server: Gunicorn, is_open: bool) -> None:
    jmap = Jmap(server)
    before = jmap.by_subject()
    id = before["Number 1"]["id"]
    if not is_open:
        server.stop()
        server.start()
    state = server.folder / "state" / "alice"
    modes = {path: path.stat().st_mode for path in (state, *state.iterdir())}
    for path in modes:
        path.chmod(0o555 if path.is_dir() else 0o444)
    answer = jmap.error("Email/set", update={id: {"keywords": {}}})
    assert answer["type"] in ("serverFail", "serverUnavailable")
    assert "/" not in answer["description"]
    assert "Permission denied" in log_of(server)
    for path, mode in modes.items():
        path.chmod(mode)
    assert jmap.by_subject() == before
    jmap.update(id, keywords={})
    verified(server)


def test_state_that_may_not_be_written_at_the_start(tmp_path: Path, limited_user: SystemUser) -> None:
    with gunicorn(tmp_path, user=limited_user) as server:
        server.stop()
        (tmp_path / "state").chmod(0o500)
        process = start_gunicorn(server.config, free_port(), subprocess.PIPE, limited_user)
        output = process.communicate(timeout=30)[0].decode()
    assert process.returncode != 0
    assert f"paths.state_dir: {tmp_path}/state: Permission denied" in output
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
