"""The reply itself (RFC 8621 8, RFC 3834 3, RFC 5230 4.3)."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from tests.vacationresponse.conftest import Away

pytestmark = pytest.mark.rfc("3834", "3")


@pytest.mark.rfc("8621", "8")
def test_defaults(away: Away) -> None:
    """With nothing but isEnabled there is a subject and a text."""
    away.receive()
    reply = away.reply()
    assert reply["Subject"] == "Auto: A question"
    assert reply.get_content_type() == "text/plain" and "away" in reply.get_content()


@pytest.mark.rfc("8621", "8")
def test_subject_and_text_as_given(away: Away) -> None:
    away.set(subject="Fort – bis März", textBody="Grüße\n.\nAlice")
    away.receive()
    reply = away.reply()
    assert reply["Subject"] == "Fort – bis März"
    assert reply.get_content().splitlines() == ["Grüße", ".", "Alice"]


@pytest.mark.rfc("8621", "8")
def test_html_and_text(away: Away) -> None:
    away.set(textBody="Plain", htmlBody="<p>Ünd <b>HTML</b></p>")
    away.receive()
    reply = away.reply()
    assert reply.get_content_type() == "multipart/alternative"
    plain, html = reply.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().strip() == "Plain" and html.get_content().strip() == "<p>Ünd <b>HTML</b></p>"


@pytest.mark.rfc("8621", "8")
def test_text_is_made_of_html(away: Away) -> None:
    away.set(htmlBody="<p>One &amp; two</p><p>Three</p>")
    away.receive()
    plain, _ = away.reply().iter_parts()
    assert plain.get_content().splitlines() == ["One & two", "Three"]


@pytest.mark.rfc("3834", "3.1")
def test_header(away: Away) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    away.receive("Message-ID: <two@example.com>", "References: <one@example.com>")
    reply = away.reply()
    assert reply["From"] == "alice@example.org" and reply["To"] == "bob@example.com"
    assert reply["In-Reply-To"] == "<two@example.com>"
    assert reply["References"] == "<one@example.com> <two@example.com>"
    assert reply["Auto-Submitted"] == "auto-replied"  # RFC 3834 5.2
    assert reply["Message-ID"].endswith("@example.org>") and reply["MIME-Version"] == "1.0"
    assert before <= parsedate_to_datetime(reply["Date"]) <= datetime.now(UTC)
    assert reply["Cc"] is None and reply["Bcc"] is None


@pytest.mark.rfc("3834", "3.3")
def test_envelope(away: Away) -> None:
    """Nothing comes back: an empty sender, and no report is wanted."""
    away.receive("Reply-To: eve@example.com")
    [entry] = away.entries()
    assert entry["kind"] == "vacation" and entry["mailFrom"]["email"] == "" and entry["record"] is None
    assert entry["rcptTo"] == [{"email": "bob@example.com", "parameters": {"NOTIFY": "NEVER"}}]


@pytest.mark.rfc("3834", "4")
def test_it_goes_to_the_envelope_sender(away: Away) -> None:
    """Never to what a header field says."""
    away.receive("Reply-To: eve@example.com", "Sender: eve@example.com", "Return-Path: <eve@example.com>")
    assert away.reply()["To"] == "bob@example.com"


@pytest.mark.rfc("3834", "3.1.6")
def test_a_message_without_an_id(away: Away) -> None:
    away.receive()
    assert away.reply()["In-Reply-To"] is None and away.reply()["References"] is None


@pytest.mark.rfc("5322", "3.6.4")
def test_references_are_bounded_and_the_first_stays(away: Away) -> None:
    many = " ".join(f"<{number}@example.com>" for number in range(300))
    away.receive("Message-ID: <last@example.com>", f"References: {many}")
    found = away.reply()["References"].split()
    assert (
        len(found) == 22 and found[0] == "<0@example.com>" and found[-2:] == ["<299@example.com>", "<last@example.com>"]
    )


@pytest.mark.rfc("5322", "3.6.4")
def test_in_reply_to_stands_for_missing_references(away: Away) -> None:
    away.receive("Message-ID: <b@example.com>", "In-Reply-To: <a@example.com>")
    assert away.reply()["References"] == "<a@example.com> <b@example.com>"


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?Hello=0D=0ABcc:_eve@example.com=0D=0A=0D=0Abody?=",
        "=?utf-8?b?YQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?=",
        "x" * 20_000,
        "=?utf-8?q?" + "=C3=A9" * 3000 + "?=",
        "\x7f\x0b\x00",
        "\udcff\udc80".encode("utf-8", "surrogateescape").decode("latin-1"),
        "",
    ],
)
def test_no_subject_can_inject_or_break_anything(away: Away, subject: str) -> None:
    account_head = "Subject: " + subject
    away.set(subject=None)
    away.receive(account_head, "X-First: yes")
    reply = away.reply()
    assert reply["Bcc"] is None and reply["To"] == "bob@example.com" and "away" in reply.get_content()
    raw = next((away.state / "outbox").glob("*.eml")).read_bytes()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n")) and len(raw) < 5000


@pytest.mark.parametrize(
    "id", ["<a@b>\x00", "<" + "x" * 5000 + "@example.com>", "<\xe9@example.com>", "<a\x01@b>", "none"]
)
def test_no_id_can_break_anything(away: Away, id: str) -> None:
    away.receive(f"Message-ID: {id}", f"References: {id}")
    assert away.reply()["Auto-Submitted"] == "auto-replied"


@pytest.mark.rfc("3834", "3.1.1")
def test_from_is_the_address_that_was_written_to(make_away: Callable[..., Away]) -> None:
    host = make_away(identities={"domain": "example.org", "addresses": {"alice": ["sales@example.org"]}})
    host.set(isEnabled=True)
    host.receive(recipient="sales@example.org")
    assert host.reply()["From"] == "sales@example.org"


@pytest.mark.rfc("8621", "6")
def test_from_has_the_name_of_the_identity(away: Away) -> None:
    [identity] = away.call(
        "Identity/get", {"ids": None}, ("urn:ietf:params:jmap:core", "urn:ietf:params:jmap:submission")
    )["list"]
    change = {"update": {identity["id"]: {"name": "Alice Ä., Example"}}}
    away.call("Identity/set", change, ("urn:ietf:params:jmap:core", "urn:ietf:params:jmap:submission"))
    away.receive()
    [address] = away.reply()["From"].addresses
    assert (address.display_name, address.addr_spec) == ("Alice Ä., Example", "alice@example.org")
