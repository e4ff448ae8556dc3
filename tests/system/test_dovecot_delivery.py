"""What Dovecot's LMTP delivers: its uid, date and base name stay, whatever JMAP does to flags and keywords."""

import pytest

from .events import Source
from .jmap import Jmap, deliver
from .peers import Dovecot, append, bases, checked, fetched, internal_dates, message
from .web import Gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "4.1.1")]


def uids(dovecot: Dovecot, mailbox: str = "INBOX") -> dict[str, int]:
    return {subject: each["UID"] for subject, each in fetched(dovecot, mailbox).items()}


def test_what_lmtp_delivers(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    with dovecot.imap() as imap:
        checked(imap.create("Lists.Alpha"))
    jmap = Jmap(beside_dovecot)
    state = jmap.call("Email/get", ids=[])["state"]
    dovecot.lmtp(message("one"))
    dovecot.lmtp(message("two"), "Lists.Alpha")
    dovecot.lmtp(message("three", "A body.\r\n.\r\n..\r\n"), "Missing")
    emails, boxes = jmap.by_subject(), {box["id"]: name for name, box in jmap.mailboxes().items()}
    where = {subject: [boxes[id] for id in email["mailboxIds"]] for subject, email in emails.items()}
    assert where == {"one": ["Inbox"], "two": ["Alpha"], "three": ["Inbox"]}
    changes = jmap.call("Email/changes", sinceState=state)
    assert (set(changes["created"]), changes["updated"]) == ({email["id"] for email in emails.values()}, [])
    for mailbox, name in (("INBOX", "Inbox"), ("Lists.Alpha", "Alpha")):
        seen, dates = fetched(dovecot, mailbox), internal_dates(dovecot, mailbox)
        assert seen.keys() == {subject for subject, names in where.items() if names == [name]}
        for subject, each in seen.items():
            email = emails[subject]
            assert (each["keywords"], email["keywords"]) == (set(), {})
            assert each["RFC822.SIZE"] == email["size"] == len(jmap.blob(email["blobId"]))
            assert dates[each["UID"]] == email["receivedAt"]
            assert b"\r\nSubject: %s\r\n" % subject.encode() in jmap.blob(email["blobId"])
    assert b"A body.\r\n.\r\n..\r\n" in jmap.blob(emails["three"]["blobId"])


def test_uid_date_and_base_stay(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    for number in range(6):
        dovecot.lmtp(message(f"n{number}"))
    jmap = Jmap(beside_dovecot)
    before, names, dates, emails = uids(dovecot), bases(dovecot), internal_dates(dovecot), jmap.by_subject()
    for round in range(3):
        for number in range(6):
            word = f"k{(number + round) % 3}"
            words = {word: True} if round == 1 else {word: True, "$seen": True}
            jmap.update(emails[f"n{number}"]["id"], keywords=words)
        dovecot.lmtp(message(f"more{round}"))
        assert {subject: uid for subject, uid in uids(dovecot).items() if subject in before} == before
    assert {uid: base for uid, base in bases(dovecot).items() if uid in names} == names
    assert {uid: date for uid, date in internal_dates(dovecot).items() if uid in dates} == dates
    assert sorted(uids(dovecot).values()) == list(range(1, 10))
    after = jmap.by_subject()
    assert {subject: email["receivedAt"] for subject, email in emails.items()} == {
        subject: after[subject]["receivedAt"] for subject in emails
    }


def test_seen_by_jmap_before_dovecot_has_looked(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    """From new/ to cur/ and into another folder by JMAP, while Dovecot has no uid for it yet."""
    with dovecot.imap() as imap:
        checked(imap.create("Archive"))
        append(imap, "first")
    jmap = Jmap(beside_dovecot)
    boxes = {name: box["id"] for name, box in jmap.mailboxes().items()}
    for subject in ("flagged", "moved", "both"):
        dovecot.lmtp(message(subject))
    emails = jmap.by_subject()
    jmap.update(emails["flagged"]["id"], keywords={"$flagged": True, "work": True})
    jmap.update(emails["moved"]["id"], mailboxIds={boxes["Archive"]: True})
    jmap.update(emails["both"]["id"], mailboxIds={boxes["Archive"]: True, boxes["Inbox"]: True})
    inbox, archive = fetched(dovecot), fetched(dovecot, "Archive")
    assert inbox["flagged"]["keywords"] == {"$flagged", "work"}
    assert sorted(each["UID"] for each in archive.values()) == [1, 2]
    assert (inbox.keys(), archive.keys()) == ({"first", "flagged", "both"}, {"moved", "both"})
    assert len({each["UID"] for each in inbox.values()}) == 3
    dates = internal_dates(dovecot, "Archive")
    for subject in ("moved", "both"):
        assert dates[archive[subject]["UID"]] == emails[subject]["receivedAt"]
    assert uids(dovecot) == {subject: each["UID"] for subject, each in inbox.items()}


def test_no_base_name_is_in_two_folders(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    """Dovecot takes the base name for the GUID, and one that comes back for a fault."""
    with dovecot.imap() as imap:
        checked(imap.create("Archive"))
    for number in range(4):
        dovecot.lmtp(message(f"n{number}"))
    jmap = Jmap(beside_dovecot)
    boxes = {name: box["id"] for name, box in jmap.mailboxes().items()}
    id = jmap.by_subject()["n1"]["id"]
    seen: list[str] = []
    for round in range(4):
        target, mailbox = (("Archive", "Archive"), ("Inbox", "INBOX"))[round % 2]
        jmap.update(id, mailboxIds={boxes[target]: True})
        uid = uids(dovecot, mailbox)["n1"]
        base = bases(dovecot, mailbox)[uid]
        assert base not in seen
        seen.append(base)
    assert uids(dovecot).keys() == {f"n{number}" for number in range(4)}
    assert not set(bases(dovecot).values()) & set(bases(dovecot, "Archive").values())


@pytest.mark.rfc("8621", "4.1.1")
def test_letters_are_read_by_the_other_side(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    """dovecot-keywords written by us, then extended by Dovecot, then by us again; in two folders with other letters."""
    with dovecot.imap() as imap:
        checked(imap.create("Archive"))
        append(imap, "there", "Zeta Eta", "Archive")
        append(imap, "one")
        append(imap, "two")
    jmap = Jmap(beside_dovecot)
    emails, boxes = jmap.by_subject(), {name: box["id"] for name, box in jmap.mailboxes().items()}
    jmap.update(emails["one"]["id"], keywords={"alpha": True, "$junk": True})
    with dovecot.imap() as imap:
        checked(imap.select("INBOX"))
        checked(imap.uid("STORE", str(uids(dovecot)["two"]), "+FLAGS", "(Beta Alpha)"))
    jmap.update(emails["one"]["id"], **{"keywords/gamma": True, "keywords/$junk": None})
    jmap.update(emails["two"]["id"], mailboxIds={boxes["Inbox"]: True, boxes["Archive"]: True})
    inbox = {subject: each["keywords"] for subject, each in fetched(dovecot).items()}
    assert inbox == {"one": {"alpha", "gamma"}, "two": {"alpha", "beta"}}
    archive = {subject: each["keywords"] for subject, each in fetched(dovecot, "Archive").items()}
    assert archive == {"there": {"zeta", "eta"}, "two": {"alpha", "beta"}}
    words = {subject: set(email["keywords"]) for subject, email in jmap.by_subject().items()}
    assert words == {**inbox, **archive}
    lines = (beside_dovecot.maildir / "dovecot-keywords").read_text().splitlines()
    assert [line.split()[0] for line in lines] == [str(number) for number in range(len(lines))]
    assert {line.split()[1].lower() for line in lines} == {"alpha", "$junk", "beta", "gamma"}


def test_delivered_while_dovecot_is_down(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    """By another MTA into new/, flagged by JMAP; Dovecot finds it in cur/ later."""
    with dovecot.imap() as imap:
        append(imap, "first")
    path = deliver(beside_dovecot.maildir, "late")
    jmap = Jmap(beside_dovecot)
    jmap.update(jmap.by_subject()["late"]["id"], keywords={"$seen": True, "todo": True})
    assert fetched(dovecot)["late"]["keywords"] == {"$seen", "todo"}
    assert bases(dovecot)[2] == path.name


@pytest.mark.rfc("8620", "7.3")
def test_a_delivery_is_an_event(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    source = Source(beside_dovecot, types="EmailDelivery,Mailbox")
    dovecot.lmtp(message("pushed"))
    event = source.next()
    assert event is not None and event.data["changed"]["alice"].keys() == {"EmailDelivery", "Mailbox"}
    assert "pushed" in Jmap(beside_dovecot).by_subject()
    source.close()
