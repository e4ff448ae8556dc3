"""EmailSubmission/set create: what we read in a header is what all others read, so no author can be smuggled in."""

from pathlib import Path

import pytest

from tests.submission.submissions import Sending, envelope

pytestmark = pytest.mark.rfc("8621", "7.5")
OWN = "From: alice@example.org\n"
REST = "Date: Mon, 1 Jan 2024 00:00:00 +0000\nTo: bob@example.net\n\nText\n"


@pytest.fixture
def host(tmp_path: Path) -> Sending:
    return Sending(tmp_path)


@pytest.mark.parametrize(
    ("header", "properties"),
    [
        # RFC 5321 2.3.8: the CR goes out as a line end
        (f"Subject: x\rFrom: ceo@example.org\n{OWN}", ["from"]),
        (f"{OWN}Subject: x\r\rFrom: ceo@example.org\n", None),
        # RFC 5322 4.5: white space before the colon; no "From " line of an mbox
        (f"From : ceo@example.org\n{OWN}", ["from"]),
        (f"From \t: ceo@example.org\n{OWN}", ["from"]),
        # what is no field ends the header for some, and is passed over by others
        (f"{OWN}nothing\nmore of it\nFrom: ceo@example.org\n", ["headers"]),
        (f"{OWN}--x\nFrom: ceo@example.org\n", ["headers"]),
        (OWN + 10_000 * "X: 1\n" + "From: ceo@example.org\n", ["headers"]),
        (f" Subject: x\n{OWN}", ["from", "headers"]),
    ],
)
def test_a_second_author(host: Sending, header: str, properties: list[str] | None) -> None:
    email = host.raw(header + REST)
    if properties is None:
        id = host.submit(email, envelope=envelope())["id"]
        assert b"ceo" not in host.octets(id).partition(b"\r\n\r\n")[0]
        return
    error = host.refused(email, envelope=envelope())
    assert (error["type"], error["properties"]) == ("invalidEmail", properties)


@pytest.mark.rfc("5322", "3.4")
@pytest.mark.parametrize(
    "value",
    [
        "ceo@example.org alice@example.org",
        "ceo@example.org <alice@example.org>",
        "ceo@example.org: alice@example.org;",
        '"ceo@example.org alice@example.org',
        "alice@example.org (ceo@example.org",
    ],
)
def test_an_author_that_others_may_read(host: Sending, value: str) -> None:
    """None of these is a mailbox; which address it has is anybody's guess."""
    error = host.refused(host.raw(f"From: {value}\n{REST}"), envelope=envelope())
    assert error["type"] == ("invalidEmail" if "(" in value else "forbiddenFrom")


@pytest.mark.rfc("5322", "3.4")
@pytest.mark.parametrize("name", ["Alice @ work", "alice@example.org", "Alice", "bob@example.net", 'a"b@c.d', "é@x.y"])
def test_a_name_may_be_anything(host: Sending, name: str) -> None:
    email = host.draft(**{"from": [{"name": name, "email": "alice@example.org"}]})
    assert host.submit(email)["id"]
    assert host.submit(host.raw(f"From: alice@example.org <Alice@Example.org>\n{REST}"))["id"]


@pytest.mark.rfc("8621", "7")
def test_recipients_are_those_of_what_is_sent(host: Sending) -> None:
    id = host.submit(host.raw(f"X: a\rBcc: carol@example.net\n{OWN}{REST}"))["id"]
    assert [each["email"] for each in host.entry(id)["rcptTo"]] == ["bob@example.net", "carol@example.net"]
    assert b"carol" not in host.octets(id)


@pytest.mark.rfc("5322", "3.6")
def test_the_line_of_an_mbox_is_not_sent(host: Sending) -> None:
    """A server would take it for the end of the header."""
    id = host.submit(host.raw(f"From alice Mon Jan  1 00:00:00 2024\n{OWN}{REST}"))["id"]
    lines = host.octets(id).partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert not [line for line in lines if line.startswith(b"From ")] and OWN.strip().encode() in lines
