"""When alerts are due (jscalendarbis-15 3.5.1; jmap-calendars-27 6)."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from jmapd.formats.jscalendar import durations
from jmapd.formats.jscalendar.instances import applied, inherited
from jmapd.formats.jscalendar.recurrence import Occurrence, occurrences
from jmapd.formats.jscalendar.zones import local_moment, microseconds, moment, utc
from jmapd.wire import Record
from jmapd.wire.dates import parse_utc_date

NEAR = timedelta(days=7)
_FARTHEST = timedelta(days=366)  # an alert that is further from its event is not looked for
_DAY = timedelta(days=1)
_SECOND = 1_000_000
_MARGIN = 2 * 86400 * _SECOND  # by which days by the clock may differ from exact ones
_NEVER = 2**63


class Firing(NamedTuple):
    """An alert that is due."""

    at: int  # microseconds since 1970, UTC
    recurrence_id: str | None
    alert_id: str
    action: str


def firings(
    event: Record,
    default_alerts: Record | None,
    after: datetime,
    before: datetime,
    default_zone: str | None = "Etc/UTC",
) -> list[Firing]:
    """The alerts due from `after` on and before `before`, in order; `default_alerts` when the event uses the defaults.

    Raises what `occurrences` does. What was acknowledged, has an unknown trigger or is of a cancelled event is not due.
    """
    base = _alerts(event, default_alerts)
    own = {id: _alerts(record, default_alerts) for id, record in _overridden(event)}
    low, high = microseconds(after), microseconds(before)
    found = [
        *_at_a_moment(event, base, own, range(low, high), default_zone),
        *_at_an_offset(event, base, own, after, before, default_zone),
    ]
    return sorted(found, key=lambda firing: (firing.at, firing.recurrence_id or "", firing.alert_id))


def kinds(event: Record) -> set[str]:
    """ "near": it has alerts within NEAR of its occurrences; "far": others; "default": it uses default alerts."""
    records = [event, *(record for _, record in _overridden(event))]
    own = [alert for record in records for alert in _alerts(record | {"useDefaultAlerts": False}, None).values()]
    found = {kind for alert in own if (kind := _kind(alert)) is not None}
    return found | ({"default"} if any(record.get("useDefaultAlerts") is True for record in records) else set())


def _kind(alert: Record) -> str | None:
    offset, when = _offset(alert), _when(alert)
    if offset is not None:
        return "near" if abs(timedelta(*offset)) <= NEAR else "far"
    return "far" if when != _NEVER and not _is_acknowledged(alert, when) else None


def _overridden(event: Record) -> Iterator[tuple[str, Record]]:
    """The occurrences that have alerts of their own."""
    overrides = event.get("recurrenceOverrides")
    for recurrence_id, patch in overrides.items() if isinstance(overrides, dict) else ():
        if isinstance(patch, dict) and any(key.startswith(("alerts", "useDefaultAlerts")) for key in patch):
            record = applied(event, patch)
            if record.get("status") != "cancelled":
                yield recurrence_id, record


def _alerts(record: Record, defaults: Record | None) -> Record:
    """The alerts that hold (jmap-calendars-27 6.1): of the event's own beside default ones only what snoozes these."""
    given = record.get("alerts")
    own = {id: each for id, each in given.items() if isinstance(each, dict)} if isinstance(given, dict) else {}
    if record.get("useDefaultAlerts") is not True:
        return own
    found = {id: each for id, each in (defaults or {}).items() if isinstance(each, dict)}
    snoozes = {id: each for id, each in own.items() if id not in found and _is_about(each, found)}
    for id, each in own.items():
        if id in found and "acknowledged" in each:
            found[id] = {**found[id], "acknowledged": each["acknowledged"]}
    return found | snoozes


def _is_about(alert: Record, others: Record) -> bool:
    related = alert.get("relatedTo")
    return isinstance(related, dict) and not others.keys().isdisjoint(related)


def _at_a_moment(
    event: Record, base: Record, own: dict[str, Record], wanted: range, zone: str | None
) -> Iterator[Firing]:
    """Those that say when: once, however often the event recurs; of an override only what the event does not have."""
    for alert_id, alert in base.items():
        when = _when(alert)
        if when in wanted and event.get("status") != "cancelled" and not _is_acknowledged(alert, when):
            yield Firing(when, _occurrence_at(event, when, zone), alert_id, _action(alert))
    for recurrence_id, alerts in own.items():
        for alert_id, alert in alerts.items():
            when = _when(alert)
            if when in wanted and alert != base.get(alert_id) and not _is_acknowledged(alert, when):
                yield Firing(when, recurrence_id, alert_id, _action(alert))


