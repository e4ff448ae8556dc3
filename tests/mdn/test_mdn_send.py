"""MDN/send (RFC 9007 2.1) of what is right; the message is as RFC 8098 wants it."""

from typing import Any

import pytest

from tests.conftest import CORE
from tests.mdn.conftest import AUTOMATIC, MANUAL, MDN, Notifier

pytestmark = pytest.mark.rfc("9007", "2.1")


@pytest.mark.rfc("9007", "3.1")
def test_the_example(notifier: Notifier) -> None:
    id = notifier.receive(Original_Recipient="rfc822;a.lice@example.org")
    given = {
        "forEmailId": id,
        "subject": "Read receipt for: World domination",
        "textBody": "This receipt shows that the email has been displayed.\nThere is no guarantee: é.",
        "reportingUA": "joes-pc.cs.example.com; Foomail 97.1",
        "extension": {"EXTENSION-EXAMPLE": "example.com"},
    }
    (name, answer, call), (follow, updated, follow_call) = notifier.request(given)
    assert (name, follow, call) == ("MDN/send", "Email/set", follow_call)
    sent = answer["sent"]["k0"]
    assert sent["finalRecipient"] == "rfc822; alice@example.org" and sent["originalMessageId"] == "<1@example.org>"
    assert sent["originalRecipient"] == "rfc822; a.lice@example.org"
    assert updated["updated"] == {id: None} and updated["oldState"] != updated["newState"]
    assert notifier.host.call("Email/get", {"ids": [id]})["list"][0]["keywords"]["$mdnsent"] is True
    message, fields = notifier.message(), notifier.fields()
    assert message["subject"] == given["subject"]
    assert list(message.iter_parts())[0].get_content().splitlines() == given["textBody"].splitlines()
    assert fields["Reporting-UA"] == given["reportingUA"] and fields["EXTENSION-EXAMPLE"] == "example.com"
    assert fields["Original-Recipient"] == "rfc822; a.lice@example.org"
    assert fields["Original-Message-ID"] == "<1@example.org>"
    assert fields["Disposition"] == "manual-action/MDN-sent-manually; displayed"


def test_what_the_client_left_out_is_answered(notifier: Notifier) -> None:
    sent = notifier.sent({"forEmailId": notifier.receive()})
    given_back = {"forEmailId", "disposition"}
    assert sent.keys() | given_back == {
        *("forEmailId", "subject", "textBody", "includeOriginalMessage", "reportingUA", "disposition", "mdnGateway"),
        *("originalRecipient", "finalRecipient", "originalMessageId", "error", "extensionFields"),
    }
    assert not sent.keys() & given_back
    assert sent["includeOriginalMessage"] is False and sent["mdnGateway"] is sent["error"] is None
    assert "World domination 1" in sent["subject"] and "was displayed" in sent["textBody"]
    assert notifier.message()["subject"] == sent["subject"]


@pytest.mark.rfc("8098", "3")
def test_the_envelope_and_the_header(notifier: Notifier) -> None:
    to = '"Bob, the Builder" <bob@example.org>, carol@example.org, bob@example.org'
    notifier.sent({"forEmailId": notifier.receive(Disposition_Notification_To=to)})
    [entry] = notifier.entries()
    assert (entry["kind"], entry["record"]) == ("mdn", None)
    assert entry["mailFrom"]["email"] == ""
    assert [each["email"] for each in entry["rcptTo"]] == ["bob@example.org", "carol@example.org"]
    message = notifier.message()
    assert message["from"] == "alice@example.org"
    assert [each.addr_spec for each in message["to"].addresses] == [
        "bob@example.org", "carol@example.org", "bob@example.org",
    ]  # fmt: skip
    assert message["disposition-notification-to"] is None and message["auto-submitted"] is None
    assert message["message-id"] not in (None, "<1@example.org>") and message["date"] is not None
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "disposition-notification"
    parts = [part.get_content_type() for part in message.iter_parts()]
    assert parts == ["text/plain", "message/disposition-notification"]


@pytest.mark.rfc("8098", "3.2.5")
def test_without_an_original_there_are_no_original_fields(notifier: Notifier) -> None:
    sent = notifier.sent({"forEmailId": notifier.receive(Message_ID=None)})
    assert sent["originalMessageId"] is sent["originalRecipient"] is None
    assert "Original-Message-ID" not in notifier.fields() and "Original-Recipient" not in notifier.fields()
    assert "Reporting-UA" not in notifier.fields()


