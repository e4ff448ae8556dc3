"""Alerts of CalendarEvents fire once, when they are due (jmap-calendars-27 6)."""

import os
from pathlib import Path

import pytest

from jmapd.scheduling.alerts import CLOCK
from tests.scheduling.clock import AT, BEFORE, MAIL, Clock

pytestmark = pytest.mark.rfc("jmap-calendars-27", "6")


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


@pytest.mark.rfc("jmap-calendars-27", "6.4")
def test_what_is_pushed(clock: Clock) -> None:
    id = clock.new(alerts={"a": BEFORE})
    assert clock.fire(AT - 301) == []
    assert clock.next == AT - 300
    uid = clock.event(id)["uid"]
    alert = {"@type": "CalendarAlert", "accountId": "alice", "calendarEventId": id, "uid": uid, "alertId": "a"}
    assert clock.again(AT - 300) == [alert | {"recurrenceId": None}]
    assert (clock.again(AT - 300), clock.again(AT - 240), clock.mails()) == ([], [], [])


@pytest.mark.rfc("jmap-calendars-27", "6.4")
def test_the_base_event_is_named_not_the_instance(clock: Clock) -> None:
    id = clock.new(alerts={"a": BEFORE}, recurrenceRule={"@type": "RecurrenceRule", "frequency": "daily"})
    day = 86400
    (alert,) = clock.fire(AT + day)
    assert (alert["calendarEventId"], alert["recurrenceId"]) == (id, "2026-01-06T09:00:00")
    clock.updated(id, {"recurrenceOverrides": {"2026-01-07T09:00:00": {"start": "2026-01-07T12:00:00"}}})
    assert clock.again(AT + 2 * day) == []
    assert [each["recurrenceId"] for each in clock.again(AT + 2 * day + 3 * 3600)] == ["2026-01-07T09:00:00"]


def test_not_where_the_user_is_not_subscribed(clock: Clock) -> None:
    clock.new(alerts={"a": BEFORE})
    clock.updated(clock.calendar(), {"isSubscribed": False}, "Calendar")
    assert clock.fire(AT) == []


@pytest.mark.rfc("jmap-calendars-27", "5.1")
def test_not_of_a_draft(clock: Clock) -> None:
    clock.new(alerts={"a": BEFORE}, isDraft=True)
    assert clock.fire(AT) == []


@pytest.mark.rfc("jmap-calendars-27", "6.1")
def test_default_alerts(clock: Clock) -> None:
    calendar = clock.calendar()
    whole = {"w": BEFORE | {"trigger": {"@type": "OffsetTrigger", "offset": "-PT1H"}}}
    clock.updated(calendar, {"defaultAlertsWithTime": {"d": BEFORE}, "defaultAlertsWithoutTime": whole}, "Calendar")
    id = clock.new(useDefaultAlerts=True, alerts={"own": BEFORE})
    day = {"start": "2026-01-05T00:00:00", "duration": "P1D", "showWithoutTime": True, "timeZone": None}
    clock.new(useDefaultAlerts=True, **day)
    clock.updated(calendar, {"timeZone": "America/New_York"}, "Calendar")
    assert [each["alertId"] for each in clock.fire(AT - 4 * 3600)] == ["w"]  # midnight there is 5 o'clock UTC
    assert [each["alertId"] for each in clock.again(AT)] == ["d"]
    clock.updated(id, {"alerts/d": BEFORE | {"acknowledged": "2026-01-05T07:55:00Z"}})
    os.utime(clock.state / "alice" / CLOCK, (AT - 400, AT - 400))
    assert clock.again(AT + 1) == []


@pytest.mark.rfc("jmap-calendars-27", "6.3")
def test_snoozed(clock: Clock) -> None:
    later = {
        "@type": "Alert",
        "trigger": {"@type": "AbsoluteTrigger", "when": "2026-01-05T08:30:00Z"},
        "relatedTo": {"a": {"@type": "Relation", "relation": {"snooze": True}}},
    }
    clock.new(alerts={"a": BEFORE | {"acknowledged": "2026-01-05T07:56:00Z"}, "b": later})
    assert clock.fire(AT) == []
    assert [each["alertId"] for each in clock.again(AT + 1800)] == ["b"]


