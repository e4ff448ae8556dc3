"""Email/set create: the message, its answer and what the server adds (RFC 8621 4.6)."""

import re
import time
from datetime import UTC, datetime

import pytest

from tests.mail.composing import TEXT, blob, create, files, get, lines, stdlib, wire

pytestmark = pytest.mark.rfc("8621", "4.6")

DRAFT = {
    "keywords": {"$draft": True, "$seen": True},
    "from": [{"name": "Alice Arendt", "email": "alice@example.org"}],
    "to": [{"name": "Bob, the builder", "email": "bob@example.org"}, {"name": None, "email": "x@example.org"}],
    "bcc": [{"name": "Zoë", "email": "zoe@example.org"}],
    "subject": "Grüße aus Köln",
    "messageId": ["one@example.org"],
    "inReplyTo": ["zero@example.org"],
    "references": ["minus.one@example.org", "zero@example.org"],
    "sentAt": "2018-07-10T11:03:11+10:00",
    "receivedAt": "2018-07-10T01:03:11Z",
    **TEXT,
}


def test_created_has_the_four_properties(mailhost):
    created = create(mailhost, **DRAFT)
    assert created.keys() == {"id", "blobId", "threadId", "size"}
    assert created == get(mailhost, created, "id", "blobId", "threadId", "size")


def test_draft_is_what_was_given(mailhost):
    created = create(mailhost, **DRAFT)
    asked = [name for name in DRAFT if name not in TEXT]
    found = get(mailhost, created, *asked, "sender", "cc", "replyTo", "preview", "hasAttachment")
    for name in asked:
        assert found[name] == DRAFT[name]
    assert (found["sender"], found["cc"], found["replyTo"]) == (None, None, None)
    assert (found["preview"], found["hasAttachment"]) == ("Some text.", False)


def test_message_on_disk(mailhost):
    data = wire(mailhost, create(mailhost, **DRAFT))
    message = stdlib(data)
    assert not message.defects and message.get_content() == "Some text.\r\n"
    assert message["Subject"] == "Grüße aus Köln" and message["MIME-Version"] == "1.0"
    assert [(each.display_name, each.addr_spec) for each in message["To"].addresses] == [
        ("Bob, the builder", "bob@example.org"),
        ("", "x@example.org"),
    ]
    assert message["Bcc"].addresses[0].display_name == "Zoë"  # kept in a draft
    assert message["Message-ID"] == "<one@example.org>"
    assert message["Date"] == "Tue, 10 Jul 2018 11:03:11 +1000"
    assert data.isascii() and max(map(len, lines(data))) <= 78
    [path] = mailhost.root.rglob("cur/*")
    assert b"\r" not in path.read_bytes() and path.name.endswith(":2,DS")
    assert path.stat().st_mtime == datetime(2018, 7, 10, 1, 3, 11, tzinfo=UTC).timestamp()
    assert files(mailhost) == [str(path)]


