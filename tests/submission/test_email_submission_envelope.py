"""EmailSubmission's envelope (RFC 8621 7): made of the header, or given with parameters."""

import time
from pathlib import Path
from typing import Any

import pytest

from jmapd.wire.dates import parse_utc_date, utc_date
from tests.submission.submissions import Sending, envelope

pytestmark = pytest.mark.rfc("8621", "7")


@pytest.fixture
def host(tmp_path: Path) -> Sending:
    return Sending(tmp_path)


def made(host: Sending, identity: str = "alice@example.org", **properties: Any) -> dict[str, Any]:
    """The envelope that the server makes of a draft."""
    created = host.submit(host.draft(**properties), identityId=host.identity(identity))
    return dict(created["envelope"])


def test_sender_comes_before_from(host: Sending) -> None:
    author, sender = [{"email": "a@alice.example"}], [{"email": "b@alice.example"}]
    found = made(host, "*@alice.example", **{"from": author, "sender": sender})
    assert found["mailFrom"] == {"email": "b@alice.example", "parameters": None}


def test_from_where_there_is_no_sender(host: Sending) -> None:
    assert made(host)["mailFrom"] == {"email": "alice@example.org", "parameters": None}


def test_identity_where_it_does_not_allow_that_address(host: Sending) -> None:
    assert made(host, "sales@example.org")["mailFrom"]["email"] == "sales@example.org"


def test_an_identity_of_a_domain_allows_all_of_it(host: Sending) -> None:
    found = made(host, "*@alice.example", **{"from": [{"email": "shop@alice.example"}]})
    assert found["mailFrom"]["email"] == "shop@alice.example"


def test_an_identity_of_a_domain_is_no_address_by_itself(host: Sending) -> None:
    error = host.refused(identityId=host.identity("*@alice.example"))
    assert error["type"] == "forbiddenMailFrom"
    assert host.submit(identityId=host.identity("*@alice.example"), envelope=envelope())["id"]


def test_recipients_are_those_of_to_cc_and_bcc_once_each(host: Sending) -> None:
    to, cc = [{"email": "b@example.net"}, {"email": "c@example.net"}], [{"email": "b@EXAMPLE.net"}]
    found = made(host, to=to, cc=cc, bcc=[{"name": "D", "email": "d@example.net"}])
    assert found["rcptTo"] == [{"email": f"{each}@example.net", "parameters": None} for each in "bcd"]


def test_recipients_in_groups_and_encoded_words(host: Sending) -> None:
    email = host.raw(
        'From: alice@example.org\nTo: all: "x, y" <b@example.net>, =?utf-8?q?=C3=A9?= <c@example.net>;\n\nT\n'
    )
    assert [each["email"] for each in host.submit(email)["envelope"]["rcptTo"]] == ["b@example.net", "c@example.net"]


def test_the_empty_return_path(host: Sending) -> None:
    id = host.submit(envelope=envelope(mail_from=""))["id"]
    assert host.entry(id)["mailFrom"]["email"] == ""


def test_an_address_beyond_ascii_needs_smtputf8(tmp_path: Path) -> None:
    host = Sending(tmp_path)
    assert host.submit(envelope=envelope("bøb@example.net"))["id"]
    host = Sending(tmp_path / "other", extensions=["DSN"])
    error = host.refused(envelope=envelope("bøb@example.net"))
    assert error["invalidRecipients"] == ["bøb@example.net"]


