"""Alerts of CalendarEvents fire once, when they are due (jmap-calendars-27 6)."""

import os
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from jmapd.protocol.accounts import Accounts
from jmapd.scheduling.alerts import CLOCK, LATEST, MOST_MAILED, MOST_PUSHED, Alarms
from tests.calendars.host import Calendars, vcalendar, vevent

pytestmark = pytest.mark.rfc("jmap-calendars-27", "6")

AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC).timestamp()  # when Calendars.draft() begins
BEFORE = {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}, "action": "display"}
MAIL = BEFORE | {"action": "email"}


class Clock(Calendars):
    """As Calendars, at times that the test says."""

    def __init__(self, folder: Path, shared: dict[str, list[str]] | None = None, **sections: Any) -> None:
        super().__init__(folder, shared, **sections)
        self.state = folder / "state"

    def fire(self, at: float, account: str = "alice", user: str = "") -> list[dict[str, Any]]:
        """What a sidecar that has looked ten minutes before fires for that user."""
        clock = self.state / account / CLOCK
        if not clock.exists():
            self.again(at - 600, account)
        return self.again(at, account, user)

    def again(self, at: float, account: str = "alice", user: str = "") -> list[dict[str, Any]]:
        """What a sidecar with that clock fires."""
        users = {"alice": "", "bob": "", "carol": ""}
        accounts = Accounts(self.config, lambda: users)
        found: Any = accounts.account(account)
        seen: Any = accounts.for_user(user or account)[account]
        with seen.session():
            state = seen.store("CalendarAlert").state()
        self.next = Alarms(accounts.account, accounts.time_zone).attend(found, at)
        with seen.session():
            return list(seen.store("CalendarAlert").fired(state))

    def mails(self, account: str = "alice") -> list[Any]:
        found = sorted((self.state / account / "outbox").glob("*.eml"))
        return [message_from_bytes(path.read_bytes(), policy=default) for path in found]


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


def test_what_was_missed_is_told_when_it_is_not_too_late(clock: Clock) -> None:
    clock.new(alerts={"a": BEFORE})
    clock.again(AT - 10_000)
    assert len(clock.again(AT - 300 + LATEST - 1)) == 1
    clock.new(alerts={"b": BEFORE})
    os.utime(clock.state / "alice" / CLOCK, (AT - 10_000, AT - 10_000))
    assert clock.again(AT - 300 + LATEST + 1) == []


def test_a_new_account_has_missed_nothing(clock: Clock) -> None:
    clock.new(alerts={"a": BEFORE})
    assert clock.again(AT) == []


def test_not_twice_after_a_crash(clock: Clock) -> None:
    """The clock was not written, the alert was."""
    clock.new(alerts={"a": MAIL})
    assert len(clock.fire(AT - 299)) == 1
    os.utime(clock.state / "alice" / CLOCK, (AT - 400, AT - 400))
    assert (clock.again(AT - 298), len(clock.mails())) == ([], 1)


@pytest.mark.parametrize("jump", [-60, -3600, -86_400, 60, 86_400])
def test_a_clock_that_is_set(clock: Clock, jump: int) -> None:
    """What has fired does not fire again, and what comes then is not lost."""
    later = {"@type": "OffsetTrigger", "offset": "PT1H", "relativeTo": "start"}
    clock.new(alerts={"a": BEFORE, "b": BEFORE | {"trigger": later}})
    assert [each["alertId"] for each in clock.fire(AT - 300)] == ["a"]
    assert clock.again(AT - 300 + jump) == []
    assert clock.again(AT - 300) == clock.again(AT) == []
    assert [each["alertId"] for each in clock.again(AT + 3600)] == ["b"]


@pytest.mark.rfc("jmap-calendars-27", "5.7")
def test_nothing_secret_to_a_guest(tmp_path: Path) -> None:
    """5.7: for all others it is as if it was not there."""
    clock = Clock(tmp_path, {"alice": ["bob"]})
    id = clock.new(alerts={"owner": BEFORE})
    (calendar,) = clock.event(id)["calendarIds"]
    clock.log_in("bob")
    for type, key, update in (
        ("CalendarEvent", id, {"alerts": {"guest": BEFORE}}),
        ("Calendar", calendar, {"isSubscribed": True}),
    ):
        assert clock.call(f"{type}/set", {"accountId": "alice", "update": {key: update}})["notUpdated"] is None
    clock.log_in("alice").updated(id, {"privacy": "secret"})
    assert clock.fire(AT - 301, user="bob") == clock.again(AT, user="bob") == []


def test_by_mail(clock: Clock) -> None:
    title = "Träumen\r\nBcc: eve@example.com"
    clock.new(title, alerts={"a": MAIL}, description="Zeile\nzwei", locations={"l": {"name": "Room 1"}})
    assert len(clock.fire(AT)) == 1
    (mail,) = clock.mails()
    assert (mail["From"], mail["To"], mail["Bcc"]) == ("alice@example.org", "alice@example.org", None)
    assert mail["Subject"] == "Reminder: Träumen Bcc: eve@example.com, Mon 2026-01-05 09:00 (Europe/Berlin)"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().splitlines() == [
        "Träumen Bcc: eve@example.com",
        "Mon 2026-01-05 09:00 (Europe/Berlin)",
        "Room 1",
        "",
        "Zeile",
        "zwei",
    ]


@pytest.mark.rfc("jmap-calendars-27", "9.3.2")
def test_limits_for_one_user(clock: Clock) -> None:
    every = {f"a{n}": MAIL for n in range(MOST_PUSHED + 1)}
    clock.new(alerts=every)
    assert len(clock.fire(AT)) == MOST_PUSHED
    assert len(clock.mails()) == MOST_MAILED
    clock.new(alerts={"late": BEFORE | {"trigger": {"@type": "OffsetTrigger", "offset": "PT1M"}}})
    assert clock.again(AT + 61) == []
    clock.new(alerts={"next": BEFORE | {"trigger": {"@type": "OffsetTrigger", "offset": "PT4H"}}})
    clock.again(AT + 3 * 3600)
    assert [each["alertId"] for each in clock.again(AT + 4 * 3600)] == ["next"]


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


def test_a_rule_that_cannot_be_expanded_is_no_hindrance(clock: Clock) -> None:
    rule = "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM"
    clock.write("x.ics", vcalendar(vevent("x", rule, alarm, start="20250105T080000Z")))
    clock.new(alerts={"a": BEFORE})
    assert [each["alertId"] for each in clock.fire(AT)] == ["a"]
