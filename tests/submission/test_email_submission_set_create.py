"""EmailSubmission/set create: the record, the message that is sent, where it waits."""

import json
import time
from pathlib import Path

import pytest

from jmapd.wire.dates import parse_utc_date
from tests.submission.submissions import ALICE, BOB, Sending, envelope

pytestmark = pytest.mark.rfc("8621", "7.5")


@pytest.fixture
def host(tmp_path: Path) -> Sending:
    return Sending(tmp_path)


@pytest.mark.rfc("8621", "7")
def test_what_is_created(host: Sending) -> None:
    email = host.draft()
    before = int(time.time())
    created = host.submit(email)
    assert before <= parse_utc_date(created["sendAt"]) <= time.time()  # not FUTURERELEASE: the time of creation
    status = {"smtpReply": "250 2.0.0 Queued", "delivered": "queued", "displayed": "unknown"}
    assert created["undoStatus"] == "pending"
    assert created["deliveryStatus"] == {"bob@example.net": status}
    assert created["dsnBlobIds"] == created["mdnBlobIds"] == []
    assert created["envelope"] == {"mailFrom": ALICE, "rcptTo": [BOB]}
    [thread] = host.call("Email/get", {"ids": [email], "properties": ["threadId"]})["list"]
    assert created["threadId"] == thread["threadId"]
    whole = created | {"identityId": host.identity(), "emailId": email}
    assert host.get(created["id"]) == whole


def test_the_message_waits_for_the_worker(host: Sending) -> None:
    id = host.submit()["id"]
    assert host.files() == [f"{id}.eml", f"{id}.json"]
    assert host.outbox.due(time.time()) == [id]
    entry = host.entry(id)
    assert (entry["kind"], entry["mailFrom"], entry["rcptTo"]) == ("submission", ALICE, [BOB])
    assert not entry["done"] and not entry["canceled"] and entry["results"] == {}
    assert host.octets(id).endswith(b"\r\n\r\nSome text.\r\n")


def test_an_envelope_that_was_given_is_not_told_again(host: Sending) -> None:
    given = envelope("bob@example.net", "carol@example.net")
    created = host.submit(envelope=given)
    assert "envelope" not in created and host.get(created["id"], "envelope") == given
    assert list(created["deliveryStatus"]) == ["bob@example.net", "carol@example.net"]


def test_members_that_were_left_out_are_null(host: Sending) -> None:
    created = host.submit(envelope={"mailFrom": {"email": "alice@example.org"}, "rcptTo": [{"email": BOB["email"]}]})
    assert created["envelope"] == {"mailFrom": ALICE, "rcptTo": [BOB]}


def test_bcc_is_removed_and_kept_in_the_copy(host: Sending) -> None:
    email = host.draft(bcc=[{"name": "Hidden", "email": "carol@example.net"}])
    created = host.submit(email)
    assert b"carol" not in host.octets(created["id"]) and b"bcc" not in host.octets(created["id"]).lower()
    assert [each["email"] for each in created["envelope"]["rcptTo"]] == ["bob@example.net", "carol@example.net"]
    [kept] = host.call("Email/get", {"ids": [email], "properties": ["bcc"]})["list"]
    assert kept["bcc"] == [{"name": "Hidden", "email": "carol@example.net"}]


def test_an_email_made_in_the_same_request(host: Sending) -> None:
    drafts = host.mailbox("Drafts")
    given = {"mailboxIds": {drafts: True}, "from": [{"email": "alice@example.org"}], "to": [{"email": "b@example.net"}]}
    submission = {"identityId": host.identity(), "emailId": "#d"}
    made, sent = host.request(
        [
            ["Email/set", {"accountId": "alice", "create": {"d": given}}],
            ["EmailSubmission/set", {"accountId": "alice", "create": {"s": submission}}],
        ]
    )
    id = sent[1]["created"]["s"]["id"]
    assert host.get(id, "emailId") == made[1]["created"]["d"]["id"]


def test_an_identity_made_in_the_same_request(host: Sending) -> None:
    email = host.draft()
    made, sent = host.request(
        [
            ["Identity/set", {"accountId": "alice", "create": {"i": {"email": "sales@example.org"}}}],
            [
                "EmailSubmission/set",
                {"accountId": "alice", "create": {"s": {"identityId": "#i", "emailId": email}}},
            ],
        ]
    )
    id = sent[1]["created"]["s"]["id"]
    assert host.get(id, "identityId") == made[1]["created"]["i"]["id"]


def test_several_at_once_and_one_of_them_wrong(host: Sending) -> None:
    good, bad = host.given(), host.given() | {"emailId": "Mnone"}
    answer = host.set(create={"a": good, "b": bad, "c": host.given()})
    assert set(answer["created"]) == {"a", "c"} and set(answer["notCreated"]) == {"b"}
    assert len(host.files()) == 4


def test_the_email_may_be_destroyed_after_that(host: Sending) -> None:
    """It MUST NOT change the behaviour of the submission."""
    email = host.draft()
    id = host.submit(email)["id"]
    before = host.octets(id)
    assert host.call("Email/set", {"destroy": [email]})["destroyed"] == [email]
    assert host.octets(id) == before and host.get(id, "emailId") == email
    assert host.outbox.due(time.time()) == [id]


def test_the_record_has_what_reports_are_known_by(host: Sending) -> None:
    id = host.submit(host.draft(messageId=["one@example.org"]))["id"]
    assert host.entry(id)["record"]["messageId"] == "one@example.org"
    assert "messageId" not in host.get(id)


def test_a_message_without_date_and_message_id_gets_them(host: Sending) -> None:
    """RFC 6409 8: who takes a submission may add what is missing."""
    id = host.submit(host.raw("From: alice@example.org\nTo: bob@example.net\n\nText\n"))["id"]
    octets = host.octets(id)
    assert octets.count(b"\r\nMessage-ID: <") + octets.count(b"Date: ") == 2
    again = host.submit()["id"]
    assert host.octets(again).lower().count(b"message-id:") == 1


def test_a_lone_carriage_return_ends_no_line_for_others(host: Sending) -> None:
    id = host.submit(host.raw("From: alice@example.org\nTo: bob@example.net\n\nOne\r.\rTwo\n"))["id"]
    octets = host.octets(id)
    assert octets.endswith(b"One\r\n.\r\nTwo\r\n") and octets.count(b"\r") == octets.count(b"\n")


def test_a_wrong_state_sends_nothing(host: Sending) -> None:
    error = host.error("EmailSubmission/set", {"ifInState": "no", "create": {"s": host.given()}})
    assert error["type"] == "stateMismatch" and host.files() == []


def test_only_the_server_may_read_them(host: Sending) -> None:
    id = host.submit()["id"]
    modes = {path.stat().st_mode & 0o777 for path in host.outbox.folder.iterdir()}
    assert modes == {0o600} and host.outbox.folder.stat().st_mode & 0o777 == 0o700
    assert json.loads((host.outbox.folder / f"{id}.json").read_text())["version"] == 1
