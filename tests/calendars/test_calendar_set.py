"""Calendar/set (jmap-calendars-27 4.3): what may be given, and what it becomes."""

from typing import Any

import pytest

from tests.calendars.host import Calendars

pytestmark = pytest.mark.rfc("jmap-calendars-27", "4")
ALERT = {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "-PT10M"}}
ABSOLUTE = {"@type": "Alert", "trigger": {"@type": "AbsoluteTrigger", "when": "2026-01-01T00:00:00Z"}}


@pytest.mark.rfc("jmap-calendars-27", "4.3")
def test_everything_that_may_be_given(host: Calendars) -> None:
    given = {
        "name": "Work",
        "description": "all of it",
        "color": "CornflowerBlue",
        "sortOrder": 7,
        "isSubscribed": False,
        "isVisible": False,
        "includeInAvailability": "attending",
        "defaultAlertsWithTime": {"a1": ALERT},
        "defaultAlertsWithoutTime": {"a2": ALERT},
        "timeZone": "Europe/Berlin",
    }
    id = host.created("Calendar", given)["id"]
    assert host.named()["Work"].items() >= given.items()
    host.start()
    assert host.named()["Work"].items() >= given.items()
    host.updated(id, {"color": "#0a0", "timeZone": None, "defaultAlertsWithTime/a3": ALERT}, "Calendar")
    changed = host.named()["Work"]
    assert (changed["color"], changed["timeZone"]) == ("#0a0", None)
    assert changed["defaultAlertsWithTime"].keys() == {"a1", "a3"}


@pytest.mark.parametrize(
    ("property", "value"),
    [
        ("name", ""),
        ("name", " "),
        ("name", "é" * 128),
        ("name", "a\nb"),
        ("color", "reddish"),
        ("color", "#12345"),
        ("color", ""),
        ("sortOrder", 1 << 31),
        ("sortOrder", -1),
        ("includeInAvailability", "some"),
        ("timeZone", "Europe/Nowhere"),
        ("timeZone", "europe/berlin"),
        ("isVisible", 1),
        ("description", "x" * 65537),
        ("defaultAlertsWithTime", {"a": "x"}),
        ("defaultAlertsWithTime", {"a b": ALERT}),
        ("defaultAlertsWithTime", {str(n): ALERT for n in range(101)}),
    ],
)
def test_what_is_wrong(host: Calendars, property: str, value: Any) -> None:
    error = host.refused("Calendar", {"name": "Work", property: value})
    assert (error["type"], error["properties"]) == ("invalidProperties", [property])
    assert property in error["description"]
    id = host.calendar("Work")
    assert host.not_updated(id, {property: value}, "Calendar")["properties"] == [property]


def test_a_name_of_255_octets(host: Calendars) -> None:
    assert host.created("Calendar", {"name": "é" * 127 + "e"})["id"]


@pytest.mark.parametrize("name", ["defaultAlertsWithTime", "defaultAlertsWithoutTime"])
def test_a_default_alert_has_no_absolute_trigger(host: Calendars, name: str) -> None:
    error = host.refused("Calendar", {"name": "Work", name: {"a": ABSOLUTE}})
    assert (error["type"], error["properties"]) == ("invalidProperties", [f"{name}/a/trigger"])


def test_a_default_alert_is_an_alert(host: Calendars) -> None:
    wrong = {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "soon"}}
    error = host.refused("Calendar", {"name": "Work", "defaultAlertsWithTime": {"a": wrong}})
    assert (error["type"], error["properties"]) == ("invalidProperties", ["defaultAlertsWithTime/a/trigger/offset"])


def test_ids_of_default_alerts_are_unique_in_the_account(host: Calendars) -> None:
    one = host.created("Calendar", {"name": "one", "defaultAlertsWithTime": {"a": ALERT, "b": ALERT}})["id"]
    error = host.refused("Calendar", {"name": "two", "defaultAlertsWithoutTime": {"b": ALERT}})
    assert (error["type"], error["properties"]) == ("invalidProperties", ["defaultAlertsWithoutTime/b"])
    error = host.not_updated(one, {"defaultAlertsWithoutTime": {"a": ALERT}}, "Calendar")
    assert error["properties"] == ["defaultAlertsWithoutTime/a"]
    host.updated(one, {"defaultAlertsWithTime": {"a": ALERT}, "defaultAlertsWithoutTime": {"b": ALERT}}, "Calendar")


def test_ids_of_default_alerts_are_unique_among_what_one_call_makes(host: Calendars) -> None:
    given = {"a": {"name": "one", "defaultAlertsWithTime": {"x": ALERT}}}
    given["b"] = {"name": "two", "defaultAlertsWithoutTime": {"x": ALERT}}
    answer = host.call("Calendar/set", {"create": given})
    (wrong,) = answer["notCreated"].values()
    assert len(answer["created"]) == 1 and wrong["properties"][0].endswith("/x")


def test_what_only_the_server_sets(host: Calendars) -> None:
    for given in ({"isDefault": True}, {"myRights": {}}, {"id": "B1"}, {"role": "x"}):
        error = host.refused("Calendar", {"name": "x", **given})
        assert (error["type"], error["properties"]) == ("invalidProperties", list(given))
    assert "x" not in host.named()


@pytest.mark.rfc("jmap-calendars-27", "4.3")
def test_who_may_not_share_does_not(host: Calendars) -> None:
    rights = {"mayReadItems": True}
    id = host.calendar("Work")
    for error in (
        host.refused("Calendar", {"name": "x", "shareWith": {"P1": rights}}),
        host.not_updated(id, {"shareWith": {"P1": rights}}, "Calendar"),
        host.not_updated(id, {"shareWith/P1": rights}, "Calendar"),
    ):
        assert error["type"] in ("forbidden", "invalidPatch")
    assert host.named()["Work"]["shareWith"] is None


def test_a_refused_one_leaves_nothing_on_disk(host: Calendars) -> None:
    before = sorted((host.collections / "alice").rglob("*"))
    host.refused("Calendar", {"name": "Work", "color": "x"})
    assert sorted((host.collections / "alice").rglob("*")) == before
