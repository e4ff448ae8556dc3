"""ParticipantIdentity (jmap-calendars-27 3)."""

from typing import Any

import pytest

from tests.calendars.host import Calendars

pytestmark = pytest.mark.rfc("jmap-calendars-27", "3.3")
TYPE = "ParticipantIdentity"
IDENTITIES = {"domain": "example.org", "addresses": {"alice": ["alice@example.net", "*@alice.example"]}}


@pytest.fixture
def alice(make_host: Any) -> Calendars:
    """With two addresses, and one of her own choice at a domain."""
    host: Calendars = make_host(identities=IDENTITIES)
    return host


def _all(host: Calendars) -> list[dict[str, Any]]:
    return list(host.call(f"{TYPE}/get", {"ids": None})["list"])


def _id(host: Calendars, address: str) -> str:
    return next(str(each["id"]) for each in _all(host) if each["calendarAddress"] == address)


def _default(host: Calendars) -> list[str]:
    return [each["calendarAddress"] for each in _all(host) if each["isDefault"]]


@pytest.mark.rfc("jmap-calendars-27", "3.1")
def test_one_for_each_address(alice: Calendars) -> None:
    found = _all(alice)
    assert [(each["calendarAddress"], each["name"], each["isDefault"]) for each in found] == [
        ("mailto:alice@example.org", "", True),
        ("mailto:alice@example.net", "", False),
    ]
    answer = alice.call(f"{TYPE}/get", {"ids": [found[1]["id"], "A0"], "properties": ["isDefault"]})
    assert answer["list"] == [{"id": found[1]["id"], "isDefault": False}] and answer["notFound"] == ["A0"]


@pytest.mark.rfc("jmap-calendars-27", "3.2")
def test_changes(alice: Calendars) -> None:
    state = alice.call(f"{TYPE}/get", {"ids": []})["state"]
    made = alice.created(TYPE, {"calendarAddress": "mailto:me@alice.example"})["id"]
    alice.updated(_id(alice, "mailto:alice@example.net"), {"name": "Alice"}, TYPE)
    changes = alice.call(f"{TYPE}/changes", {"sinceState": state})
    assert (changes["created"], changes["updated"]) == ([made], [_id(alice, "mailto:alice@example.net")])
    alice.destroyed(made, TYPE)
    assert alice.call(f"{TYPE}/changes", {"sinceState": changes["newState"]})["destroyed"] == [made]


def test_a_name_stays(alice: Calendars) -> None:
    id = _id(alice, "mailto:alice@example.org")
    alice.updated(id, {"name": "Alice A."}, TYPE)
    alice.start()
    assert _all(alice)[0] == {
        "id": id,
        "name": "Alice A.",
        "calendarAddress": "mailto:alice@example.org",
        "isDefault": True,
    }


@pytest.mark.parametrize(
    "address", ["mailto:me@alice.example", "MAILTO:alice+cal@example.org", "urn:uuid:0-1-2", "https://x/y"]
)
def test_one_that_the_user_makes(alice: Calendars, address: str) -> None:
    made = alice.created(TYPE, {"calendarAddress": address, "name": "Me"})
    assert made == {"id": made["id"], "isDefault": False}
    assert {"id": made["id"], "name": "Me", "calendarAddress": address, "isDefault": False} in _all(alice)


@pytest.mark.parametrize(
    "address",
    ["mailto:bob@example.org", "mailto:%62ob@example.org", "MailTo:Bob@Example.Org", "mailto:*@alice.example"],
)
def test_an_address_of_somebody_else_is_forbidden(alice: Calendars, address: str) -> None:
    error = alice.refused(TYPE, {"calendarAddress": address})
    assert (error["type"], error["properties"]) == ("forbidden", ["calendarAddress"])
    made = alice.created(TYPE, {"calendarAddress": "mailto:me@alice.example"})["id"]
    assert alice.not_updated(made, {"calendarAddress": address}, TYPE)["type"] == "forbidden"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"calendarAddress": "alice@example.org"},
        {"calendarAddress": ""},
        {"calendarAddress": "mailto:"},
        {"calendarAddress": "mailto:a@alice.example,bob@example.org"},
        {"calendarAddress": "mailto:a@alice.example?cc=bob@example.org"},
        {"calendarAddress": "https://x/a b"},
        {"calendarAddress": "https://x/\n"},
        {"calendarAddress": "urn:" + "x" * 3000},
        {"calendarAddress": "mailto:me@alice.example", "name": "a\nb"},
        {"calendarAddress": "mailto:me@alice.example", "isDefault": True},
    ],
)
def test_what_is_wrong(alice: Calendars, given: dict[str, Any]) -> None:
    error = alice.refused(TYPE, given)
    assert error["type"] == "invalidProperties" and error["properties"] and error["description"]
    assert len(_all(alice)) == 2