def test_a_recipient_given_twice_is_sent_to_once(host: Sending) -> None:
    id = host.submit(envelope=envelope("b@example.net", "b@example.net"))["id"]
    assert len(host.entry(id)["rcptTo"]) == 1 and len(host.get(id, "envelope")["rcptTo"]) == 2


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"mailFrom": None, "rcptTo": []},
        {"mailFrom": "alice@example.org", "rcptTo": []},
        {"mailFrom": {"email": None}, "rcptTo": []},
        {"mailFrom": {"email": "alice"}, "rcptTo": [{"email": "b@example.net"}]},
        {"mailFrom": {"email": "alice@example.org\r\nRCPT TO:<e@example.net>"}, "rcptTo": [{"email": "b@example.net"}]},
        {"mailFrom": {"email": "alice@example.org"}},
        {"mailFrom": {"email": "alice@example.org"}, "rcptTo": {"email": "b@example.net"}},
        {"mailFrom": {"email": "alice@example.org"}, "rcptTo": ["b@example.net"]},
        {"mailFrom": {"email": "alice@example.org"}, "rcptTo": [{"email": 1}]},
        {"mailFrom": {"email": "alice@example.org", "parameters": []}, "rcptTo": [{"email": "b@example.net"}]},
        [],
        "x",
    ],
)
def test_what_is_no_envelope(host: Sending, given: Any) -> None:
    error = host.refused(envelope=given)
    assert (error["type"], error["properties"]) == ("invalidProperties", ["envelope"])


OFSENDER: dict[str, list[Any]] = {
    "SIZE": ["1000"], "body": ["7BIT", "8bitmime"], "SMTPUTF8": [None], "RET": ["FULL", "hdrs"],
    "ENVID": ["QQ314159", "a b+c=d"], "HOLDFOR": ["0", "3600"], "HOLDUNTIL": ["2024-01-01T00:00:00+01:00"],
}  # fmt: skip
OFRECIPIENT: dict[str, list[Any]] = {
    "NOTIFY": ["NEVER", "SUCCESS,FAILURE", "delay"], "ORCPT": ["rfc822;b@example.net", "utf-8;bøb@example.net"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, each) for name, found in OFSENDER.items() for each in found])
def test_parameters_of_mail_from(host: Sending, name: str, value: Any) -> None:
    created = host.submit(envelope=envelope(**{name: value}))
    assert host.get(created["id"], "envelope")["mailFrom"]["parameters"] == {name: value}
    told = host.entry(created["id"])["mailFrom"]["parameters"]
    is_ours = name in ("SIZE", "HOLDFOR", "HOLDUNTIL")  # what we do ourselves the server is not asked for
    assert told == (None if is_ours else {name: value})


@pytest.mark.parametrize(("name", "value"), [(name, each) for name, found in OFRECIPIENT.items() for each in found])
def test_parameters_of_rcpt_to(host: Sending, name: str, value: Any) -> None:
    given = envelope() | {"rcptTo": [{"email": "b@example.net", "parameters": {name: value}}]}
    assert host.entry(host.submit(envelope=given)["id"])["rcptTo"] == given["rcptTo"]


