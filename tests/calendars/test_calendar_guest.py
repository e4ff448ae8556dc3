"""Calendars of an account that others see: what each user has for himself (jmap-calendars-27 4, 4.3)."""

from typing import Any

import pytest

from tests.calendars.host import Calendars

pytestmark = pytest.mark.rfc("jmap-calendars-27", "4.3")
ALERT = {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "-PT10M"}}
OWNERS = {
    "name": "Work",
    "color": "red",
    "timeZone": "Europe/Berlin",
    "sortOrder": 5,
    "isVisible": False,
    "includeInAvailability": "attending",
    "defaultAlertsWithTime": {"a": ALERT},
    "defaultAlertsWithoutTime": {"b": ALERT},
}


@pytest.fixture
def guest(make_host: Any) -> tuple[Calendars, str]:
    """alice sees bob's Calendar, to which she may write."""
    host = make_host({"bob": ["alice"]})
    id = host.log_in("bob").use("bob").created("Calendar", OWNERS)["id"]
    return host.log_in("alice"), id


def _one(host: Calendars, id: str, user: str) -> dict[str, Any]:
    host.log_in(user)
    (found,) = host.call("Calendar/get", {"ids": [id]})["list"]
    return dict(found)


@pytest.mark.rfc("jmap-calendars-27", "4")
def test_what_a_guest_has_at_first(guest: tuple[Calendars, str]) -> None:
    host, id = guest
    mine = _one(host, id, "alice")
    assert {name: mine[name] for name in ("name", "color", "timeZone")} == {
        name: OWNERS[name] for name in ("name", "color", "timeZone")
    }
    assert (mine["sortOrder"], mine["isVisible"], mine["includeInAvailability"]) == (0, True, "none")
    assert mine["defaultAlertsWithTime"] is mine["defaultAlertsWithoutTime"] is None
    assert mine["isSubscribed"] is False
    assert _one(host, id, "bob").items() >= OWNERS.items()


def test_only_who_is_subscribed_has_his_own(guest: tuple[Calendars, str]) -> None:
    host, id = guest
    error = host.not_updated(id, {"name": "Bob's"}, "Calendar")
    assert (error["type"], error["properties"]) == ("forbidden", ["name"])
    host.updated(id, {"name": "Bob's", "isSubscribed": True}, "Calendar")
    assert _one(host, id, "alice")["name"] == "Bob's"


def test_what_a_guest_sets_is_his_own(guest: tuple[Calendars, str]) -> None:
    host, id = guest
    mine = {
        "isSubscribed": True,
        "name": "Bob's",
        "color": "blue",
        "timeZone": "Asia/Tokyo",
        "sortOrder": 1,
        "isVisible": False,
        "includeInAvailability": "all",
        "defaultAlertsWithTime": {"c": ALERT},
        "defaultAlertsWithoutTime": {"d": ALERT},
    }
    host.updated(id, mine, "Calendar")
    host.start()
    assert _one(host, id, "alice").items() >= mine.items()
    assert _one(host, id, "bob").items() >= (OWNERS | {"isSubscribed": True}).items()


def test_what_the_owner_changes_does_not_overwrite_it(guest: tuple[Calendars, str]) -> None:
    host, id = guest
    host.updated(id, {"isSubscribed": True, "color": "blue"}, "Calendar")
    host.log_in("bob").updated(id, {"color": "green", "name": "Job"}, "Calendar")
    mine = _one(host, id, "alice")
    assert (mine["color"], mine["name"]) == ("blue", "Job")


@pytest.mark.rfc("jmap-calendars-27", "4.2")
def test_a_guests_change_is_in_changes(guest: tuple[Calendars, str]) -> None:
    host, id = guest
    state = host.call("Calendar/get", {"ids": []})["state"]
    host.updated(id, {"isSubscribed": True}, "Calendar")
    assert host.call("Calendar/changes", {"sinceState": state})["updated"] == [id]


@pytest.mark.rfc("jmap-calendars-27", "4")
def test_what_a_guest_makes(guest: tuple[Calendars, str]) -> None:
    """He is subscribed to it; it is no part of when he is busy, but of when the owner is."""
    host, _ = guest
    made = host.created("Calendar", {"name": "New"})
    assert made["isSubscribed"] is True and made["includeInAvailability"] == "none"
    assert _one(host, made["id"], "alice")["includeInAvailability"] == "none"
    assert _one(host, made["id"], "bob")["includeInAvailability"] == "all"


def test_the_description_is_common(guest: tuple[Calendars, str]) -> None:
    host, id = guest
    host.updated(id, {"description": "for all"}, "Calendar")
    assert _one(host, id, "bob")["description"] == "for all"
