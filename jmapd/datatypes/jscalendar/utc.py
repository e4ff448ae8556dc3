"""utcStart and utcEnd as they are set (jmap-calendars-27 5, 5.9): they become start, timeZone and duration."""

from datetime import UTC, datetime, timedelta

from jmapd.datatypes.jscalendar.kind import Kind
from jmapd.formats.jscalendar import durations, instances, zones
from jmapd.methods.context import Context
from jmapd.wire import Record
from jmapd.wire.dates import parse_utc_date
from jmapd.wire.errors import InvalidProperties

UTC_ZONE = "Etc/UTC"


def with_utc(context: Context, kind: Kind, old: Record | None, record: Record) -> Record:
    """The event without them. Raises InvalidProperties."""
    if "utcStart" not in record and kind.utc_end not in record:
        return record
    given = {name: record[name] for name in ("utcStart", kind.utc_end) if record.get(name) is not None}
    out = {name: value for name, value in record.items() if name not in ("utcStart", kind.utc_end)}
    before = old or {}
    for utc, local in (("utcStart", "start"), (kind.utc_end, kind.end)):
        if utc in given and out.get(local) is not None and out.get(local) != before.get(local):
            raise InvalidProperties([utc, local], f"{utc} and {local} cannot both be set")
        if utc in record and utc not in given and out.get(local) == before.get(local):
            out.pop(local, None)  # of a Task: it is null as long as there is no such time, so null takes that away
    zone = out.get("timeZone") or _shared_zone(context, kind, out)
    if not isinstance(zone, str) or not zones.is_zone(zone):
        raise InvalidProperties(["timeZone"], "timeZone: no time zone is called so")
    if "utcStart" in given and not (out.get("start") and _is_at(out, 0, given["utcStart"])):
        out["timeZone"] = zone
        out["start"] = zones.local(_datetime(given["utcStart"]), zone)
    has_end = kind.end == "duration" or out.get(kind.end) is not None
    if kind.utc_end in given and not (has_end and _is_at(out, 1, given[kind.utc_end])):
        out[kind.end] = _end(kind, out, _datetime(given[kind.utc_end]), zone)
    return out


def _is_at(record: Record, end: int, date: str) -> bool:
    """Whether it begins (0) or ends (1) there already: then its local times stay as they are written."""
    found = instances.utc_range(record)
    return found is not None and found[end] == zones.microseconds(_datetime(date))


def _end(kind: Kind, record: Record, end: datetime, zone: str) -> str:
    if kind.end != "duration":
        return zones.local(end, zone)
    found = instances.utc_range({"start": record.get("start")}, zone)
    if found is None:
        raise InvalidProperties([kind.utc_end], f"{kind.utc_end}: needs a start")
    length = zones.microseconds(end) - found[0]
    if length < 0:
        raise InvalidProperties([kind.utc_end], f"{kind.utc_end}: is before the start")
    return durations.text(0, length // 1_000_000)


def _shared_zone(context: Context, kind: Kind, record: Record) -> str:
    """That of its calendars, if all have the same."""
    books = context.store(kind.book_type).get(kind.ids(record)).values()
    found = {book.get("timeZone") for book in books}
    zone = found.pop() if len(found) == 1 else None
    return zone if isinstance(zone, str) and zones.is_zone(zone) else UTC_ZONE


def _datetime(date: str) -> datetime:
    """The seconds are whole."""
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=parse_utc_date(date))
