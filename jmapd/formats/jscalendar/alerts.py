"""When alerts are due (jscalendarbis 3.5.1; jmap-calendars-27 5.8)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from jmapd.formats.jscalendar import durations
from jmapd.formats.jscalendar.instances import applied, inherited
from jmapd.formats.jscalendar.recurrence import Occurrence, occurrences
from jmapd.formats.jscalendar.zones import local_moment, microseconds, moment, utc
from jmapd.wire import Record
from jmapd.wire.dates import parse_utc_date

_FARTHEST = timedelta(days=366)  # an alert that is further from its event is not looked for
_DAY = timedelta(days=1)
_SECOND = 1_000_000


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
    low, high = microseconds(after), microseconds(before)
    found = {
        firing
        for occurrence in _near(event, default_alerts, after, before, default_zone)
        for firing in _of(event, occurrence, default_alerts, default_zone)
        if low <= firing.at < high
    }
    return sorted(found, key=lambda firing: (firing.at, firing.recurrence_id or "", firing.alert_id))


def _near(
    event: Record, defaults: Record | None, after: datetime, before: datetime, zone: str | None
) -> Iterator[Occurrence]:
    """The occurrences whose alerts may be due: as far away as the longest offset that any of them has."""
    patches = [patch for patch in (event.get("recurrenceOverrides") or {}).values() if isinstance(patch, dict)]
    alerts = [*_alerts(event, defaults).values()]
    for patch in patches:
        for pointer, value in patch.items():
            if pointer.startswith("alerts") and isinstance(value, dict):
                alerts += value.values() if pointer == "alerts" else [value]
            elif pointer.startswith("alerts/") and isinstance(value, str):
                alerts.append({"trigger": {"offset": value}})
    if not any(isinstance(alert, dict) for alert in alerts):
        return
    offsets = [_offset(_trigger(alert)) for alert in alerts if isinstance(alert, dict)]
    far = max((abs(each) for each in offsets if each is not None), default=timedelta(0))
    far = min(far, _FARTHEST) + _DAY
    absolute = [at for alert in alerts if isinstance(alert, dict) and (at := _when(_trigger(alert))) is not None]
    if any(microseconds(after) <= at < microseconds(before) for at in absolute):
        yield from occurrences(event, None, None, zone, limit=1)
    yield from occurrences(event, durations.moved(after, -far), durations.moved(before, far), zone)


def _alerts(record: Record, defaults: Record | None) -> Record:
    found = defaults if record.get("useDefaultAlerts") and defaults is not None else record.get("alerts")
    return found if isinstance(found, dict) else {}


def _of(event: Record, occurrence: Occurrence, defaults: Record | None, zone: str | None) -> Iterator[Firing]:
    record, patch = event, occurrence.patch
    if patch and occurrence.recurrence_id is not None:
        record = applied(inherited(event, occurrence.recurrence_id), patch)
    if record.get("status") == "cancelled":
        return
    where = record.get("timeZone") or zone
    for alert_id, alert in _alerts(record, defaults).items():
        if not isinstance(alert, dict):
            continue
        at = _due(_trigger(alert), occurrence, where)
        if at is not None and not _is_acknowledged(alert, at):
            yield Firing(at, occurrence.recurrence_id, alert_id, str(alert.get("action") or "display"))


def _trigger(alert: Record) -> Record:
    trigger = alert.get("trigger")
    return trigger if isinstance(trigger, dict) else {}


def _due(trigger: Record, occurrence: Occurrence, zone: str | None) -> int | None:
    if (when := _when(trigger)) is not None:
        return when
    if trigger.get("@type", "OffsetTrigger") != "OffsetTrigger":
        return None
    try:
        days, seconds = durations.parse(trigger["offset"])
    except (KeyError, TypeError, ValueError):
        return None
    base = occurrence.end_utc if trigger.get("relativeTo") == "end" else occurrence.start_utc
    if days:
        there = local_moment(moment(base), zone)
        base = utc(durations.moved(there, timedelta(days=days)), zone)
    return base + seconds * _SECOND


def _when(trigger: Record) -> int | None:
    if trigger.get("@type") != "AbsoluteTrigger":
        return None
    return _utc(trigger.get("when"))


def _offset(trigger: Record) -> timedelta | None:
    try:
        days, seconds = durations.parse(trigger["offset"])
        return timedelta(days=days, seconds=seconds)
    except (KeyError, TypeError, ValueError):
        return None


def _is_acknowledged(alert: Record, at: int) -> bool:
    acknowledged = _utc(alert.get("acknowledged"))
    return acknowledged is not None and at <= acknowledged


def _utc(value: Any) -> int | None:
    try:
        return parse_utc_date(value) * _SECOND if isinstance(value, str) else None
    except ValueError:
        return None
