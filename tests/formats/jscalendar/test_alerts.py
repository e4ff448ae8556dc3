"""VALARM."""

from typing import Any

import pytest

from tests.formats.jscalendar.convert import Record, again, changed, only, read, written

pytestmark = pytest.mark.rfc("jscalendar-icalendar-25", "2.2.2")


def _alarm(*lines: str) -> tuple[str, ...]:
    return ("BEGIN:VALARM", *lines, "END:VALARM")


def _offset(offset: str, **members: Any) -> Record:
    return {"@type": "OffsetTrigger", "offset": offset, **members}


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.44")
@pytest.mark.parametrize(
    ("line", "trigger"),
    [
        ("TRIGGER:-PT15M", _offset("-PT15M")),
        ("TRIGGER;RELATED=END:PT5M", _offset("PT5M", relativeTo="end")),
        ("TRIGGER;RELATED=START:-P1W", _offset("-P1W", relativeTo="start")),
        ("TRIGGER;VALUE=DATE-TIME:20260302T010203Z", {"@type": "AbsoluteTrigger", "when": "2026-03-02T01:02:03Z"}),
    ],
)
def test_triggers_both_ways(line: str, trigger: Record) -> None:
    alert = only(read(*_alarm(line, "ACTION:DISPLAY"))["alerts"])
    assert alert == {"@type": "Alert", "action": "display", "trigger": trigger}
    assert line in written(alerts={"a": alert})


@pytest.mark.parametrize(
    ("line", "trigger"),
    [
        ("TRIGGER:20260302T010203Z", {"@type": "AbsoluteTrigger", "when": "2026-03-02T01:02:03Z"}),
        ("TRIGGER;VALUE=DURATION:+PT5M", _offset("PT5M")),
    ],
)
def test_triggers_as_programs_write_them(line: str, trigger: Record) -> None:
    assert only(read(*_alarm(line, "ACTION:DISPLAY"))["alerts"])["trigger"] == trigger


@pytest.mark.rfc("jscalendarbis-15", "3.5.1")
@pytest.mark.parametrize("value", ["-PT", "--PT5M", "PT-5M", "20260302T010203", "20261302T010203Z", ""])
def test_an_alarm_that_says_no_time_is_kept_and_no_alert(value: str) -> None:
    alarm = _alarm(f"TRIGGER:{value}", "ACTION:DISPLAY")
    record = read(*alarm)
    assert "alerts" not in record
    assert record["iCalendar"]["components"][0][0] == "valarm"
    assert changed(alarm, lambda new: new.update(title="x")) == ([], ["SUMMARY:x"])


def test_the_key_is_jsid_or_uid_and_else_stable() -> None:
    alarms = (*_alarm("UID:u", "JSID:j", "TRIGGER:PT0S"), *_alarm("UID:u2", "TRIGGER:PT0S"), *_alarm("TRIGGER:PT1S"))
    first = list(read(*alarms)["alerts"])
    assert first[:2] == ["j", "u2"]
    assert list(read(*_alarm("X-A:1", "TRIGGER:PT1S"))["alerts"]) == first[2:]
    same = list(read(*_alarm("TRIGGER:PT1S"), *_alarm("TRIGGER:PT1S"))["alerts"])
    assert same == [first[2], f"{first[2]}-2"]
    assert list(read(*_alarm("UID:a@b", "TRIGGER:PT1S"))["alerts"])[0].count("-") == 4  # no Id: jscalendarbis 1.5.1
    assert list(read(*_alarm("X-WR-ALARMUID:w", "TRIGGER:PT1S"))["alerts"]) == ["w"]


@pytest.mark.rfc("jscalendar-icalendar-25", "3.1")
def test_new_alarms_have_what_they_must() -> None:
    alert = {"trigger": _offset("-PT5M"), "example.org:x": 1}
    assert written(title="Tea, or not", alerts={"a": alert})[1:] == [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT5M",
        'JSPROP;JSPTR="example.org:x":1',
        "JSID:a",
        "DESCRIPTION:Tea\\, or not",
        "END:VALARM",
    ]
    lines = written(alerts={"a": alert | {"action": "email"}})
    assert {"ACTION:EMAIL", "DESCRIPTION:Reminder", "SUMMARY:Reminder"} <= set(lines)


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.1")
def test_acknowledged_is_one_line() -> None:
    alarm = _alarm("TRIGGER:-PT5M", "ACTION:AUDIO", "ATTACH:ping.wav", "X-MOZ-LASTACK:20260101T000000Z")
    gone, new = changed(alarm, lambda new: only(new["alerts"]).update(acknowledged="2026-01-02T00:00:00Z"))
    assert (gone, new) == ([], ["ACKNOWLEDGED:20260102T000000Z"])


def test_a_client_that_sends_all_alerts_again_takes_nothing_away() -> None:
    alarm = _alarm("UID:u", "TRIGGER:-PT5M", "ACTION:AUDIO", "ATTACH:ping.wav", "REPEAT:2", "DURATION:PT1M")
    gone, new = changed(alarm, lambda new: new.update(alerts={"u": {"trigger": _offset("-PT9M")}}))
    assert (gone, new) == (["TRIGGER:-PT5M"], ["TRIGGER:-PT9M"])


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.35")
def test_snoozed() -> None:
    alarm = _alarm("UID:u", "JSID:a", "TRIGGER:-PT5M", "ACTION:DISPLAY")
    snooze = {"trigger": _offset("PT0S"), "relatedTo": {"a": {"relation": {"snooze": True}}}}
    gone, new = changed(alarm, lambda new: new["alerts"].update(s=snooze))
    assert gone == []
    assert "RELATED-TO;RELTYPE=SNOOZE:u" in new
    assert again(alerts={"a": {"trigger": _offset("-PT5M")}, "s": snooze})["alerts"]["s"]["relatedTo"]["a"]["relation"]
    assert "UID:a" in written(alerts={"a": {"trigger": _offset("-PT5M")}, "s": snooze})


def test_a_cycle_of_relations() -> None:
    alarms = (
        *_alarm("UID:a", "TRIGGER:PT0S", "RELATED-TO;RELTYPE=SNOOZE:b"),
        *_alarm("UID:b", "TRIGGER:PT0S", "RELATED-TO;RELTYPE=SNOOZE:a", "RELATED-TO:nowhere"),
    )
    alerts = read(*alarms)["alerts"]
    assert (list(alerts["a"]["relatedTo"]), list(alerts["b"]["relatedTo"])) == (["b"], ["a", "nowhere"])


def test_apples_mark_of_no_alarm_is_no_alert() -> None:
    record = read(*_alarm("ACTION:NONE", "TRIGGER;VALUE=DATE-TIME:19760401T005545Z", "X-APPLE-DEFAULT-ALARM:TRUE"))
    assert "alerts" not in record
    assert record["iCalendar"]["components"][0][0] == "valarm"


@pytest.mark.rfc("jscalendarbis-15", "3.5.1")
def test_an_unknown_trigger_is_preserved() -> None:
    alerts = {"a": {"trigger": {"@type": "example.org:moon", "phase": 1}}}
    assert written(alerts=alerts) == [
        'JSPROP;JSPTR="alerts":{"a":{"trigger":{"@type":"example.org:moon"\\,"phase":1}}}'
    ]
    assert again(alerts=alerts) == {"alerts": alerts}
