"""onSuccessSetIsDefault (jmap-calendars-27 4.3)."""

import pytest

from tests.calendars.host import Calendars

pytestmark = pytest.mark.rfc("jmap-calendars-27", "4.3")


@pytest.fixture
def two(host: Calendars) -> tuple[Calendars, str, str]:
    """With the default Calendar and another."""
    host.calendar("one")
    host.calendar("two")
    calendars = host.named().values()
    (default,) = [each["id"] for each in calendars if each["isDefault"]]
    return host, default, next(each["id"] for each in calendars if each["id"] != default)


def _default(host: Calendars) -> list[str]:
    return [each["id"] for each in host.named().values() if each["isDefault"]]


def test_both_that_change_are_told(two: tuple[Calendars, str, str]) -> None:
    host, default, other = two
    answer = host.call("Calendar/set", {"onSuccessSetIsDefault": other})
    assert answer["updated"] == {other: {"isDefault": True}, default: {"isDefault": False}}
    assert _default(host) == [other]
    assert set(host.call("Calendar/changes", {"sinceState": answer["oldState"]})["updated"]) == {default, other}
    host.start()
    assert _default(host) == [other]


def test_one_that_is_created_in_the_call(two: tuple[Calendars, str, str]) -> None:
    host, default, _ = two
    answer = host.call("Calendar/set", {"create": {"k": {"name": "three"}}, "onSuccessSetIsDefault": "#k"})
    assert answer["created"]["k"]["isDefault"] is True and answer["updated"] == {default: {"isDefault": False}}
    assert _default(host) == [answer["created"]["k"]["id"]]


@pytest.mark.parametrize("given", ["none", "#none", ""])
def test_what_is_not_there_is_ignored(two: tuple[Calendars, str, str], given: str) -> None:
    host, default, other = two
    answer = host.call("Calendar/set", {"update": {other: {"sortOrder": 2}}, "onSuccessSetIsDefault": given})
    assert answer["updated"] == {other: None} and _default(host) == [default]


def test_nothing_happens_when_anything_failed(two: tuple[Calendars, str, str]) -> None:
    host, default, other = two
    for wrong in ({"create": {"k": {"name": ""}}}, {"update": {other: {"name": ""}}}, {"destroy": ["none"]}):
        assert host.call("Calendar/set", {**wrong, "onSuccessSetIsDefault": other})["updated"] is None
    assert _default(host) == [default]
