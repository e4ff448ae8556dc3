"""onSuccessSetIsDefault (RFC 9610 2.3)."""

from typing import Any

import pytest

from tests.contacts.host import Contacts, vcard

pytestmark = pytest.mark.rfc("9610", "2.3")


@pytest.fixture
def two(host: Contacts) -> tuple[Contacts, str, str]:
    """With the default AddressBook and another."""
    host.book("one")
    host.book("two")
    books = host.books().values()
    (default,) = [book["id"] for book in books if book["isDefault"]]
    return host, default, next(book["id"] for book in books if book["id"] != default)


def _set(host: Contacts, **arguments: Any) -> Any:
    return host.call("AddressBook/set", arguments)


def _default(host: Contacts) -> list[str]:
    return [book["id"] for book in host.books().values() if book["isDefault"]]


def test_both_that_change_are_told(two: tuple[Contacts, str, str]) -> None:
    host, default, other = two
    answer = _set(host, onSuccessSetIsDefault=other)
    assert answer["updated"] == {other: {"isDefault": True}, default: {"isDefault": False}}
    assert answer["oldState"] != answer["newState"]
    assert _default(host) == [other]
    changes = host.call("AddressBook/changes", {"sinceState": answer["oldState"]})
    assert set(changes["updated"]) == {default, other}
    host.start()
    assert _default(host) == [other]


def test_one_that_is_created_in_the_call(two: tuple[Contacts, str, str]) -> None:
    host, default, _ = two
    answer = _set(host, create={"k": {"name": "three"}}, onSuccessSetIsDefault="#k")
    assert answer["created"]["k"]["isDefault"] is True
    assert answer["updated"] == {default: {"isDefault": False}}
    assert _default(host) == [answer["created"]["k"]["id"]]


@pytest.mark.parametrize("given", ["none", "#none", ""])
def test_what_is_not_there_is_ignored(two: tuple[Contacts, str, str], given: str) -> None:
    host, default, other = two
    answer = _set(host, update={other: {"sortOrder": 2}}, onSuccessSetIsDefault=given)
    assert answer["updated"] == {other: None}
    assert _default(host) == [default]


def test_nothing_happens_when_anything_failed(two: tuple[Contacts, str, str]) -> None:
    host, default, other = two
    answer = _set(host, create={"k": {"name": ""}}, onSuccessSetIsDefault=other)
    assert answer["notCreated"]["k"]["type"] == "invalidProperties" and answer["updated"] is None
    answer = _set(host, destroy=["none"], onSuccessSetIsDefault=other)
    assert answer["notDestroyed"]["none"]["type"] == "notFound"
    assert _default(host) == [default]


def test_the_default_again_is_no_change(two: tuple[Contacts, str, str]) -> None:
    host, default, _ = two
    answer = _set(host, onSuccessSetIsDefault=default)
    assert answer["updated"] is None and answer["oldState"] == answer["newState"]


def test_another_is_the_default_when_it_is_destroyed(two: tuple[Contacts, str, str]) -> None:
    host, default, other = two
    answer = _set(host, destroy=[default])
    assert answer["destroyed"] == [default] and answer["updated"] == {other: {"isDefault": True}}
    assert _default(host) == [other]
    answer = _set(host, create={"k": {"name": "x"}}, destroy=[other], onSuccessSetIsDefault="#k")
    assert _default(host) == [answer["created"]["k"]["id"]]


@pytest.mark.rfc("8620", "5.3")
def test_another_default_is_told_beside_what_failed(two: tuple[Contacts, str, str]) -> None:
    host, default, other = two
    answer = _set(host, create={"k": {"name": ""}}, update={other: {"sortOrder": 2}}, destroy=[default])
    assert answer["notCreated"] is not None and answer["updated"] == {other: {"isDefault": True}}
    host.write("a.vcf", vcard("u1", "Ann"), "three")
    three = host.books()["three"]["id"]
    answer = _set(host, create={"k": {"name": "contacts"}}, destroy=[other], update={three: {"name": "Third"}})
    made = answer["created"]["k"]
    assert _default(host) == [made["id"]] and made["isDefault"] is True and answer["updated"] == {three: None}
