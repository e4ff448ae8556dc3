"""Calendar/get and /changes (jmap-calendars-27 4, 4.1, 4.2)."""

from typing import Any

import pytest

from tests.calendars.host import Calendars

RIGHTS = {
    "mayReadFreeBusy": True,
    "mayReadItems": True,
    "mayWriteAll": True,
    "mayWriteOwn": True,
    "mayUpdatePrivate": True,
    "mayRSVP": True,
    "mayShare": False,
    "mayDelete": True,
}


@pytest.mark.rfc("jmap-calendars-27", "4")
def test_all_properties(host: Calendars) -> None:
    id = host.created("Calendar", {"name": "Work"})["id"]
    assert host.named()["Work"] == {
        "id": id,
        "name": "Work",
        "description": None,
        "color": None,
        "sortOrder": 0,
        "isSubscribed": True,
        "isVisible": True,
        "isDefault": False,
        "includeInAvailability": "all",
        "defaultAlertsWithTime": None,
        "defaultAlertsWithoutTime": None,
        "timeZone": None,
        "shareWith": None,
        "myRights": RIGHTS,
    }


@pytest.mark.rfc("jmap-calendars-27", "4.1")
def test_by_id_and_by_property(host: Calendars) -> None:
    id = host.calendar("Work")
    answer = host.call("Calendar/get", {"ids": [id, "Bnone"], "properties": ["name", "myRights"]})
    assert answer["list"] == [{"id": id, "name": "Work", "myRights": RIGHTS}] and answer["notFound"] == ["Bnone"]
    assert host.error("Calendar/get", {"ids": None, "properties": ["role"]})["type"] == "invalidArguments"


@pytest.mark.rfc("jmap-calendars-27", "4")
def test_what_other_programs_say_of_a_folder(host: Calendars) -> None:
    folder = host.collections / "alice" / "f1"
    folder.mkdir()
    (folder / "displayname").write_text("Family\n")
    (folder / "color").write_text("#ff0000\n")
    family = host.named()["Family"]
    assert family["color"] == "#ff0000" and family["isSubscribed"] is True


@pytest.mark.rfc("jmap-calendars-27", "4")
def test_exactly_one_is_the_default(host: Calendars) -> None:
    for name in ("one", "two", "three"):
        host.calendar(name)
    assert sum(each["isDefault"] for each in host.named().values()) == 1


@pytest.mark.rfc("jmap-calendars-27", "4.2")
def test_changes(host: Calendars) -> None:
    host.calendar("one")
    state = host.call("Calendar/get", {"ids": []})["state"]
    two = host.calendar("two")
    host.updated(two, {"color": "red"}, "Calendar")
    changes = host.call("Calendar/changes", {"sinceState": state})
    assert changes["created"] == [two] and changes["updated"] == changes["destroyed"] == []
    state = changes["newState"]
    host.updated(two, {"isVisible": False}, "Calendar")
    assert host.call("Calendar/changes", {"sinceState": state})["updated"] == [two]
    assert host.error("Calendar/changes", {"sinceState": "x"})["type"] == "cannotCalculateChanges"


@pytest.mark.rfc("jmap-calendars-27", "4")
def test_nothing_may_be_written_where_one_may_only_read(make_host: Any) -> None:
    host = make_host({"bob": ["alice:read"]})
    host.log_in("bob").use("bob").calendar("Work")
    host.log_in("alice")
    rights = host.named()["Work"]["myRights"]
    assert [name for name, may in rights.items() if may] == ["mayReadFreeBusy", "mayReadItems"]
    assert host.error("Calendar/set", {"create": {"k": {"name": "x"}}})["type"] == "accountReadOnly"