@pytest.mark.rfc("9007", "2")
def test_the_original_message_is_included(notifier: Notifier) -> None:
    id = notifier.receive("Grüße.")
    assert "includeOriginalMessage" not in notifier.sent({"forEmailId": id, "includeOriginalMessage": True})
    part = list(notifier.message().iter_parts())[2]
    assert part.get_content_type() == "message/rfc822"
    assert part.get_payload()[0]["message-id"] == "<1@example.org>"  # type: ignore[index]
    [path] = [path for path in notifier.files() if path.suffix == ".eml"]
    assert "Grüße.\r\n".encode() in path.read_bytes()


@pytest.mark.rfc("9007", "2")
@pytest.mark.parametrize("given", ["rfc822; sales@example.org", "sales@example.org", "RFC822;sales@example.org"])
def test_a_final_recipient_of_the_client(notifier: Notifier, given: str) -> None:
    sent = notifier.sent({"forEmailId": notifier.receive(), "finalRecipient": given})
    assert sent.get("finalRecipient", given) == "rfc822; sales@example.org"
    assert notifier.fields()["Final-Recipient"] == "rfc822; sales@example.org"
    assert notifier.message()["from"] == "alice@example.org"


def test_an_identity_of_many_addresses(notifier: Notifier) -> None:
    identities = notifier.host.call("Identity/get", {"ids": None})["list"]
    [many] = [each["id"] for each in identities if each["email"] == "*@alice.example"]
    named = notifier.receive(To="x@example.org, shop@alice.example")
    sent = notifier.sent({"forEmailId": named}, identityId=many)
    assert sent["finalRecipient"] == "rfc822; shop@alice.example"
    assert notifier.message()["from"] == "shop@alice.example"
    error = notifier.refused({"forEmailId": notifier.receive()}, identityId=many)
    assert (error["type"], error["properties"]) == ("invalidProperties", ["finalRecipient"])


def test_the_name_of_the_identity(notifier: Notifier) -> None:
    notifier.host.call("Identity/set", {"update": {notifier.identity: {"name": "Alice Ä."}}})
    notifier.sent({"forEmailId": notifier.receive()})
    assert notifier.message()["from"].addresses[0].display_name == "Alice Ä."


@pytest.mark.rfc("6533", "3")
def test_a_recipient_beyond_ascii(notifier: Notifier) -> None:
    sent = notifier.sent({"forEmailId": notifier.receive(), "finalRecipient": "grün@alice.example"})
    assert sent["finalRecipient"] == "utf-8; grün@alice.example"
    assert notifier.fields()["Final-Recipient"] == r"utf-8; gr\x{FC}n@alice.example"


@pytest.mark.rfc("8098", "2.1")
def test_one_that_is_sent_automatically(notifier: Notifier) -> None:
    to, path = '"bo\\b"@EXAMPLE.org', "<bob@example.org>"
    id = notifier.receive(Disposition_Notification_To=to, Return_Path=path)
    notifier.sent({"forEmailId": id, "disposition": AUTOMATIC})
    assert notifier.fields()["Disposition"] == "automatic-action/MDN-sent-automatically; processed"
    assert notifier.message()["auto-submitted"] == "auto-replied"


@pytest.mark.rfc("9007", "3.2")
def test_creation_ids_of_the_request(notifier: Notifier) -> None:
    box = notifier.host.mailbox("Inbox")
    email = {"mailboxIds": {box: True}, "header:Disposition-Notification-To:asText": "bob@example.org"}
    identity = {"email": "shop@alice.example"}
    send = {"k": {"forEmailId": "#e", "disposition": MANUAL}}
    calls: list[Any] = [
        ["Email/set", {"accountId": "alice", "create": {"e": email}}],
        ["Identity/set", {"accountId": "alice", "create": {"i": identity}}],
        ["MDN/send", {"accountId": "alice", "identityId": "#i", "send": send,
                      "onSuccessUpdateEmail": {"#k": {"keywords": {"$mdnsent": True}}}}],
    ]  # fmt: skip
    made, _, (_, answer, _), (_, updated, _) = notifier.host.request(calls, (CORE, "urn:ietf:params:jmap:mail", MDN))
    id = made[1]["created"]["e"]["id"]
    assert answer["sent"]["k"]["finalRecipient"] == "rfc822; shop@alice.example"
    assert answer["sent"]["k"]["forEmailId"] == id and list(updated["updated"]) == [id]


@pytest.mark.rfc("9007", "1.3")
def test_the_capability_is_an_empty_object(notifier: Notifier) -> None:
    session = notifier.host.client.get("/.well-known/jmap", auth=notifier.host.authorization).get_json()
    assert session["capabilities"][MDN] == {}
    assert session["accounts"]["alice"]["accountCapabilities"][MDN] == {}
