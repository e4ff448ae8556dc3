"""Which zone of the IANA database a VTIMEZONE describes (RFC 5545 3.6.5; jscalendar-icalendar-25 2.1.4)."""

import hashlib
import re
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice

from jmapd.formats.icalendar import Component, walk
from jmapd.formats.jscalendar import durations
from jmapd.formats.jscalendar.expansion import CannotExpand, TooMany, times
from jmapd.formats.jscalendar.recurrence_rule import from_rrule
from jmapd.formats.jscalendar.zones import names, zone

_OFFSET = re.compile(r"([+-]?)(\d\d):?(\d\d)(?::?(\d\d))?", re.ASCII).fullmatch
_UNTIL_UTC = re.compile(r"UNTIL=\d{8}T\d{6}Z", re.ASCII | re.IGNORECASE).search
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z?)?", re.ASCII).fullmatch
# For how many years, from the calendar's first event on, the rules are compared, and how much of that must agree.
_TRIES = ((4, 0.97), (1, 0.85))
_MOST_OBSERVANCES, _MOST_DATES, _MOST_ONSETS = 100, 200, 400
_MOST_TIMES = 50
_WORDS = re.compile(r"[a-z_]{3,}").findall
_Onset = tuple[datetime, timedelta, timedelta]  # UTC; offsets before and after
_known: OrderedDict[tuple[object, ...], str | None] = OrderedDict()
_MOST_KNOWN = 500


def matching(definition: Component, calendar: Component, preferred: tuple[str, ...]) -> str | None:
    """The name of the first zone whose offsets are those of a VTIMEZONE in the years of its calendar."""
    text, year = definition.text().encode("utf-8", "replace"), _first_year(calendar)
    moments = _times_in(definition, calendar)
    key = (hashlib.sha256(text).digest(), year, moments)
    if key not in _known:
        _known[key] = _matching(definition, year, preferred, moments)
        if len(_known) > _MOST_KNOWN:
            _known.popitem(last=False)
    return _known[key]


def _times_in(definition: Component, calendar: Component) -> tuple[datetime, ...]:
    """The local times in a calendar that name a VTIMEZONE."""
    tzid = definition.first("TZID")
    lines = (
        line
        for component in walk(calendar)
        for line in component.named("DTSTART", "DTEND", "DUE")
        if tzid is not None and any(name == "TZID" and values == [tzid.value] for name, values in line.params)
    )
    return tuple(islice((moment for line in lines if (moment := _moment(line.value))), _MOST_TIMES))


def _matching(
    definition: Component, year: int, preferred: tuple[str, ...], moments: tuple[datetime, ...]
) -> str | None:
    tzid = definition.first("TZID")
    words = _WORDS(tzid.value.lower()) if tzid else []
    named = sorted(preferred, key=lambda name: name.lower().rpartition("/")[2] not in words)
    candidates = dict.fromkeys((*named, *names().values()))
    pairs = []
    # rules of programs that are not kept in date may be right for the time of the event only
    for years, enough in _TRIES:
        pairs = _sample(definition, year, years)
        found = _best(pairs, candidates, enough) if pairs else None
        if found:
            return found
    if not pairs or not moments:
        return None
    # rules of no zone there is: one that is right when the events are, and else as often as any
    onsets = _all_onsets(definition, min(moments), max(moments))
    if not onsets:
        return None
    at = [(moment.replace(tzinfo=UTC), _offset_at(onsets, moment)) for moment in _absolute(onsets, moments)]
    return _best(pairs, [name for name in candidates if _agreed(name, at) == len(at)], 0)


def _absolute(onsets: list[_Onset], moments: Iterable[datetime]) -> list[datetime]:
    """Local times in UTC."""
    guesses = ((each, durations.moved(each, -_offset_at(onsets, each))) for each in moments)
    return [durations.moved(each, -_offset_at(onsets, guess)) for each, guess in guesses]