@pytest.mark.rfc("jscalendarbis-15", "3.5.1")
@pytest.mark.parametrize("offset", ["-P8D", "-P1W", "-PT1S", "PT0S", "PT5M", "P30D"])
def test_far_and_near(clock: Clock, offset: str) -> None:
    days = {"-P8D": -8, "-P1W": -7, "P30D": 30}
    seconds = {"-PT1S": -1, "PT0S": 0, "PT5M": 300}
    clock.new(alerts={"a": BEFORE | {"trigger": {"@type": "OffsetTrigger", "offset": offset}}})
    at = AT + days.get(offset, 0) * 86400 + seconds.get(offset, 0)
    assert (clock.fire(at - 1), len(clock.again(at))) == ([], 1)


def test_a_new_account_has_missed_nothing(clock: Clock) -> None:
    clock.new(alerts={"a": BEFORE})
    assert clock.again(AT) == []


@pytest.mark.rfc("jscalendarbis-15", "3.4.3")
@pytest.mark.parametrize("privacy", ["secret", "private"])
def test_nothing_private_to_a_guest(tmp_path: Path, privacy: str) -> None:
    """What he cannot read is not mailed to him; his alerts are not shown either."""
    clock = Clock(tmp_path, {"alice": ["bob"]})
    id = clock.new(alerts={"owner": BEFORE})
    (calendar,) = clock.event(id)["calendarIds"]
    clock.log_in("bob")
    for type, key, update in (
        ("CalendarEvent", id, {"alerts": {"guest": MAIL}}),
        ("Calendar", calendar, {"isSubscribed": True}),
    ):
        assert clock.call(f"{type}/set", {"accountId": "alice", "update": {key: update}})["notUpdated"] is None
    clock.log_in("alice").updated(id, {"privacy": privacy})
    assert clock.fire(AT - 301, user="bob") == clock.again(AT, user="bob") == clock.mails("bob") == []


def test_by_mail(clock: Clock) -> None:
    title = "Träumen\r\nBcc: eve@example.com"
    clock.new(title, alerts={"a": MAIL}, description="Zeile\nzwei", locations={"l": {"name": "Room 1"}})
    assert len(clock.fire(AT)) == 1
    (mail,) = clock.mails()
    assert (mail["From"], mail["To"], mail["Bcc"]) == ("alice@example.org", "alice@example.org", None)
    when = "Monday, 5 January 2026, 09:00 to 10:00 (Europe/Berlin)"
    assert mail["Subject"] == f"Reminder: Träumen Bcc: eve@example.com, {when}"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().splitlines() == [
        "Träumen Bcc: eve@example.com",
        when,
        "Room 1",
        "",
        "Zeile",
        "zwei",
    ]


@pytest.mark.rfc("jmap-calendars-27", "5.4")
def test_a_guest_has_his_own(tmp_path: Path) -> None:
    clock = Clock(tmp_path, {"alice": ["bob"]})
    id = clock.new(alerts={"owner": BEFORE})
    (calendar,) = clock.event(id)["calendarIds"]
    clock.log_in("bob")
    update = {"alerts": {"guest": MAIL}}
    answer = clock.call("CalendarEvent/set", {"accountId": "alice", "update": {id: update}})
    assert answer["notUpdated"] is None, answer
    subscribed = {"accountId": "alice", "update": {calendar: {"isSubscribed": True}}}
    assert clock.call("Calendar/set", subscribed)["notUpdated"] is None
    assert [each["alertId"] for each in clock.fire(AT - 301, user="bob")] == []
    assert [each["alertId"] for each in clock.again(AT, user="bob")] == ["guest"]
    assert (len(clock.mails("alice")), clock.mails("bob")[0]["To"]) == (0, "bob@example.org")
