"""MDNs that arrive change the EmailSubmissions they are about (RFC 8621 7)."""

from pathlib import Path

import pytest

from tests.submission.reporting import BOB, CAROL, Reporting, receipt

pytestmark = pytest.mark.rfc("8621", "7")
ABOUT = "Original-Message-ID: <1@example.org>\n"


@pytest.fixture
def host(tmp_path: Path) -> Reporting:
    return Reporting(tmp_path)


@pytest.mark.parametrize("type", ["displayed", "deleted", "dispatched", "processed", "Displayed"])
def test_each_type(host: Reporting, type: str) -> None:
    id = host.sent()
    blob = host.arrive(receipt(ABOUT, type))
    assert host.status(id)[:2] == ("unknown", "yes" if type.lower() == "displayed" else "unknown")
    assert (host.get(id, "mdnBlobIds"), host.get(id, "dsnBlobIds")) == ([blob], [])


@pytest.mark.rfc("8098", "3.2.3")
def test_which_recipient(host: Reporting) -> None:
    id = host.sent(BOB, CAROL)
    host.arrive(receipt(ABOUT, final="b@elsewhere.example", more="", sender="x@example.net"))
    assert (host.status(id)[1], host.status(id, CAROL)[1]) == ("unknown", "unknown")
    host.arrive(receipt(ABOUT, final="b@elsewhere.example", sender="Carol <carol@EXAMPLE.net>"))
    assert (host.status(id)[1], host.status(id, CAROL)[1]) == ("unknown", "yes")
    about = f"Original-Recipient: rfc822; {BOB}\n{ABOUT}"
    host.arrive(receipt(about, final=CAROL, sender=CAROL))
    assert host.status(id)[1] == "yes" and len(host.get(id, "mdnBlobIds")) == 3


@pytest.mark.parametrize("more", ["In-Reply-To: <1@example.org>\n", "in-reply-to: Your message\n <1@example.org>\n"])
def test_one_that_names_its_message_otherwise(host: Reporting, more: str) -> None:
    id = host.sent()
    host.arrive(receipt("", more=more))
    assert host.status(id)[1] == "yes"


@pytest.mark.rfc("8098", "6.1")
def test_what_nobody_asked_for_is_not_believed(host: Reporting) -> None:
    id = host.sent(asks=False)
    host.arrive(receipt(ABOUT))
    assert host.status(id)[1] == "unknown" and host.get(id, "mdnBlobIds") == []


@pytest.mark.rfc("8098", "6.1")
def test_nothing_is_known_of_it(host: Reporting) -> None:
    id = host.sent()
    before = host.state()
    host.arrive(receipt("Original-Message-ID: <2@example.org>\n"))
    host.arrive(receipt(""))
    assert host.state() == before and host.status(id)[1] == "unknown"


def test_after_the_email_is_gone(host: Reporting) -> None:
    id = host.sent()
    host.call("Email/set", {"destroy": [host.get(id, "emailId")]})
    host.arrive(receipt(ABOUT))
    assert host.status(id)[1] == "yes"


def test_a_blob_of_it_can_be_parsed(host: Reporting) -> None:
    id = host.sent()
    host.arrive(receipt(ABOUT))
    using = ("urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:mdn")
    [blob] = host.get(id, "mdnBlobIds")
    parsed = host.call("MDN/parse", {"blobIds": [blob]}, using)["parsed"][blob]
    assert parsed["forEmailId"] == host.get(id, "emailId") and parsed["finalRecipient"] == f"rfc822; {BOB}"
