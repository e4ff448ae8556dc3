"""EmailSubmission/set create: every SetError of RFC 8621 7.5; nothing stays of what was refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jmapd.config import from_dict
from tests.submission.submissions import Sending, envelope

pytestmark = pytest.mark.rfc("8621", "7.5")
HEADER = "Date: Mon, 1 Jan 2024 00:00:00 +0000\nTo: bob@example.net\n"


@pytest.fixture
def host(tmp_path: Path) -> Sending:
    return Sending(tmp_path)


@pytest.mark.parametrize("name", ["identityId", "emailId"])
def test_an_id_that_cannot_be_found(host: Sending, name: str) -> None:
    error = host.refused(**{name: "Xnone"})
    assert (error["type"], error["properties"]) == ("invalidProperties", [name])


@pytest.mark.parametrize("name", ["identityId", "emailId"])
def test_an_id_that_is_missing(host: Sending, name: str) -> None:
    given = host.given()
    del given[name]
    error = host.set(create={"s": given})["notCreated"]["s"]
    assert (error["type"], error["properties"]) == ("invalidProperties", [name])


@pytest.mark.parametrize("name", ["id", "threadId", "sendAt", "deliveryStatus", "dsnBlobIds", "mdnBlobIds", "other"])
def test_what_only_the_server_sets(host: Sending, name: str) -> None:
    error = host.refused(**{name: "T1"})
    assert (error["type"], error["properties"]) == ("invalidProperties", [name])


@pytest.mark.parametrize("status", ["final", "canceled", "x"])
def test_undo_status_is_set_by_the_server(host: Sending, status: str) -> None:
    error = host.refused(undoStatus=status)
    assert (error["type"], error["properties"]) == ("invalidProperties", ["undoStatus"])


def test_too_large(tmp_path: Path) -> None:
    host = Sending(tmp_path, max_size=1024)
    error = host.refused(host.draft(bodyValues={"t": {"value": "x" * 1024}}))
    assert (error["type"], error["maxSize"]) == ("tooLarge", 1024)
    assert host.submit()["id"]


@pytest.mark.parametrize(
    ("header", "properties"),
    [
        ("", ["from"]),
        ("From: \n", ["from"]),
        ("From: Alice\n", ["from"]),
        ("From: alice@\n", ["from"]),
        ("From: alice@example.org\nFrom: alice@example.org\n", ["from"]),
        ("From: alice@example.org, sales@example.org\n", ["from"]),
        ("From: alice@example.org\nSender: alice@example.org, sales@example.org\n", ["sender"]),
        ("From: alice@example.org\nSender: alice@example.org\nSender: sales@example.org\n", ["sender"]),
        ("From: alice@example.org\nSender: \n", ["sender"]),
        ("From: alice@example.org\nTo: a@b.c\nSubject: a\nSubject: b\nDate: x\n", ["to", "subject", "sentAt"]),
        ("From: alice@example.org\n" + 2 * "Cc: a@b.c\nReply-To: a@b.c\nMessage-ID: <a@b>\n",
         ["cc", "replyTo", "messageId"]),
        ("From: alice@example.org\n" + 2 * "Bcc: a@b.c\nIn-Reply-To: <a@b>\nReferences: <a@b>\n",
         ["bcc", "inReplyTo", "references"]),
    ],
)  # fmt: skip
@pytest.mark.rfc("8621", "7")
def test_an_email_that_is_not_valid(host: Sending, header: str, properties: list[str]) -> None:
    """All properties that are wrong are listed."""
    error = host.refused(host.raw(f"{HEADER}{header}\nText\n"))
    assert (error["type"], error["properties"]) == ("invalidEmail", properties)


def test_several_authors_and_one_sender_are_valid(host: Sending) -> None:
    """RFC 5322 3.6.2."""
    header = f"{HEADER}From: alice@example.org, sales@example.org\nSender: sales@example.org\n"
    created = host.submit(host.raw(f"{header}\nText\n"), identityId=host.identity("sales@example.org"))
    assert created["envelope"]["mailFrom"]["email"] == "sales@example.org"


@pytest.mark.parametrize("header", ["", "Bcc: undisclosed-recipients:;\n", "To:\n"])
def test_no_recipients(host: Sending, header: str) -> None:
    error = host.refused(host.raw(f"From: alice@example.org\n{header}\nText\n"))
    assert error["type"] == "noRecipients"


def test_no_recipients_in_the_envelope(host: Sending) -> None:
    error = host.refused(envelope=envelope() | {"rcptTo": []})
    assert error["type"] == "noRecipients"


def test_too_many_recipients(tmp_path: Path) -> None:
    host = Sending(tmp_path, max_recipients=2)
    several = [f"{name}@example.net" for name in "abc"]
    for given in ({"envelope": envelope(*several)}, {"email": host.draft(bcc=[{"email": each} for each in several])}):
        error = host.refused(**given)
        assert (error["type"], error["maxRecipients"]) == ("tooManyRecipients", 2)
    assert host.submit(envelope=envelope(*several[:2]))["id"]


@pytest.mark.parametrize(
    "wrong",
    [
        "", "bob", "@example.net", "bob@", "a b@example.net", "bob@example..net", "<bob@example.net>", "*@example.net",
        "bob@example.net\r\nRCPT TO:<eve@example.net>", "bob@example.net\0", "b" * 65 + "@example.net",
    ],
)  # fmt: skip
def test_invalid_recipients(host: Sending, wrong: str) -> None:
    error = host.refused(envelope=envelope("bob@example.net", wrong, "x y@z"))
    assert (error["type"], error["invalidRecipients"]) == ("invalidRecipients", [wrong, "x y@z"])


def test_invalid_recipients_of_the_header(host: Sending) -> None:
    error = host.refused(host.raw("From: alice@example.org\nTo: bob@example.net, bob\n\nText\n"))
    assert (error["type"], error["invalidRecipients"]) == ("invalidRecipients", ["bob"])


@pytest.mark.parametrize("address", ["bob@example.org", "eve@example.net", "alice@other.example.org"])
def test_forbidden_mail_from(host: Sending, address: str) -> None:
    error = host.refused(envelope=envelope(mail_from=address))
    assert error["type"] == "forbiddenMailFrom"


@pytest.mark.parametrize("address", ["bob@example.org", "alice@example.net"])
def test_forbidden_from(host: Sending, address: str) -> None:
    email = host.draft(**{"from": [{"email": address}]})
    for given in ({}, {"envelope": envelope()}):
        assert host.refused(email, **given)["type"] == "forbiddenFrom"


def test_one_forbidden_author_among_others(host: Sending) -> None:
    authors = [{"email": "alice@example.org"}, {"email": "bob@example.org"}]
    email = host.draft(**{"from": authors, "sender": authors[:1]})
    assert host.refused(email)["type"] == "forbiddenFrom"


@pytest.mark.parametrize(
    "address", ["sales@example.org", "any@alice.example", "Alice@EXAMPLE.org", "alice+x@example.org"]
)
def test_all_addresses_of_the_account_may_be_used(host: Sending, address: str) -> None:
    assert host.submit(host.draft(**{"from": [{"email": address}]}), envelope=envelope(mail_from=address))["id"]


def test_an_identity_whose_address_was_taken_away(host: Sending) -> None:
    identity = host.call("Identity/set", {"create": {"i": {"email": "sales@example.org"}}})["created"]["i"]["id"]
    both = host.draft(sender=[{"email": "sales@example.org"}])
    own = host.draft(**{"from": [{"email": "sales@example.org"}]})
    assert host.submit(both, identityId=identity)["envelope"]["mailFrom"]["email"] == "sales@example.org"
    host.config = replace(host.config, identities=from_dict({"identities": {"domain": "example.org"}}).identities)
    host.start()
    assert host.refused(own, identityId=identity)["type"] == "forbiddenFrom"
    assert host.refused(both, identityId=identity)["type"] == "forbiddenMailFrom"
    assert host.submit(both)["envelope"]["mailFrom"]["email"] == "alice@example.org"


def test_forbidden_to_send(tmp_path: Path) -> None:
    host = Sending(tmp_path, may_not_send=["alice"])
    error = host.refused()
    assert error["type"] == "forbiddenToSend" and error["description"]


def test_a_full_disk(host: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    given = host.given()
    (host.outbox.folder.parent / "outbox").mkdir(mode=0o700)

    def full(path: Any, *_: Any) -> int:
        Path(path).write_bytes(b"half")
        Path(path).unlink()
        raise OSError(28, "No space left on device")

    for name in ("write_new", "sync_file", "sync_folder"):
        with monkeypatch.context() as patched:
            patched.setattr("jmapd.stores.outbox.atomic." + name, full if name == "write_new" else _fails)
            answer = host.set(create={"s": given})
        assert answer["notCreated"]["s"]["type"] == "overQuota" and answer["created"] is None
        assert host.files() == [] and answer["oldState"] == answer["newState"]
    assert host.set(create={"s": given})["created"]


def _fails(*_: Any) -> None:
    raise OSError(28, "No space left on device")