@pytest.mark.rfc("jmap-calendars-27", "3")
def test_equivalent_addresses_are_one(alice: Calendars) -> None:
    for address in ("mailto:alice@example.net", "MAILTO:%61lice@EXAMPLE.net"):
        error = alice.refused(TYPE, {"calendarAddress": address})
        assert (error["type"], error["properties"]) == ("invalidProperties", ["calendarAddress"])
        assert error["existingId"] == _id(alice, "mailto:alice@example.net")


def test_the_address_of_an_account_stays(alice: Calendars) -> None:
    id = _id(alice, "mailto:alice@example.net")
    assert alice.not_updated(id, {"calendarAddress": "mailto:me@alice.example"}, TYPE)["type"] == "forbidden"
    answer = alice.call(f"{TYPE}/set", {"destroy": [id]})
    assert answer["notDestroyed"][id]["type"] == "forbidden" and len(_all(alice)) == 2


def test_the_default_is_one_and_both_are_told(alice: Calendars) -> None:
    first, second = (each["id"] for each in _all(alice))
    answer = alice.call(f"{TYPE}/set", {"onSuccessSetIsDefault": second})
    assert answer["updated"] == {second: {"isDefault": True}, first: {"isDefault": False}}
    assert _default(alice) == ["mailto:alice@example.net"]
    assert set(alice.call(f"{TYPE}/changes", {"sinceState": answer["oldState"]})["updated"]) == {first, second}
    alice.start()
    assert _default(alice) == ["mailto:alice@example.net"]


def test_one_that_is_created_becomes_the_default(alice: Calendars) -> None:
    first = _all(alice)[0]["id"]
    create = {"k": {"calendarAddress": "mailto:me@alice.example"}}
    answer = alice.call(f"{TYPE}/set", {"create": create, "onSuccessSetIsDefault": "#k"})
    made = answer["created"]["k"]
    assert made["isDefault"] is True and answer["updated"] == {first: {"isDefault": False}}
    alice.updated(made["id"], {"name": "Me"}, TYPE)
    assert _default(alice) == ["mailto:me@alice.example"]
    answer = alice.call(f"{TYPE}/set", {"destroy": [made["id"]]})
    assert answer["updated"] == {first: {"isDefault": True}} and _default(alice) == ["mailto:alice@example.org"]
    assert alice.call(f"{TYPE}/changes", {"sinceState": answer["oldState"]})["updated"] == [first]


@pytest.mark.parametrize("given", ["none", "#none", ""])
def test_what_cannot_be_the_default_is_ignored(alice: Calendars, given: str) -> None:
    answer = alice.call(f"{TYPE}/set", {"onSuccessSetIsDefault": given})
    assert answer["updated"] is None and _default(alice) == ["mailto:alice@example.org"]


def test_no_default_is_set_when_anything_failed(alice: Calendars) -> None:
    second = _all(alice)[1]["id"]
    answer = alice.call(f"{TYPE}/set", {"create": {"k": {}}, "onSuccessSetIsDefault": second})
    assert answer["updated"] is None and _default(alice) == ["mailto:alice@example.org"]


@pytest.mark.rfc("jmap-calendars-27", "3")
def test_all_who_see_an_account_have_its_identities(make_host: Any) -> None:
    host = make_host({"team": ["alice"]}, identities={"domain": "example.org"})
    assert [each["calendarAddress"] for each in _all(host.use("team"))] == ["mailto:team@example.org"]