def _sample(definition: Component, year: int, years: int) -> list[tuple[datetime, timedelta]]:
    """Moments and the offsets then, also half an hour around each change."""
    sample = [datetime(year, 1, 3) + timedelta(days=5 * n) for n in range(years * 73)]
    onsets = _all_onsets(definition, sample[0], sample[-1])
    if not onsets:
        return []
    half = timedelta(minutes=30)
    edges = (onset + apart for onset, _, _ in onsets[:_MOST_ONSETS] for apart in (-half, half))
    sample += [edge for edge in edges if sample[0] <= edge <= sample[-1]]
    return [(moment.replace(tzinfo=UTC), _offset_at(onsets, moment)) for moment in sample]


def _best(pairs: list[tuple[datetime, timedelta]], candidates: Iterable[str], enough: float) -> str | None:
    few = pairs[::18]
    best, most = None, len(pairs) * enough
    for name in candidates:
        if _agreed(name, few) < len(few) * enough - 1:
            continue
        same = _agreed(name, pairs)
        if same == len(pairs):
            return name
        if same > most:
            best, most = name, same
    return best


def _agreed(name: str, pairs: list[tuple[datetime, timedelta]]) -> int:
    rules = zone(name)
    return sum(moment.astimezone(rules).utcoffset() == wanted for moment, wanted in pairs)


def _first_year(calendar: Component) -> int:
    years = [
        int(line.value[:4])
        for component in walk(calendar)
        if component.name in ("VEVENT", "VTODO")
        for line in component.named("DTSTART", "DUE")
        if line.value[:4].isdecimal() and line.value.isascii()
    ]
    return min(max(min(years, default=2020), 1970), 2100)


def _all_onsets(definition: Component, first: datetime, last: datetime) -> list[_Onset]:
    """[] where nobody can tell what it says."""
    observances = definition.inside("STANDARD", "DAYLIGHT")
    if len(observances) > _MOST_OBSERVANCES:
        return []
    try:
        return sorted(onset for each in observances for onset in _onsets(each, first, last))
    except (CannotExpand, TooMany):
        return []


def _offset_at(onsets: list[_Onset], moment: datetime) -> timedelta:
    place = bisect_right(onsets, moment, key=lambda onset: onset[0])
    return onsets[place - 1][2] if place else onsets[0][1]


def _onsets(component: Component, first: datetime, last: datetime) -> list[_Onset]:
    """Moments (UTC) at which an observance begins, with the offsets before and after."""
    start, before, after = (component.first(name) for name in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO"))
    to = offset(after.value) if after else None
    if to is None:
        return []
    since = offset(before.value) if before else None
    since = to if since is None else since
    begin = _moment(start.value) if start else None
    found = [begin or datetime(1970, 1, 1)]
    if begin is not None and (line := component.first("RRULE")) is not None:
        found = _repeated(line.value, begin, since, first, last)
    for line in component.named("RDATE"):
        dates = (_moment(part.partition("/")[0]) for part in line.value.split(",")[:_MOST_DATES])
        found += [each for each in dates if each]
    return [(durations.moved(each, -since), since, to) for each in found]


def _repeated(text: str, begin: datetime, since: timedelta, first: datetime, last: datetime) -> list[datetime]:
    rule = from_rrule(text[:2000])
    if rule is None:
        return [begin]
    if "until" in rule and _UNTIL_UTC(text):
        rule["until"] = durations.local_text(durations.moved(durations.local(rule["until"]), since))
    year = timedelta(days=400)
    return list(islice(times(rule, begin, first - year, last + year, _MOST_ONSETS), _MOST_ONSETS))


def _moment(value: str) -> datetime | None:
    found = _MOMENT(value.strip().upper())
    if found is None:
        return None
    try:
        return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]
    except ValueError:
        return None


def offset(value: str) -> timedelta | None:
    """A UTC-OFFSET value (RFC 5545 3.3.14)."""
    found = _OFFSET(value.strip())
    if found is None or int(found[2]) > 23:
        return None
    sign = -1 if found[1] == "-" else 1
    return sign * timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
