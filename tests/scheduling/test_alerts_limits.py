"""Alerts are neither too many, nor too late, nor fire twice (jmap-calendars-27 9.3.2)."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jmapd.formats.jscalendar import alerts
from jmapd.protocol.accounts import Accounts
from jmapd.scheduling.alerts import CLOCK, LATEST, MOST_MAILED, MOST_PUSHED, Alarms
from jmapd.stores.base import StoreError
from jmapd.stores.calendar_alerts import CalendarAlertStore
from tests.calendars.host import vcalendar, vevent
from tests.scheduling.clock import AT, BEFORE, MAIL, Clock

pytestmark = pytest.mark.rfc("jmap-calendars-27", "9.3.2")


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


def test_what_was_missed_is_told_when_it_is_not_too_late(clock: Clock) -> None:
    clock.new(alerts={"a": BEFORE})
    clock.again(AT - 10_000)
    assert len(clock.again(AT - 300 + LATEST - 1)) == 1
    clock.new(alerts={"b": BEFORE})
    os.utime(clock.state / "alice" / CLOCK, (AT - 10_000, AT - 10_000))
    assert clock.again(AT - 300 + LATEST + 1) == []


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


def test_a_rule_that_cannot_be_expanded_is_no_hindrance(clock: Clock) -> None:
    rule = "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM"
    clock.write("x.ics", vcalendar(vevent("x", rule, alarm, start="20250105T080000Z")))
    clock.new(alerts={"a": BEFORE})
    assert [each["alertId"] for each in clock.fire(AT)] == ["a"]


def test_no_mail_again_and_again(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot be kept that it was sent, as on a full disk."""

    def full(*_: Any) -> None:
        raise StoreError("full")

    clock.new(alerts={"a": MAIL})
    clock.fire(AT - 400)
    with monkeypatch.context() as patched:
        patched.setattr(CalendarAlertStore, "fire", full)
        for second in range(3):
            with pytest.raises(StoreError):
                clock.again(AT + second)
    assert clock.mails() == []
    assert (len(clock.again(AT + 3)), len(clock.mails())) == (1, 1)


def test_many_alerts_of_many_occurrences(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those that may be due are looked at, and all of these."""
    minutes = {f"a{n}": -366 * 1440 + n for n in range(200)} | {f"e{n}": n for n in range(200)}
    every = {
        id: BEFORE
        | {"trigger": {"offset": f"{'-' * (n < 0)}PT{abs(n)}M", "relativeTo": "end" if "e" in id else "start"}}
        for id, n in minutes.items()
    }
    rule = {"frequency": "hourly"}
    event = {"start": "2026-01-01T00:30:00", "timeZone": "Etc/UTC", "duration": "PT20M", "recurrenceRule": rule}
    after = datetime(2026, 6, 1, 12)
    looked = [0]
    due = alerts._due

    def counted(*arguments: Any) -> int | None:
        looked[0] += 1
        return due(*arguments)

    monkeypatch.setattr(alerts, "_due", counted)
    found = alerts.firings(event | {"alerts": every}, None, after, after + timedelta(hours=1))
    assert sorted(each.alert_id for each in found) == sorted(minutes)  # the rule gives one each hour
    assert looked[0] < 100 * len(minutes)  # of thousands of occurrences


def test_one_look_is_enough_until_calendars_change(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery of mail does not make the sidecar expand all events again."""
    id = clock.new(alerts={"a": BEFORE})
    accounts = Accounts(clock.config, lambda: {"alice": ""})
    account: Any = accounts.account("alice")
    alarms, looks = Alarms(accounts.account, accounts.time_zone), list[float]()
    looked = Alarms._due

    def counted(self: Alarms, *given: Any) -> Any:
        looks.append(given[-1])
        return looked(self, *given)

    monkeypatch.setattr(Alarms, "_due", counted)
    assert [alarms.attend(account, at, want_all=False) for at in (AT - 900, AT - 600)] == [AT - 300] * 2
    assert len(looks) == 1
    clock.updated(id, {"alerts/a/trigger/offset": "-PT8M"})
    assert alarms.attend(account, AT - 590, want_all=False) == AT - 480
    assert (alarms.attend(account, AT - 479, want_all=False), len(looks)) == (None, 3)
