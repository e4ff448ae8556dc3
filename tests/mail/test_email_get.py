"""Email/get: metadata, the default properties, and what is not there."""

import hashlib

import pytest

from tests.mail.email_properties import LISTS, STORED

pytestmark = pytest.mark.rfc("8621", "4.2")

SIMPLE = (
    'From: Alice <alice@example.org>\nTo: bob@example.org, "C. D." <cd@example.org>\nSubject: Plums\n'
    "Date: Tue, 14 Nov 2023 10:00:00 +0100\nMessage-ID: <1@example.org>\nIn-Reply-To: <0@example.org>\n"
    "References: <00@example.org> <0@example.org>\n\nSo sweet\nand so cold.\n"
)
DEFAULTS = [*STORED, "bodyValues", *LISTS]


def get(mailhost, ids, *properties, **arguments):
    """The list of one Email/get."""
    return mailhost.call("Email/get", {"ids": ids, "properties": list(properties) or None, **arguments})["list"]


@pytest.mark.rfc("8621", "4.1.1")
def test_metadata(mailhost):
    mailhost.deliver(SIMPLE, flags="FS", received=1_699_952_400)
    wire = SIMPLE.replace("\n", "\r\n").encode()
    digest = hashlib.sha256(wire).hexdigest()
    [email] = get(mailhost, mailhost.ids(), "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt")
    assert email == {
        "id": "M" + digest[:24],
        "blobId": "G" + digest,
        "threadId": "T" + digest[:24],
        "mailboxIds": {mailhost.mailbox("Inbox"): True},
        "keywords": {"$seen": True, "$flagged": True},
        "size": len(wire),
        "receivedAt": "2023-11-14T09:00:00Z",
    }


@pytest.mark.rfc("8621", "4.1.3")
def test_convenience_properties(mailhost):
    mailhost.deliver(SIMPLE)
    [email] = get(mailhost, mailhost.ids())
    expected = {
        "messageId": ["1@example.org"],
        "inReplyTo": ["0@example.org"],
        "references": ["00@example.org", "0@example.org"],
        "sender": None,
        "from": [{"name": "Alice", "email": "alice@example.org"}],
        "to": [{"name": None, "email": "bob@example.org"}, {"name": "C. D.", "email": "cd@example.org"}],
        "cc": None,
        "bcc": None,
        "replyTo": None,
        "subject": "Plums",
        "sentAt": "2023-11-14T10:00:00+01:00",
        "hasAttachment": False,
        "preview": "So sweet and so cold.",
    }
    assert {name: email[name] for name in expected} == expected


def test_default_properties(mailhost):
    mailhost.deliver(SIMPLE)
    [email] = get(mailhost, mailhost.ids())
    assert sorted(email) == sorted(DEFAULTS)
    assert email["bodyValues"] == {}


@pytest.mark.rfc("8620", "5.1")
def test_only_the_properties_asked_for_and_the_id(mailhost):
    mailhost.deliver(SIMPLE)
    [email] = get(mailhost, mailhost.ids(), "subject")
    assert sorted(email) == ["id", "subject"]


@pytest.mark.rfc("8620", "5.1")
def test_not_found_and_twice(mailhost):
    mailhost.deliver(SIMPLE)
    [id] = mailhost.ids()
    answer = mailhost.call("Email/get", {"ids": [id, "Mffffffffffff", id], "properties": ["id"]})
    assert answer["list"] == [{"id": id}]
    assert answer["notFound"] == ["Mffffffffffff"]
    assert mailhost.call("Email/get", {"ids": []})["list"] == []


@pytest.mark.rfc("8620", "5.1")
def test_null_ids_are_all(mailhost):
    mailhost.deliver(SIMPLE)
    mailhost.deliver(SIMPLE + "Another one.\n")
    answer = mailhost.call("Email/get", {"ids": None, "properties": ["id"]})
    assert {email["id"] for email in answer["list"]} == set(mailhost.ids())


@pytest.mark.rfc("8620", "5.1")
@pytest.mark.parametrize(
    "arguments",
    [
        {"properties": ["colour"]},
        {"properties": ["Subject"]},
        {"properties": ["bodyStructure", "header"]},
        {"bodyProperties": ["partId", "colour"]},
        {"bodyProperties": ["header:From:asDate"]},
        {"bodyProperties": "partId"},
        {"maxBodyValueBytes": -1},
        {"maxBodyValueBytes": 1.5},
        {"fetchTextBodyValues": "true"},
        {"fetchAllBodyValues": 1},
    ],
)
def test_invalid_arguments(mailhost, arguments):
    # Also when there is no message to show it of: the call is rejected, whatever the ids.
    assert mailhost.error("Email/get", {"ids": [], **arguments})["type"] == "invalidArguments"


def test_state_of_the_answer_is_that_of_changes(mailhost):
    mailhost.deliver(SIMPLE)
    state = mailhost.call("Email/get", {"ids": []})["state"]
    answer = mailhost.call("Email/changes", {"sinceState": state})
    assert answer["newState"] == state
    assert not answer["hasMoreChanges"]


def test_a_message_in_two_folders_is_one_email(mailhost):
    mailhost.deliver(SIMPLE)
    mailhost.deliver(SIMPLE, folder="Archive", flags="")
    [id] = mailhost.ids()
    [email] = get(mailhost, [id], "mailboxIds", "keywords")
    assert email["mailboxIds"] == {mailhost.mailbox("Inbox"): True, mailhost.mailbox("Archive"): True}


@pytest.mark.rfc("8621", "4.1.1")
def test_trashed_flag_hides(mailhost):
    mailhost.deliver(SIMPLE, flags="ST")
    assert mailhost.ids() == []
    assert mailhost.call("Email/get", {"ids": None})["list"] == []