@pytest.mark.rfc("5322", "3.6.4")
def test_message_id_and_date_are_made(mailhost):
    before = int(time.time())
    first = create(mailhost, **TEXT, **{"from": [{"email": "alice@mail.example.org"}]})
    second = create(mailhost, **TEXT)
    found = get(mailhost, first, "messageId", "sentAt", "receivedAt")
    [message_id] = found["messageId"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{20,}@mail\.example\.org", message_id)
    for name in ("sentAt", "receivedAt"):
        assert before <= datetime.fromisoformat(found[name]).timestamp() <= time.time()
    [other] = get(mailhost, second, "messageId")["messageId"]
    assert other != message_id and re.fullmatch(r"[^@\s]+@[^@\s]+", other)


def test_message_id_and_date_are_not_doubled(mailhost):
    given = {"header:message-id": " <mine@example.org>", "header:DATE:asDate": "2001-01-01T00:00:00Z"}
    given["header:mime-version:asText"] = "1.0 (mine)"
    data = wire(mailhost, create(mailhost, **TEXT, **given))
    message = stdlib(data)
    for name in ("Message-ID", "Date", "MIME-Version"):
        assert len(message.get_all(name)) == 1


def test_a_field_without_anything_in_it_is_made_all_the_same(mailhost):
    data = wire(mailhost, create(mailhost, **{"header:MIME-Version:asGroupedAddresses": [{"addresses": []}]}))
    assert data.startswith(b"MIME-Version: 1.0\r\n")


def test_empty_email(mailhost):
    created = create(mailhost)
    found = get(mailhost, created, "bodyStructure", "textBody", "bodyValues", "subject", "from", "keywords")
    assert found["bodyStructure"]["type"] == "text/plain" and found["bodyStructure"]["size"] == 0
    assert found["bodyValues"]["1"]["value"] == ""
    assert (found["subject"], found["from"], found["keywords"]) == (None, None, {})
    assert stdlib(wire(mailhost, created)).get_content().strip() == ""


def test_several_mailboxes_and_a_keyword_of_its_own(mailhost):
    mailhost.folder("Drafts")
    ids = {mailhost.mailbox("Inbox"): True, mailhost.mailbox("Drafts"): True}
    created = create(mailhost, **TEXT, mailboxIds=ids, keywords={"$Label:Red": True, "$flagged": True})
    found = get(mailhost, created, "mailboxIds", "keywords")
    assert found["mailboxIds"] == ids and found["keywords"] == {"$label:red": True, "$flagged": True}
    assert len(files(mailhost)) >= 2 and mailhost.ids(hasKeyword="$label:red") == [created["id"]]


def test_reference_to_a_mailbox_and_from_another_method(mailhost):
    mailhost.folder("Drafts")
    arguments = {"accountId": "alice", "create": {"d": {"mailboxIds": {"#box": True}, **TEXT}}}
    calls = [
        ["Email/set", arguments],
        ["Email/get", {"accountId": "alice", "ids": ["#d"], "properties": ["mailboxIds"]}],
    ]
    box = mailhost.mailbox("Drafts")
    answers = mailhost.request(calls, createdIds={"box": box})
    created = answers[0][1]["created"]["d"]
    assert get(mailhost, created, "mailboxIds")["mailboxIds"] == {box: True}


def test_example_of_the_rfc(mailhost):
    # RFC 8621 4.10
    created = create(
        mailhost,
        **{
            "keywords": {"$seen": True, "$draft": True},
            "from": [{"name": "Joe Bloggs", "email": "joe@example.com"}],
            "subject": "World domination",
            "receivedAt": "2018-07-10T01:03:11Z",
            "sentAt": "2018-07-10T11:03:11+10:00",
            "bodyStructure": {"type": "text/plain", "partId": "bd48", "header:Content-Language": "en"},
            "bodyValues": {"bd48": {"value": "I have the most brilliant plan.", "isTruncated": False}},
        },
    )
    found = get(mailhost, created, "bodyStructure", "bodyValues", "sentAt", "receivedAt")
    assert found["bodyStructure"]["language"] == ["en"]
    assert found["bodyValues"]["1"]["value"] == "I have the most brilliant plan."
    assert b"Content-Language:en\r\n" in wire(mailhost, created)  # raw: as given


def test_seen_by_query_changes_and_thread(mailhost):
    state = mailhost.call("Email/get", {"ids": []})["state"]
    first = create(mailhost, **TEXT, subject="Plans", messageId=["a@example.org"])
    second = create(mailhost, **TEXT, subject="Re: Plans", inReplyTo=["a@example.org"])
    assert first["threadId"] == second["threadId"]
    changes = mailhost.call("Email/changes", {"sinceState": state})
    assert sorted(changes["created"]) == sorted([first["id"], second["id"]]) and not changes["destroyed"]
    assert set(mailhost.ids(subject="plans")) == {first["id"], second["id"]} == set(mailhost.ids(text="some text"))


def test_after_a_restart_all_is_the_same(mailhost):
    created = create(mailhost, **DRAFT)
    before = get(mailhost, created)
    mailhost.start()
    assert get(mailhost, created) == before


def test_parts_have_blobs_of_their_own(mailhost):
    created = create(mailhost, **TEXT)
    [part] = get(mailhost, created, "textBody")["textBody"]
    assert blob(mailhost, part["blobId"]) == b"Some text.\r\n" and part["size"] == 12
