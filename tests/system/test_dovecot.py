"""One Maildir under Dovecot and jmapd at once: each sees what the other does, and Dovecot has no complaints."""

import re

import pytest

from .jmap import Jmap
from .peers import FLAGS, Dovecot, append, checked, fetched, message
from .web import Gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "4.1.1")]


def guids(dovecot: Dovecot, *mailboxes: str) -> dict[str, str]:
    """From dovecot-uidlist, where Dovecot keeps them."""
    found = {}
    for mailbox in mailboxes:
        path = dovecot.maildir / ("" if mailbox == "INBOX" else f".{mailbox}") / "dovecot-uidlist"
        found[mailbox] = re.search(r" G([0-9a-f]{32})", path.read_text().splitlines()[0])[1]  # type: ignore[index]
    return found


def test_what_imap_appends_and_the_lda_delivers(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    with dovecot.imap() as imap:
        append(imap, "plain")
        append(imap, "all", "\\Seen \\Flagged \\Answered \\Draft Work $Forwarded NonJunk")
        append(imap, "two", "\\Seen Home")
        checked(imap.create("Lists.Alpha"))
        append(imap, "other letters", "Home Work", "Lists.Alpha")
    dovecot.lda(message("delivered").decode().replace("\r\n", "\n"))
    jmap = Jmap(beside_dovecot)
    emails, boxes = jmap.by_subject(), jmap.mailboxes()
    for mailbox, name in (("INBOX", "Inbox"), ("Lists.Alpha", "Alpha")):
        imap_view = fetched(dovecot, mailbox)
        jmap_view = {subject: email for subject, email in emails.items() if boxes[name]["id"] in email["mailboxIds"]}
        assert jmap_view.keys() == imap_view.keys()
        for subject, email in jmap_view.items():
            assert set(email["keywords"]) == imap_view[subject]["keywords"]
            assert email["size"] == imap_view[subject]["RFC822.SIZE"] == len(jmap.blob(email["blobId"]))
    assert emails["all"]["keywords"].keys() == {*FLAGS.values(), "work", "$forwarded", "nonjunk"}
    wanted = guids(dovecot, "INBOX", "Lists.Alpha")
    assert [boxes["Inbox"]["id"], boxes["Alpha"]["id"]] == list(wanted.values())


def test_keywords_set_by_jmap(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    with dovecot.imap() as imap:
        append(imap, "one", "Work")
        append(imap, "two")
        append(imap, "three", "\\Seen \\Deleted")
    before = fetched(dovecot)
    jmap = Jmap(beside_dovecot)
    ids = {subject: email["id"] for subject, email in jmap.by_subject().items()}
    assert ids.keys() == {"one", "two"}
    jmap.update(ids["one"], **{"keywords/$seen": True, "keywords/work": None, "keywords/todo": True})
    jmap.update(ids["two"], keywords={"$flagged": True, "$forwarded": True, "work": True, "$important": True})
    after = fetched(dovecot)
    assert after["one"]["keywords"] == {"$seen", "todo"}
    assert after["two"]["keywords"] == {"$flagged", "$forwarded", "work", "$important"}
    assert after["three"] == before["three"]
    assert {name: each["UID"] for name, each in after.items()} == {name: each["UID"] for name, each in before.items()}
    with dovecot.imap() as imap:
        checked(imap.select("INBOX"))
        checked(imap.uid("STORE", str(after["one"]["UID"]), "+FLAGS", "(Later \\Answered)"))
        checked(imap.uid("STORE", str(after["two"]["UID"]), "-FLAGS", "(work)"))
    emails = jmap.by_subject()
    assert set(emails["one"]["keywords"]) == {"$seen", "todo", "later", "$answered"}
    assert set(emails["two"]["keywords"]) == {"$flagged", "$forwarded", "$important"}


def test_more_keywords_than_letters(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    with dovecot.imap() as imap:
        append(imap, "many")
    jmap = Jmap(beside_dovecot)
    id = jmap.by_subject()["many"]["id"]
    words = {f"word{number}": True for number in range(30)}
    jmap.update(id, keywords=words)
    assert jmap.emails()[id]["keywords"] == words
    assert len(fetched(dovecot)["many"]["keywords"]) == 26
    assert jmap.emails()[id]["keywords"] == words


def test_messages_moved_and_destroyed_by_jmap(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    with dovecot.imap() as imap:
        checked(imap.create("Archive"))
        for subject in ("moved", "copied", "destroyed", "stays"):
            append(imap, subject, "\\Seen Work")
        append(imap, "there already", "Other", "Archive")
    uids = {subject: each["UID"] for subject, each in fetched(dovecot).items()}
    jmap = Jmap(beside_dovecot)
    emails, boxes = jmap.by_subject(), {name: box["id"] for name, box in jmap.mailboxes().items()}
    jmap.update(emails["moved"]["id"], mailboxIds={boxes["Archive"]: True})
    jmap.update(emails["copied"]["id"], mailboxIds={boxes["Archive"]: True, boxes["Inbox"]: True})
    assert jmap.call("Email/set", destroy=[emails["destroyed"]["id"]])["destroyed"]
    inbox, archive = fetched(dovecot), fetched(dovecot, "Archive")
    assert {subject: each["UID"] for subject, each in inbox.items()} == {
        subject: uids[subject] for subject in ("copied", "stays")
    }
    assert archive.keys() == {"moved", "copied", "there already"}
    assert len({each["UID"] for each in archive.values()}) == 3
    for subject in ("moved", "copied"):
        assert archive[subject]["keywords"] == {"$seen", "work"}
        assert archive[subject]["RFC822.SIZE"] == emails[subject]["size"]
    assert archive["there already"]["keywords"] == {"other"}
    after = jmap.by_subject()
    assert after["moved"] == emails["moved"] | {"mailboxIds": {boxes["Archive"]: True}}


def test_messages_moved_copied_and_expunged_by_imap(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    with dovecot.imap() as imap:
        checked(imap.create("Archive"))
        for subject in ("moved", "copied", "expunged"):
            append(imap, subject, "\\Seen Work")
    jmap = Jmap(beside_dovecot)
    before, boxes = jmap.by_subject(), {name: box["id"] for name, box in jmap.mailboxes().items()}
    state = jmap.call("Email/get", ids=[])["state"]
    uids = {subject: str(each["UID"]) for subject, each in fetched(dovecot).items()}
    with dovecot.imap() as imap:
        checked(imap.select("INBOX"))
        checked(imap.uid("MOVE", uids["moved"], "Archive"))
        checked(imap.uid("COPY", uids["copied"], "Archive"))
        checked(imap.uid("STORE", uids["expunged"], "+FLAGS", "(\\Deleted)"))
        checked(imap.expunge())
    after = jmap.by_subject()
    assert after["moved"] == before["moved"] | {"mailboxIds": {boxes["Archive"]: True}}
    assert after["copied"] == before["copied"] | {"mailboxIds": {boxes["Archive"]: True, boxes["Inbox"]: True}}
    changes = jmap.call("Email/changes", sinceState=state)
    assert (set(changes["updated"]), changes["created"]) == ({before[name]["id"] for name in ("moved", "copied")}, [])
    assert changes["destroyed"] == [before["expunged"]["id"]]


@pytest.mark.rfc("8621", "2")
def test_folders_renamed_subscribed_and_removed_by_imap(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    with dovecot.imap() as imap:
        for name in ("Old", "Old.Child", "B&APw-cher"):
            checked(imap.create(name))
        append(imap, "inside", "", "Old.Child")
        checked(imap.subscribe("Old"))
        checked(imap.subscribe("B&APw-cher"))
    jmap = Jmap(beside_dovecot)
    before, inside = jmap.mailboxes(), jmap.by_subject()["inside"]
    assert before.keys() == {"Inbox", "Old", "Child", "Bücher"}
    assert {name for name, box in before.items() if box["isSubscribed"]} == {"Inbox", "Old", "Bücher"}
    state = jmap.call("Mailbox/get", ids=[])["state"]
    with dovecot.imap() as imap:
        checked(imap.rename("Old", "New"))
        checked(imap.unsubscribe("B&APw-cher"))
        checked(imap.subscribe("New.Child"))
    after = jmap.mailboxes()
    assert after.keys() == {"Inbox", "New", "Child", "Bücher"}
    assert (after["New"]["id"], after["Child"]["id"]) == (before["Old"]["id"], before["Child"]["id"])
    assert {name for name, box in after.items() if box["isSubscribed"]} == {"Inbox", "Child"}
    assert jmap.by_subject()["inside"] == inside
    changes = jmap.call("Mailbox/changes", sinceState=state)
    assert (changes["created"], changes["destroyed"]) == ([], [])
    assert set(changes["updated"]) == {before[name]["id"] for name in ("Old", "Child", "Bücher")}
    with dovecot.imap() as imap:
        checked(imap.delete("B&APw-cher"))
    assert jmap.mailboxes().keys() == {"Inbox", "New", "Child"}


def test_an_open_imap_session_beside_jmap(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    """Flags and moves by JMAP between the commands of one session that has the mailbox selected."""
    with dovecot.imap() as imap:
        checked(imap.create("Archive"))
        for number in range(12):
            append(imap, f"n{number}", "Work")
        checked(imap.select("INBOX"))
        jmap = Jmap(beside_dovecot)
        emails = jmap.by_subject()
        archive = jmap.mailboxes()["Archive"]["id"]
        for number in range(12):
            id = emails[f"n{number}"]["id"]
            if number % 3:
                jmap.update(id, keywords={"$seen": True, f"k{number % 2}": True})
            else:
                jmap.update(id, mailboxIds={archive: True})
            checked(imap.noop())
            checked(imap.uid("STORE", "2", "+FLAGS" if number % 2 else "-FLAGS", "(\\Flagged)"))
        assert checked(imap.uid("SEARCH", "ALL")) == [b"2 3 5 6 8 9 11 12"]
    inbox = fetched(dovecot)
    assert inbox["n1"] == {"UID": 2, "RFC822.SIZE": emails["n1"]["size"], "keywords": {"$seen", "k1", "$flagged"}}
    assert inbox["n4"]["keywords"] == {"$seen", "k0"}
    assert fetched(dovecot, "Archive").keys() == {"n0", "n3", "n6", "n9"}
    assert set(jmap.by_subject()["n1"]["keywords"]) == inbox["n1"]["keywords"]
