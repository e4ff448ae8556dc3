"""mutt and neomutt on the Maildir of jmapd: from new/ to cur/, letters they do not know, and the T of maildir_trash."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .jmap import Jmap, deliver, folder, no_server_errors, verified
from .mutt import Mutt
from .web import Gunicorn, gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "4.1.1")]
BY_DATE = "<sort-mailbox>d<first-entry>"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Gunicorn]:
    with gunicorn(tmp_path) as server:
        yield server
        verified(server)
        no_server_errors(server)


@pytest.fixture(params=["mutt", "neomutt"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def names(path: Path) -> set[str]:
    return {f"{part}/{file.name}" for part in ("cur", "new") for file in (path / part).iterdir()}


def test_read_and_flagged_by_mutt(server: Gunicorn, name: str) -> None:
    mutt, jmap = Mutt(name, server.folder, server.maildir), Jmap(server)
    one, two = deliver(server.maildir, "one"), deliver(server.maildir, "two")
    before, state = jmap.by_subject(), jmap.call("Email/get", ids=[])["state"]
    mutt.run("<first-entry><display-message><exit><last-entry><flag-message>")
    after = jmap.by_subject()
    words = {subject: set(email["keywords"]) for subject, email in after.items()}
    assert words == {"one": {"$seen"}, "two": {"$flagged"}}
    assert all(after[subject]["id"] == email["id"] for subject, email in before.items())
    changes = jmap.call("Email/changes", sinceState=state)
    assert (changes["created"], changes["destroyed"]) == ([], [])
    assert names(server.maildir) == {f"cur/{one.name}:2,S", f"new/{two.name}:2,F"}  # what is unread stays in new/
    jmap.update(after["two"]["id"], **{"keywords/$answered": True})
    assert names(server.maildir) == {f"cur/{one.name}:2,S", f"cur/{two.name}:2,FR"}


def test_old_is_not_seen(server: Gunicorn, name: str) -> None:
    """mark_old moves what was not read to cur/, without a letter."""
    mutt, jmap = Mutt(name, server.folder, server.maildir, old=True), Jmap(server)
    path, other = deliver(server.maildir, "unread"), deliver(server.maildir, "read")
    emails = jmap.by_subject()
    mutt.run("<last-entry><display-message><exit>")
    assert names(server.maildir) == {f"cur/{path.name}:2,", f"cur/{other.name}:2,S"}
    assert jmap.by_subject() == {"unread": emails["unread"], "read": emails["read"] | {"keywords": {"$seen": True}}}


def test_letters_stay(server: Gunicorn, name: str) -> None:
    """Both sides change flags of a message whose name has keyword letters, and one that nobody knows."""
    (server.maildir / "dovecot-keywords").write_text("0 work\n1 home\n")
    mutt, jmap = Mutt(name, server.folder, server.maildir), Jmap(server)
    path = deliver(server.maildir, "lettered", flags="Sabz")
    id = jmap.by_subject()["lettered"]["id"]
    assert set(jmap.emails()[id]["keywords"]) == {"$seen", "work", "home"}
    mutt.run("<first-entry><flag-message>")
    assert set(jmap.emails()[id]["keywords"]) == {"$seen", "$flagged", "work", "home"}
    jmap.update(id, **{"keywords/work": None, "keywords/$answered": True})
    base = path.name.partition(":")[0]
    assert names(server.maildir) == {f"cur/{base}:2,FRSbz"}
    mutt.run("<first-entry><toggle-new>")
    assert names(server.maildir) == {f"new/{base}:2,FRbz"}
    assert set(jmap.emails()[id]["keywords"]) == {"$flagged", "$answered", "home"}
    jmap.update(id, **{"keywords/work": True})
    assert names(server.maildir) == {f"cur/{base}:2,FRabz"}


def test_deleted_by_mutt(server: Gunicorn, name: str) -> None:
    mutt, jmap = Mutt(name, server.folder, server.maildir), Jmap(server)
    deliver(server.maildir, "deleted", flags="S")
    deliver(server.maildir, "stays", flags="S")
    emails, state = jmap.by_subject(), jmap.call("Email/get", ids=[])["state"]
    mutt.run("<first-entry><delete-message><sync-mailbox>")
    assert jmap.by_subject() == {"stays": emails["stays"]}
    assert jmap.call("Email/changes", sinceState=state)["destroyed"] == [emails["deleted"]["id"]]


def test_trashed_and_brought_back(server: Gunicorn, name: str) -> None:
    """maildir_trash: the file stays with a T, and JMAP neither shows nor counts nor touches it."""
    mutt, jmap = Mutt(name, server.folder, server.maildir, trash=True), Jmap(server)
    deliver(server.maildir, "trashed", flags="F")
    deliver(server.maildir, "stays", flags="S")
    emails = jmap.by_subject()
    mutt.run("<first-entry><delete-message><sync-mailbox>")
    (trashed,) = (each for each in names(server.maildir) if each.endswith("T"))
    assert jmap.by_subject() == {"stays": emails["stays"]}
    assert jmap.mailboxes()["Inbox"]["totalEmails"] == 1
    answer = jmap.call("Email/set", destroy=[emails["trashed"]["id"], emails["stays"]["id"]])
    assert answer["destroyed"] == [emails["stays"]["id"]]
    assert answer["notDestroyed"][emails["trashed"]["id"]]["type"] == "notFound"
    assert names(server.maildir) == {trashed}
    mutt.run("<first-entry><undelete-message><sync-mailbox>")
    back = jmap.by_subject()
    assert back.keys() == {"trashed"}
    assert back["trashed"]["id"] == emails["trashed"]["id"]
    assert "$flagged" in back["trashed"]["keywords"]


def test_moved_by_mutt(server: Gunicorn, name: str) -> None:
    """Saved to another folder: a new file there, the old one removed. To JMAP it is the same Email."""
    mutt, jmap = Mutt(name, server.folder, server.maildir), Jmap(server)
    archive = folder(server.maildir, "Archive")
    deliver(server.maildir, "moved", flags="FS")
    before, box = jmap.by_subject()["moved"], jmap.mailboxes()["Archive"]["id"]
    mutt.run(f"<first-entry><save-message>{archive}<enter><sync-mailbox>")
    after = jmap.by_subject()["moved"]
    assert set(after["keywords"]) == {"$seen", "$flagged"}
    assert (list(after["mailboxIds"]), after["subject"]) == ([box], before["subject"])
