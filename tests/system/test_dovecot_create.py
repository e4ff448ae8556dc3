"""New messages by Email/set and Email/import beside Dovecot: each gets one uid, and IMAP shows what JMAP was told."""

from typing import Any

import pytest

from .jmap import Jmap
from .peers import Dovecot, append, bases, checked, fetched, internal_dates, message
from .web import Gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "4.6")]


@pytest.fixture
def boxes(beside_dovecot: Gunicorn, dovecot: Dovecot) -> dict[str, str]:
    """Folders that Dovecot has made and looked into, with a message in the INBOX; their ids."""
    with dovecot.imap() as imap:
        checked(imap.create("Drafts"))
        checked(imap.create("Archive"))
        append(imap, "there already", "Work")
        checked(imap.select("Drafts"))
    return {name: box["id"] for name, box in Jmap(beside_dovecot).mailboxes().items()}


def draft(subject: str, *ids: str, **more: Any) -> dict[str, Any]:
    return {
        "mailboxIds": dict.fromkeys(ids, True),
        "subject": subject,
        "from": [{"name": "Alice", "email": "alice@example.org"}],
        "textBody": [{"partId": "1", "type": "text/plain"}],
        "bodyValues": {"1": {"value": f"This is {subject}.\n"}},
    } | more


def test_created_messages_have_one_uid(beside_dovecot: Gunicorn, dovecot: Dovecot, boxes: dict[str, str]) -> None:
    jmap = Jmap(beside_dovecot)
    words = {"$draft": True, "$seen": True, "todo": True, "work": True}
    first = jmap.created(
        "Email/set", draft("first", boxes["Drafts"], keywords=words, receivedAt="2024-02-03T04:05:06Z")
    )
    assert fetched(dovecot, "Drafts")["first"] == {
        "UID": 1, "RFC822.SIZE": first["size"], "keywords": {"$draft", "$seen", "todo", "work"},
    }  # fmt: skip
    jmap.created("Email/set", draft("second", boxes["Drafts"], boxes["Inbox"], keywords={"work": True}))
    jmap.update(first["id"], **{"keywords/$answered": True, "keywords/todo": None})
    seen, inbox = fetched(dovecot, "Drafts"), fetched(dovecot)
    assert {subject: each["UID"] for subject, each in seen.items()} == {"first": 1, "second": 2}
    assert seen["first"]["keywords"] == {"$draft", "$seen", "$answered", "work"}
    assert inbox["second"] == {"UID": 2, "RFC822.SIZE": seen["second"]["RFC822.SIZE"], "keywords": {"work"}}
    assert internal_dates(dovecot, "Drafts")[1] == "2024-02-03T04:05:06Z" == jmap.by_subject()["first"]["receivedAt"]
    assert internal_dates(dovecot, "Drafts")[2] == jmap.by_subject()["second"]["receivedAt"]
    assert not set(bases(dovecot).values()) & set(bases(dovecot, "Drafts").values())


def test_octets_are_the_same(beside_dovecot: Gunicorn, dovecot: Dovecot, boxes: dict[str, str]) -> None:
    jmap = Jmap(beside_dovecot)
    image = jmap.upload(bytes(range(256)) * 9, "image/png")
    parts = [{"blobId": image, "type": "image/png", "name": "Bild ü.png", "disposition": "attachment"}]
    new = draft("Grüße, Привет", boxes["Drafts"], attachments=parts)
    email = jmap.created("Email/set", new)
    imported = message("imported", "Line\r\n.\r\nlast line without an end")
    jmap.imported(imported, mailboxIds={boxes["Drafts"]: True})
    with dovecot.imap() as imap:
        checked(imap.select("Drafts"))
        found = [each for each in checked(imap.fetch("1:*", "(RFC822.SIZE BODY.PEEK[])")) if isinstance(each, tuple)]
    assert found[0][1] == jmap.blob(email["blobId"])
    assert found[1][1].rstrip(b"\r\n") == imported
    assert [f"RFC822.SIZE {len(data)} " in str(head) for head, data in found] == [True, True]


def test_imported_with_date_and_keywords(beside_dovecot: Gunicorn, dovecot: Dovecot, boxes: dict[str, str]) -> None:
    jmap = Jmap(beside_dovecot)
    data = message("old mail")
    more = {"keywords": {"$seen": True, "work": True}, "receivedAt": "2009-08-07T06:05:04Z"}
    email = jmap.imported(data, mailboxIds={boxes["Archive"]: True, boxes["Inbox"]: True}, **more)
    for mailbox, uid in (("Archive", 1), ("INBOX", 2)):
        assert fetched(dovecot, mailbox)["old mail"] == {
            "UID": uid, "RFC822.SIZE": len(data), "keywords": {"$seen", "work"},
        }  # fmt: skip
        assert internal_dates(dovecot, mailbox)[uid] == "2009-08-07T06:05:04Z"
    answer = jmap.call("Email/import", emails={"a": {"blobId": email["blobId"], "mailboxIds": {boxes["Inbox"]: True}}})
    assert answer["notCreated"]["a"] == answer["notCreated"]["a"] | {"type": "alreadyExists", "existingId": email["id"]}
    assert fetched(dovecot).keys() == {"there already", "old mail"}


def test_a_draft_saved_again(beside_dovecot: Gunicorn, dovecot: Dovecot, boxes: dict[str, str]) -> None:
    """Created anew and the old one destroyed, five times: each has a uid of its own, none comes back."""
    jmap, old = Jmap(beside_dovecot), None
    for number in range(5):
        new = draft("saved", boxes["Drafts"], keywords={"$draft": True}, receivedAt="2024-02-03T04:05:06Z")
        new |= {"messageId": ["same@example.org"], "sentAt": "2024-02-03T04:05:06Z"}
        answer = jmap.call("Email/set", create={"new": new}, destroy=[old] if old else [])
        assert answer["created"], answer
        assert (answer["destroyed"] or []) == ([old] if old else [])
        old = answer["created"]["new"]["id"]
        assert fetched(dovecot, "Drafts")["saved"]["UID"] == number + 1
    assert jmap.by_subject()["saved"]["id"] == old


def test_between_commands_of_an_open_session(beside_dovecot: Gunicorn, dovecot: Dovecot, boxes: dict[str, str]) -> None:
    jmap = Jmap(beside_dovecot)
    with dovecot.imap() as imap:
        checked(imap.select("INBOX"))
        for number in range(6):
            jmap.created("Email/set", draft(f"n{number}", boxes["Inbox"], keywords={f"k{number % 3}": True}))
            checked(imap.noop())
            checked(imap.uid("STORE", str(number + 2), "+FLAGS", "(\\Flagged)"))
            append(imap, f"appended{number}", "", "Drafts")
        assert checked(imap.uid("SEARCH", "FLAGGED")) == [b"2 3 4 5 6 7"]
    emails = jmap.by_subject()
    assert all(set(emails[f"n{number}"]["keywords"]) == {"$flagged", f"k{number % 3}"} for number in range(6))
    assert {each["UID"] for each in fetched(dovecot, "Drafts").values()} == set(range(1, 7))
