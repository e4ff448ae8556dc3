"""DSNs that arrive change the EmailSubmissions they are about (RFC 8621 7)."""

from pathlib import Path

import pytest

from jmapd.formats.message.dsn import Recipient
from tests.submission.reporting import BOB, CAROL, SENT, Reporting, bounce
from tests.submission.sending_host import at

pytestmark = pytest.mark.rfc("8621", "7")
NO_USER = Recipient(BOB, "failed", "5.1.1", diagnostic="550 5.1.1 no such user")


@pytest.fixture
def host(tmp_path: Path) -> Reporting:
    return Reporting(tmp_path)


@pytest.mark.parametrize(
    ("action", "status", "expected"),
    [
        ("delivered", "2.0.0", ("yes", "250 2.0.0 delivered")),
        ("failed", "5.2.2", ("no", "550 5.2.2 failed")),
        ("delayed", "4.4.1", ("unknown", "450 4.4.1 delayed")),
        ("relayed", "2.0.0", ("unknown", "250 2.0.0 relayed")),
        ("expanded", "2.0.0", ("unknown", "250 2.0.0 expanded")),
    ],
)
def test_each_action(host: Reporting, action: str, status: str, expected: tuple[str, str]) -> None:
    id = host.sent()
    before = host.state()
    blob = host.arrive(bounce(Recipient(BOB, action, status), envelope_id=id))
    delivered, displayed, reply = host.status(id)
    assert ((delivered, reply), displayed) == (expected, "unknown")
    assert (host.get(id, "dsnBlobIds"), host.get(id, "mdnBlobIds")) == ([blob], [])
    assert host.call("EmailSubmission/changes", {"sinceState": before})["updated"] == [id]


def test_the_reply_of_the_server(host: Reporting) -> None:
    id = host.sent()
    host.arrive(bounce(NO_USER, envelope_id=id))
    assert host.status(id) == ("no", "unknown", "550 5.1.1 no such user")


def test_one_of_several_recipients(host: Reporting) -> None:
    id = host.sent(BOB, CAROL)
    host.arrive(bounce(NO_USER, envelope_id=id))
    assert host.status(id)[0] == "no" and host.status(id, CAROL) == (SENT[1], "unknown", SENT[0])
    host.arrive(bounce(Recipient(CAROL, "delivered", "2.0.0"), NO_USER, envelope_id=id))
    assert host.status(id)[0] == "no" and host.status(id, CAROL)[0] == "yes"
    assert len(host.get(id, "dsnBlobIds")) == 2


@pytest.mark.rfc("3464", "2.3.1")
def test_the_original_recipient_counts(host: Reporting) -> None:
    id = host.sent(BOB, CAROL)
    other = Recipient(CAROL, "failed", "5.1.1", original="BOB@Example.NET")
    host.arrive(bounce(other, envelope_id=id))
    assert host.status(id)[0] == "no" and host.status(id, CAROL)[0] == "unknown"


@pytest.mark.rfc("3464", "2.3.2")
def test_a_recipient_that_is_none_changes_no_status(host: Reporting) -> None:
    id = host.sent()
    blob = host.arrive(bounce(Recipient("member@list.example.net", "failed", "5.1.1"), envelope_id=id))
    assert host.status(id)[0] == "unknown" and host.get(id, "dsnBlobIds") == [blob]


def test_by_the_message_that_is_returned(host: Reporting) -> None:
    first, second = host.sent(), host.sent()
    host.arrive(bounce(NO_USER, about="1@example.org", envelope_id="of-another-server"))
    assert (host.status(first)[0], host.status(second)[0]) == ("no", "unknown")


def test_by_in_reply_to(host: Reporting) -> None:
    id = host.sent()
    host.arrive(b"In-Reply-To: <1@example.org>\r\n" + bounce(NO_USER))
    assert host.status(id)[0] == "no"


def test_the_email_may_be_gone(host: Reporting) -> None:
    id = host.sent()
    host.call("Email/set", {"destroy": [host.get(id, "emailId")]})
    host.arrive(bounce(NO_USER, about="1@example.org"))
    assert host.status(id)[0] == "no"


def test_of_two_submissions_of_one_message_that_with_the_recipient(host: Reporting) -> None:
    first = host.sent(BOB)
    second = host.sent(CAROL, draft=host.get(first, "emailId"))
    host.arrive(bounce(Recipient(CAROL, "failed", "5.1.1"), about="1@example.org"))
    assert (host.status(first)[0], host.status(second, CAROL)[0]) == ("unknown", "no")
    host.arrive(bounce(Recipient("x@example.net", "failed", "5.1.1"), about="1@example.org"))
    assert (host.get(first, "dsnBlobIds"), len(host.get(second, "dsnBlobIds"))) == ([], 1)


def test_of_two_to_the_same_recipient_the_newer(host: Reporting, monkeypatch: pytest.MonkeyPatch) -> None:
    first = host.sent()
    at(monkeypatch, 10)
    second = host.sent(draft=host.get(first, "emailId"))
    at(monkeypatch, 10)
    third = host.sent(CAROL, draft=host.get(first, "emailId"))
    host.arrive(bounce(NO_USER, about="1@example.org"))
    assert [host.status(id)[0] for id in (first, second)] == ["unknown", "no"]
    assert host.status(third, CAROL)[0] == "unknown"


def test_what_is_final_stays(host: Reporting) -> None:
    id = host.sent(BOB, CAROL)
    host.arrive(bounce(NO_USER, Recipient(CAROL, "delivered", "2.0.0"), envelope_id=id))
    before = host.status(id), host.status(id, CAROL)
    late = (Recipient(BOB, "delivered", "2.0.0"), Recipient(CAROL, "failed", "5.0.0"))
    host.arrive(bounce(*late, envelope_id=id))
    assert (host.status(id), host.status(id, CAROL)) == before
    assert len(host.get(id, "dsnBlobIds")) == 2


def test_nothing_is_known_of_it(host: Reporting) -> None:
    id = host.sent()
    before = host.state()
    host.arrive(bounce(NO_USER, envelope_id="S000000000000000000000000", about="9@example.org"))
    host.arrive(bounce(NO_USER))
    assert host.state() == before and host.get(id, "dsnBlobIds") == []


def test_before_the_worker_has_told_its_result(host: Reporting) -> None:
    id = str(host.submit(host.draft())["id"])
    host.follow()
    host.arrive(bounce(Recipient(BOB, "delayed", "4.0.0"), envelope_id=id))
    assert host.status(id)[0] == "queued" and host.status(id)[2].startswith("250")
    host.arrive(bounce(NO_USER, envelope_id=id))
    host.attempted(id, bob=SENT)
    assert host.status(id) == ("no", "unknown", "550 5.1.1 no such user")
    assert len(host.get(id, "dsnBlobIds")) == 2


def test_not_of_what_was_canceled(host: Reporting) -> None:
    id = str(host.submit(host.draft())["id"])
    host.follow()
    host.set(update={id: {"undoStatus": "canceled"}})
    before = host.state()
    host.arrive(bounce(Recipient(BOB, "delivered", "2.0.0"), envelope_id=id))
    assert host.state() == before