def _occurrence_at(event: Record, when: int, zone: str | None) -> str | None:
    """The id of the occurrence that is on then or comes next, else of the first."""
    if "recurrenceRule" not in event and "recurrenceOverrides" not in event:
        return None
    found = next(occurrences(event, moment(when), None, zone), None) or next(occurrences(event, None, None, zone), None)
    return found.recurrence_id if found else None


def _at_an_offset(
    event: Record, base: Record, own: dict[str, Record], after: datetime, before: datetime, zone: str | None
) -> Iterator[Firing]:
    """Those of the occurrences that are no farther from that time than the longest offset that any of them has."""
    by_default = _Offsets(base)
    others = {id: _Offsets(alerts) for id, alerts in own.items()}
    offsets = [offset for each in (by_default, *others.values()) for offset in each.all.values()]
    if not offsets:
        return
    far = min(max(abs(timedelta(days, seconds)) for days, seconds in offsets), _FARTHEST) + _DAY
    low, high = microseconds(after), microseconds(before)
    for occurrence in occurrences(event, durations.moved(after, -far), durations.moved(before, far), zone):
        id = occurrence.recurrence_id
        near = others.get(id or "", by_default).near(occurrence, low, high)
        if not near:
            continue
        record = event
        if occurrence.patch and id is not None:
            record = applied(inherited(event, id), occurrence.patch)
        if record.get("status") == "cancelled":
            continue
        given, alerts = record.get("timeZone"), own.get(id or "", base)
        where = given if isinstance(given, str) else zone
        for alert_id in near:
            at = _due(alerts[alert_id], occurrence, where)
            if at is not None and low <= at < high and not _is_acknowledged(alerts[alert_id], at):
                yield Firing(at, id, alert_id, _action(alerts[alert_id]))


class _Offsets:
    """The alerts at an offset, in order of it: of many alerts and occurrences only few come together at one time."""

    def __init__(self, alerts: Record) -> None:
        self.all = {id: offset for id, alert in alerts.items() if (offset := _offset(alert)) is not None}
        self._of_start, self._of_end = list[tuple[int, str]](), list[tuple[int, str]]()
        for id, (days, seconds) in self.all.items():
            about = (days * 86400 + seconds) * _SECOND
            (self._of_end if _is_of_end(alerts[id]) else self._of_start).append((about, id))
        self._of_start.sort()
        self._of_end.sort()

    def near(self, occurrence: Occurrence, low: int, high: int) -> list[str]:
        """The ids of those that may be due for it in that time."""
        found: list[str] = []
        for at, offsets in ((occurrence.start_utc, self._of_start), (occurrence.end_utc, self._of_end)):
            first, last = (bisect_left(offsets, (edge,)) for edge in (low - at - _MARGIN, high - at + _MARGIN))
            found += [id for _, id in offsets[first:last]]
        return found


def _action(alert: Record) -> str:
    return str(alert.get("action") or "display")


def _trigger(alert: Record) -> Record:
    trigger = alert.get("trigger")
    return trigger if isinstance(trigger, dict) else {}


def _is_of_end(alert: Record) -> bool:
    return _trigger(alert).get("relativeTo") == "end"


def _offset(alert: Record) -> tuple[int, int] | None:
    """Days and seconds of an OffsetTrigger."""
    trigger = _trigger(alert)
    if trigger.get("@type", "OffsetTrigger") != "OffsetTrigger":
        return None
    try:
        return durations.parse(trigger["offset"])
    except (KeyError, TypeError, ValueError):
        return None


def _due(alert: Record, occurrence: Occurrence, zone: str | None) -> int | None:
    """The start or end with the offset added, or taken away (1.5.6): days by the clock, hours exactly."""
    offset = _offset(alert)
    if offset is None:
        return None
    days, seconds = offset[0], offset[1] * _SECOND
    base = occurrence.end_utc if _is_of_end(alert) else occurrence.start_utc
    if not days:
        return base + seconds
    if days > 0:
        return _moved(base, days, zone) + seconds
    return _moved(base + seconds, days, zone)


def _moved(at: int, days: int, zone: str | None) -> int:
    return utc(durations.moved(local_moment(moment(at), zone), timedelta(days=days)), zone)


def _when(alert: Record) -> int:
    """Of an AbsoluteTrigger; never of what has none."""
    trigger = _trigger(alert)
    at = _utc(trigger.get("when")) if trigger.get("@type") == "AbsoluteTrigger" else None
    return _NEVER if at is None else at


def _is_acknowledged(alert: Record, at: int) -> bool:
    acknowledged = _utc(alert.get("acknowledged"))
    return acknowledged is not None and at <= acknowledged


def _utc(value: Any) -> int | None:
    try:
        return parse_utc_date(value) * _SECOND if isinstance(value, str) else None
    except ValueError:
        return None