WRONG: list[tuple[str, Any]] = [
    ("SIZE", "big"), ("SIZE", None), ("SIZE", 1000), ("BODY", "BINARYMIME"), ("SMTPUTF8", "yes"), ("RET", "ALL"),
    ("ENVID", ""), ("ENVID", "x" * 101), ("ENVID", "a\r\nb"), ("ENVID", "é"), ("HOLDFOR", "-1"), ("HOLDFOR", "1e3"),
    ("HOLDFOR", "1234567890"), ("HOLDUNTIL", "tomorrow"), ("HOLDUNTIL", None), ("AUTH", "<>"), ("X", None), ("", None),
    ("A B", "x"), ("NOTIFY", "NEVER"), ("MT-PRIORITY", "3"), ("ret", {"a": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_parameter_that_cannot_be(host: Sending, name: str, value: Any) -> None:
    error = host.refused(envelope=envelope(**{name: value}))
    assert (error["type"], error["properties"]) == ("invalidProperties", ["envelope"])
    assert "mailFrom/parameters" in error["description"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NOTIFY", "NEVER,SUCCESS"),
        ("NOTIFY", ""),
        ("ORCPT", "b@example.net"),
        ("ORCPT", "rfc822;a\nb"),
        ("RET", "FULL"),
    ],
)
def test_a_parameter_that_no_recipient_has(host: Sending, name: str, value: Any) -> None:
    given = envelope() | {"rcptTo": [{"email": "b@example.net", "parameters": {name: value}}]}
    error = host.refused(envelope=given)
    assert error["properties"] == ["envelope"] and "rcptTo[0]/parameters" in error["description"]


def test_one_parameter_in_two_cases(host: Sending) -> None:
    assert host.refused(envelope=envelope(RET="FULL", ret="FULL"))["properties"] == ["envelope"]


@pytest.mark.rfc("8621", "1.3.2")
def test_only_announced_extensions_may_be_used(tmp_path: Path) -> None:
    """An admin may announce others, whose parameter has the extension's name."""
    host = Sending(tmp_path, extensions=["mt-priority MIXER"], max_delayed_send=0)
    for name, value in (("RET", "FULL"), ("SIZE", "1"), ("HOLDFOR", "1"), ("SMTPUTF8", None), ("BODY", "8BITMIME")):
        assert host.refused(envelope=envelope(**{name: value}))["properties"] == ["envelope"]
    id = host.submit(envelope=envelope(**{"MT-PRIORITY": "3"}))["id"]
    assert host.entry(id)["mailFrom"]["parameters"] == {"MT-PRIORITY": "3"}
    assert host.refused(envelope=envelope(**{"MT-PRIORITY": "3\r\nDATA"}))["properties"] == ["envelope"]


def test_hold_for(host: Sending) -> None:
    before = int(time.time())
    created = host.submit(envelope=envelope(HOLDFOR="3600"))
    at = parse_utc_date(created["sendAt"])
    assert before + 3600 <= at <= time.time() + 3600
    assert host.outbox.next_time() == at and host.outbox.due(at - 1) == [] and host.outbox.due(at) == [created["id"]]


def test_hold_until(host: Sending) -> None:
    at = int(time.time()) + 1000
    created = host.submit(envelope=envelope(HOLDUNTIL=utc_date(at)))
    assert created["sendAt"] == utc_date(at) and host.outbox.next_time() == at


def test_hold_until_what_has_passed_is_now(host: Sending) -> None:
    created = host.submit(envelope=envelope(HOLDUNTIL="2024-01-01T00:00:00Z"))
    assert host.outbox.due(time.time()) == [created["id"]] and created["sendAt"] > "2025"


@pytest.mark.parametrize("parameters", [{"HOLDFOR": "101"}, {"HOLDUNTIL": "2999-01-01T00:00:00Z"},
                                        {"HOLDFOR": "1", "HOLDUNTIL": "2024-01-01T00:00:00Z"}])  # fmt: skip
@pytest.mark.rfc("8621", "1.3.2")
def test_no_longer_than_max_delayed_send(tmp_path: Path, parameters: dict[str, str]) -> None:
    host = Sending(tmp_path, max_delayed_send=100)
    assert host.refused(envelope=envelope(**parameters))["properties"] == ["envelope"]


def test_undo_seconds_hold_what_nobody_asked_to_hold(tmp_path: Path) -> None:
    host = Sending(tmp_path, undo_seconds=30)
    created = host.submit()
    at = parse_utc_date(created["sendAt"])
    assert at <= time.time(), "sendAt is the time of creation where no FUTURERELEASE was used"
    assert host.outbox.next_time() == at + 30


@pytest.mark.parametrize(("seconds", "held"), [("10", 30), ("50", 50)])
def test_send_at_is_when_it_is_released(tmp_path: Path, seconds: str, held: int) -> None:
    """With FUTURERELEASE it MUST be, also where undo_seconds hold it longer."""
    host, before = Sending(tmp_path, undo_seconds=30), int(time.time())
    at = parse_utc_date(host.submit(envelope=envelope(HOLDFOR=seconds))["sendAt"])
    assert before + held <= at <= time.time() + held and host.outbox.next_time() == at
