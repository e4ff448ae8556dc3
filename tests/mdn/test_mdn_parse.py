"""MDN/parse (RFC 9007 2.2)."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MailHost
from tests.mdn.conftest import USING, Notifier

pytestmark = pytest.mark.rfc("9007", "2.2")
MISSING = "G" + "0" * 64
REPORT = """From: John <john@example.com>
Subject: =?utf-8?q?Read_receipt=3A_World_dom=C3=ADnation?=
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="b"

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

This receipt shows =C3=AD.
--b
Content-Type: message/disposition-notification

{}
--b
{}
--b--
"""
FIELDS = """reporting-ua: joes-pc.cs.example.com (at home);
\tFoomail 97.1
MDN-Gateway: x400; gate.example.com
Original-Recipient: RFC822;j.doe@example.com
Final-Recipient: rfc822;john@example.com (John)
Original-Message-ID: <199509192301.23456@example.org>
Disposition: Manual-Action / MDN-Sent-Manually; DISPLAYED/error, (why) X-More
Error: no (more) paper
Error: none
X-Extension: a;
 b
"""
HEADER = "Content-Type: text/rfc822-headers\n\nSubject: World domination\n"


def parse(host: MailHost, *texts: str) -> tuple[list[str], Any]:
    """The blob ids of uploads, and the answer about these."""
    ids = []
    for text in texts:
        answer = host.client.post(
            "/jmap/upload/alice/", data=text.encode(), content_type="message/rfc822", auth=host.authorization
        )
        ids.append(answer.get_json()["blobId"])
    return ids, host.call("MDN/parse", {"blobIds": ids}, USING)


def one(host: MailHost, text: str) -> Any:
    """The MDN that a message is."""
    [id], answer = parse(host, text)
    assert answer["notParsable"] is answer["notFound"] is None
    return answer["parsed"][id]


@pytest.mark.rfc("9007", "2")
@pytest.mark.rfc("9007", "3.3")
def test_every_property(mailhost: MailHost) -> None:
    assert one(mailhost, REPORT.format(FIELDS, HEADER)) == {
        "forEmailId": None,
        "subject": "Read receipt: World domínation",
        "textBody": "This receipt shows í.",
        "includeOriginalMessage": False,
        "reportingUA": "joes-pc.cs.example.com ; Foomail 97.1",
        "disposition": {"actionMode": "manual-action", "sendingMode": "mdn-sent-manually", "type": "displayed"},
        "mdnGateway": "x400; gate.example.com",
        "originalRecipient": "rfc822; j.doe@example.com",
        "finalRecipient": "rfc822; john@example.com",
        "originalMessageId": "<199509192301.23456@example.org>",
        "error": ["no (more) paper", "none"],
        "extensionFields": {"X-Extension": "a; b"},
    }


def test_as_little_as_there_may_be(mailhost: MailHost) -> None:
    fields = "Disposition: automatic-action/MDN-sent-automatically;processed\n"
    found = one(mailhost, REPORT.format(fields, "Content-Type: message/rfc822\n\nSubject: x\n\ny\n"))
    assert found["includeOriginalMessage"] is True and found["disposition"]["type"] == "processed"
    nulls = ("forEmailId", "reportingUA", "mdnGateway", "originalRecipient", "finalRecipient", "originalMessageId")
    assert all(found[name] is None for name in (*nulls, "error", "extensionFields"))


@pytest.mark.rfc("6533", "3")
def test_addresses_beyond_ascii(mailhost: MailHost) -> None:
    fields = FIELDS.replace("rfc822;john@example.com", r"utf-8; j\x{F6}rg@example.com")
    assert one(mailhost, REPORT.format(fields, HEADER))["finalRecipient"] == "utf-8; jörg@example.com"


def test_what_is_none(mailhost: MailHost) -> None:
    good = REPORT.format(FIELDS, HEADER)
    ids, answer = parse(
        mailhost,
        "Subject: a message\n\nText\n",
        "",
        good.replace("multipart/report", "multipart/mixed"),
        good.replace("message/disposition-notification", "message/delivery-status"),
        good.replace("\nDisposition:", "\nPosition:"),
        good.replace("DISPLAYED", "denied"),
        good.replace("Manual-Action", "no-action"),
        good.replace("MDN-Sent-Manually", "MDN-Sent"),
    )
    assert answer["parsed"] is answer["notFound"] is None and answer["notParsable"] == ids


def test_blobs_of_all_kinds_in_one_call(mailhost: MailHost) -> None:
    mailhost.deliver(REPORT.format(FIELDS, HEADER))
    mailhost.deliver("Subject: x\n\ny\n")
    ids = mailhost.ids()
    blobs = {each["id"]: each["blobId"] for each in mailhost.call("Email/get", {"ids": ids})["list"]}
    answer = mailhost.call("MDN/parse", {"blobIds": [*blobs.values(), *blobs.values(), MISSING, "nonsense"]}, USING)
    assert list(answer["parsed"]) == [blobs[ids[1]]] and answer["notParsable"] == [blobs[ids[0]]]
    assert answer["notFound"] == [MISSING, "nonsense"] and answer["accountId"] == "alice"


def test_the_email_that_it_is_about(notifier: Notifier) -> None:
    asked, others = notifier.receive(Message_ID="<a@example.org>"), []
    others.append(notifier.receive(Message_ID="<b@example.org>"))
    others.append(notifier.receive(Message_ID="<b@example.org>", Subject="again"))
    for id, expected in (("a", asked), ("b", None), ("c", None)):
        fields = FIELDS.replace("199509192301.23456@example.org", f"{id}@example.org")
        assert one(notifier.host, REPORT.format(fields, HEADER))["forEmailId"] == expected
    assert len(set(others)) == 2


def test_what_was_sent_is_parsed(notifier: Notifier) -> None:
    id = notifier.receive()
    given = {"forEmailId": id, "textBody": "Grüße\n\nß", "reportingUA": "Foo; 1", "extensionFields": {"X-A": "b  c"}}
    sent = notifier.sent(given)
    [path] = [path for path in notifier.files() if path.suffix == ".eml"]
    found = one(notifier.host, path.read_bytes().decode())
    assert found == given | sent | {"disposition": found["disposition"], "extensionFields": {"X-A": "b c"}}


@pytest.mark.rfc("9404", "4.1")
def test_what_an_earlier_call_has_made(mailhost: MailHost) -> None:
    create = {"m": {"data": [{"data:asText": REPORT.format(FIELDS, HEADER)}]}}
    calls: list[Any] = [
        ["Blob/upload", {"accountId": "alice", "create": create}],
        ["MDN/parse", {"accountId": "alice", "blobIds": ["#m", "#none"]}],
    ]
    (_, made, _), (_, answer, _) = mailhost.request(calls, (*USING, "urn:ietf:params:jmap:blob"))
    assert list(answer["parsed"]) == [made["created"]["m"]["id"]] and answer["notFound"] == ["#none"]


def test_too_many(make_mailhost: Any) -> None:
    host = make_mailhost(limits={"max_objects_in_get": 2})
    assert host.error("MDN/parse", {"blobIds": ["a", "b", "c"]}, USING)["type"] == "requestTooLarge"


@pytest.mark.parametrize("ids", [None, "G", [5], [""], ["é"], {}])
def test_bad_arguments(mailhost: MailHost, ids: Any) -> None:
    error = mailhost.error("MDN/parse", {"blobIds": ids}, USING)
    assert error["type"] == "invalidArguments" and "blobIds" in error["description"]


def test_real_ones(mailhost: MailHost, corpora: Path) -> None:
    folder = corpora / "eml" / "james" / "jmap"
    names = ("mdn_simple.eml", "mdn_complex.eml")
    for name in names:
        mailhost.deliver((folder / name).read_bytes())
    blobs = [each["blobId"] for each in mailhost.call("Email/get", {"ids": None})["list"]]
    found = mailhost.call("MDN/parse", {"blobIds": blobs}, USING)["parsed"]
    assert [each["finalRecipient"] for each in found.values()] == ["rfc822; tungexplorer@linagora.com"] * 2
    assert {"X-OPENPAAS-IP": "177.177.177.77", "X-OPENPAAS-PORT": "8000"} in [
        each["extensionFields"] for each in found.values()
    ]
