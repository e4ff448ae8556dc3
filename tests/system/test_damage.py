"""Index files that are torn, damaged or deleted under a running server, and while it is down: all ids stay."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .jmap import Jmap, answering, deliver, folder, no_server_errors, verified
from .web import Gunicorn, gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("8620", "5.2")]
FILES = ["CURRENT", "journal.*", "records.*", "snapshot.*", "text.sqlite*"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    with gunicorn(tmp_path_factory.mktemp("jmapd")) as server:
        for number in range(1, 31):
            headers = {"References": f"<{number % 5}.root@example.org>"}
            deliver(
                server.maildir, "Re: Question", ("", "Work", "Home")[number % 3], flags="S" * (number % 2), **headers
            )
        folder(server.maildir, "Sent")
        yield server


@pytest.fixture
def server(served: Gunicorn) -> Gunicorn:
    """With a snapshot, and changes after it."""
    jmap = Jmap(served)
    ids = sorted(jmap.emails())
    assert served.reindex("--compact").returncode == 0
    for id in ids[:4]:
        jmap.update(id, keywords={"$flagged": True, "todo": True})
    deliver(served.maildir, "A late one", flags="F")
    return served


def state_of(server: Gunicorn) -> Path:
    return server.folder / "state" / "alice"


def shown(jmap: Jmap) -> dict[str, Any]:
    """All that a client has seen, but for states."""
    found = jmap.call("Email/query", filter={"text": "question"})["ids"]
    return {"emails": jmap.emails(), "mailboxes": jmap.mailboxes(), "found": sorted(found)}


def same_for_both(server: Gunicorn, before: dict[str, Any], is_text: bool = False) -> None:
    for number in (0, 1):
        with answering(number, server) as jmap:
            assert shown(jmap) == before
    jmap = Jmap(server)
    id = min(before["emails"])
    jmap.update(id, **{"keywords/later": True})
    if is_text:  # until such a pass, messages that are not in it are read for a search
        assert server.reindex().returncode == 0
    for number in (0, 1):
        with answering(number, server) as jmap:
            assert "later" in jmap.emails()[id]["keywords"]
    verified(server)
    no_server_errors(server)


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 7)


def add_half_a_line(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b'0badc0de\t99\t[["Email","u","M')


def garble(path: Path) -> None:
    """Other content by another file, as a restored one would be; who has the old one open goes on with that."""
    data = path.read_bytes()
    middle = len(data) // 2
    (path.parent / "garbled").write_bytes(data[: middle - 8] + bytes(16) + data[middle + 8 :])
    (path.parent / "garbled").replace(path)


def the_journal(server: Gunicorn) -> Path:
    (path,) = state_of(server).glob("journal.*")
    return path


def let_both_read_all(server: Gunicorn) -> None:
    """A worker that has not read the line that is cut takes it for a torn one: no damage at all."""
    size = -1
    while size != (size := the_journal(server).stat().st_size):
        for number in (0, 1):
            with answering(number, server) as jmap:
                shown(jmap)


@pytest.mark.parametrize("is_down", [False, True], ids=["running", "down"])
@pytest.mark.parametrize("tear", [cut, add_half_a_line])
def test_torn_journal(server: Gunicorn, tear: Callable[[Path], None], is_down: bool) -> None:
    jmap = Jmap(server)
    before, state = shown(jmap), jmap.call("Email/get", ids=[])["state"]
    let_both_read_all(server)
    if is_down:
        server.stop()
    tear(the_journal(server))
    if is_down:
        server.start()
    same_for_both(server, before)
    if tear is add_half_a_line:  # of a writer that was killed: nothing that was answered is in it
        assert Jmap(server).call("Email/changes", sinceState=state)["updated"] == [min(before["emails"])]
    elif not is_down:
        assert "damaged" in server.log.read_text()
        assert Jmap(server).error("Email/changes", sinceState=state)["type"] == "cannotCalculateChanges"


@pytest.mark.parametrize("pattern", FILES)
def test_deleted(server: Gunicorn, pattern: str) -> None:
    before = shown(Jmap(server))
    paths = list(state_of(server).glob(pattern))
    assert paths
    for path in paths:
        path.unlink()
    same_for_both(server, before, is_text=pattern.startswith("text"))


@pytest.mark.parametrize(
    ("pattern", "is_down"),
    [("CURRENT", False), ("journal.*", False), ("snapshot.*", False), ("text.sqlite", False), ("snapshot.*", True)],
)
def test_damaged(server: Gunicorn, pattern: str, is_down: bool) -> None:
    before = shown(Jmap(server))
    if is_down:
        server.stop()
    (path,) = state_of(server).glob(pattern)
    garble(path)
    if is_down:
        server.start()
    same_for_both(server, before, is_text=pattern.startswith("text"))


def test_the_whole_state_folder_deleted(server: Gunicorn) -> None:
    """Then Mailbox ids come from Dovecot's files."""
    for at, path in enumerate(("", ".Work", ".Home", ".Sent")):
        (server.maildir / path / "dovecot-uidlist").write_text(f"3 V1700000000 N1 G{at:032x}\n")
    shutil.rmtree(state_of(server))
    jmap = Jmap(server)
    before = shown(jmap)
    assert {box["id"] for box in before["mailboxes"].values()} == {f"{at:032x}" for at in range(4)}
    shutil.rmtree(state_of(server))
    same_for_both(server, before)


def test_damaged_records(server: Gunicorn) -> None:
    """Each is looked at when it is wanted; the request that meets the damage fails, the next one does not."""
    before = shown(Jmap(server))
    server.stop()
    (path,) = state_of(server).glob("records.*")
    garble(path)
    server.start()
    assert Jmap(server).error("Email/get", ids=None)["type"] == "serverUnavailable"
    assert "damaged record" in server.log.read_text()
    for number in (0, 1):
        with answering(number, server) as jmap:
            assert shown(jmap) == before
    verified(server)
