"""What clients mean that write RFC 8984, as jscalendarbis-15 has it (its appendix A), and other habits of theirs."""

import re
from functools import partial
from typing import Any

from jmapd.formats import colors
from jmapd.formats.jscalendar import durations, timezones
from jmapd.formats.jscalendar.checks import SCHEMA
from jmapd.formats.jscalendar.instances import is_forbidden
from jmapd.formats.object_types import kept
from jmapd.formats.object_types.kept import Keeps
from jmapd.formats.object_types.schema import Row
from jmapd.wire import Record
from jmapd.wire.dates import parse_date, utc_date
from jmapd.wire.pointer import PointerError, tokens

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII).fullmatch
_LOCAL = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(?:\.\d+)?", re.ASCII).fullmatch
_SECONDS = re.compile(r"(\d)\.\d+S$", re.ASCII)
_END_OF_DAY = "T23:59:59"
_CLOCK = {"byHour", "byMinute", "bySecond"}
_SCHEME = re.compile("[A-Za-z][A-Za-z0-9+.-]*:").match
# jscalendarbis-15 3.4.5: what needs a calendarAddress; RFC 8984 asked for roles, and others for an email alone
_SCHEDULED = ("roles", "participationStatus", "expectReply", "kind", "delegatedTo", "delegatedFrom", "memberOf")
# RFC 8984 4.3.5: what an override could not have then
_TYPED = ("Checklist", "CheckItem", "Comment", "Person")  # tasks-06 4.2: "@type" is mandatory
_NOT_OVERRIDDEN = ("recurrenceRules", "excludedRecurrenceRules", "replyTo", "timeZones")


def type_of(record: Record) -> str:
    """Its "@type"; an Event where it says nothing that is known."""
    return "Task" if record.get("@type") == "Task" else "Event"


def modern(record: Record, old: Record) -> Record:
    """The properties that RFC 8984 called otherwise (jscalendarbis-15 A.2); the given record is not changed."""
    out = dict(record)
    for step in (_rules, _reply_to, _zones, _end_zone, _color, _participants, _overrides):
        step(out, old)
    return out


def _rules(out: Record, old: Record) -> None:
    rules = out.get("recurrenceRules")
    if isinstance(rules, list) and len(rules) < 2:  # with several there is none that could stand for all
        del out["recurrenceRules"]
        if rules:
            out["recurrenceRule"] = rules[0]
    if out.get("excludedRecurrenceRules") == []:
        del out["excludedRecurrenceRules"]
    rule = out.get("recurrenceRule")
    until = rule.get("until") if isinstance(rule, dict) else None
    if not isinstance(until, str) or not isinstance(rule, dict) or rule == old.get("recurrenceRule"):
        return
    if _DATE(until):
        until = f"{until}{_END_OF_DAY}"  # a day is meant to its end
    if until.endswith(_END_OF_DAY) and _is_of_days(out, rule):
        until = f"{until.removesuffix(_END_OF_DAY)}T00:00:00"  # or it could not be a DATE in the file
    out["recurrenceRule"] = {**rule, "until": until}


def _is_of_days(out: Record, rule: Record) -> bool:
    """Whether it occurs on whole days only."""
    start = out.get("start", out.get("due"))
    is_at_midnight = isinstance(start, str) and (_DATE(start) or start.endswith("T00:00:00"))
    is_daily = rule.get("frequency") in ("daily", "weekly", "monthly", "yearly") and not _CLOCK & rule.keys()
    return bool(is_at_midnight and is_daily and out.get("showWithoutTime") is True and out.get("timeZone") is None)


def _reply_to(out: Record, old: Record) -> None:
    address = _address(out.pop("replyTo", None))
    if address is not None:
        out["organizerCalendarAddress"] = address


def _zones(out: Record, old: Record) -> None:
    """RFC 8984 4.7.2: zones of one's own, which say of which of the database they are."""
    zones = out.pop("timeZones", None)
    for name in ("timeZone", "endTimeZone"):
        custom = zones.get(out.get(name)) if isinstance(zones, dict) and isinstance(out.get(name), str) else None
        if isinstance(custom, dict) and isinstance(custom.get("tzId"), str):
            out[name] = custom["tzId"]


def _address(methods: Any) -> str | None:
    """Of replyTo and sendTo (RFC 8984 4.4.4, 4.4.6) what iMIP uses, else the first."""
    if not isinstance(methods, dict):
        return None
    found = methods.get("imip", next(iter(methods.values()), None))
    return found if isinstance(found, str) else None


def _end_zone(out: Record, old: Record) -> None:
    """RFC 8984 4.2.5: the location that relates to the end said the zone."""
    locations = out.get("locations")
    if isinstance(locations, dict) and locations != old.get("locations"):
        for location in locations.values():
            if isinstance(location, dict) and location.get("relativeTo") == "end":
                out.setdefault("endTimeZone", location.get("timeZone"))
    if out.get("timeZone") is None and out.get("endTimeZone") == old.get("endTimeZone"):
        out.pop("endTimeZone", None)


def _color(out: Record, old: Record) -> None:
    color = out.get("color")
    if isinstance(color, str) and colors.is_hex(color) and len(color) == 4:
        out["color"] = "#" + "".join(digit * 2 for digit in color[1:])  # jscalendarbis-15 3.2.12: six digits


def _participants(out: Record, old: Record) -> None:
    given = out.get("participants")
    if not isinstance(given, dict) or given == old.get("participants"):
        return
    people = {id_: _participant(each) if isinstance(each, dict) else each for id_, each in given.items()}
    addresses = {id_: each.get("calendarAddress") for id_, each in people.items() if isinstance(each, dict)}
    for each in people.values():
        for name in ("delegatedTo", "delegatedFrom", "memberOf"):
            named = each.get(name) if isinstance(each, dict) else None
            if isinstance(named, dict):  # RFC 8984 had ids of participants there
                each[name] = {
                    (addresses.get(key) or key) if not _SCHEME(key) else key: value for key, value in named.items()
                }
    out["participants"] = people


def _participant(given: Record) -> Record:
    out = {name: value for name, value in given.items() if value is not None}
    address = _address(out.pop("sendTo", None))
    if address is None and any(out.get(name) for name in _SCHEDULED) and isinstance(out.get("email"), str):
        address = out.get("calendarAddress", f"mailto:{out['email']}")
    if address is not None:
        out["calendarAddress"] = address
    if out.get("progress") == "needs-action":  # the default
        del out["progress"]
    return out


def _event(out: Record) -> Record:
    """RFC 8984 had UNTIL of iCalendar in mind; jscalendarbis-15 3.3.3 has it in the time zone of the object."""
    rule = out.get("recurrenceRule")
    until = rule.get("until") if isinstance(rule, dict) else None
    if not isinstance(until, str) or not until.endswith("Z"):
        return out
    try:
        seconds, _ = parse_date(until)
        zone = out.get("timeZone")
        local = timezones.local(timezones.moment(seconds * 1_000_000), zone if isinstance(zone, str) else None)
    except ValueError:
        return out
    return out | {"recurrenceRule": {**out["recurrenceRule"], "until": local}}


def _location(out: Record) -> Record | None:
    kept = {name: value for name, value in out.items() if name not in ("relativeTo", "timeZone")}
    return kept if kept.keys() - {"@type"} else None


def _typed(name: str, out: Record) -> Record:
    return {"@type": name, **out}


def _link(out: Record) -> Record:
    display = out.get("display")  # RFC 8984 1.4.11: a single one
    return out | {"display": {display: True}} if isinstance(display, str) else out


def _local(value: Any, old: Any) -> Any:
    """Without fractions (jscalendarbis-15 A.3.2), and whole."""
    if not isinstance(value, str):
        return value
    if _DATE(value):
        return f"{value}T00:00:00"
    found = _LOCAL(value)
    return f"{found[1]}{found[2] or ':00'}" if found else value


def _moment(value: Any, old: Any) -> Any:
    """In UTC, without fractions."""
    try:
        return utc_date(parse_date(value.upper())[0])
    except (AttributeError, ValueError):
        return value


def _duration(value: Any, old: Any) -> Any:
    """By the letter of the grammar, without fractions."""
    if not isinstance(value, str) or durations.is_duration(value, True):
        return value
    try:
        return durations.text(*durations.parse(_SECONDS.sub(r"\1S", value)))
    except ValueError:
        return value


def _zone(value: Any, old: Any) -> Any:
    """ "UTC" and the names of other systems are no names of the database."""
    return (timezones.iana(value) if value != "UTC" else "Etc/UTC") or value if isinstance(value, str) else value


def _overrides(out: Record, old: Record) -> None:
    given, was = out.get("recurrenceOverrides"), old.get("recurrenceOverrides")
    if isinstance(given, dict):
        before = was if isinstance(was, dict) else {}
        out["recurrenceOverrides"] = {
            _local(key, None): patch if patch == before.get(key) else _patch(type_of(out), patch)
            for key, patch in given.items()
            if patch is not None
        }
        _without_main_location(out, before)


def _without_main_location(out: Record, before: Record) -> None:
    """3.2.6: an override that takes the main location away, which the client may know nothing of."""
    main = out.get("mainLocationId")
    for key, patch in out["recurrenceOverrides"].items():
        if isinstance(main, str) and isinstance(patch, dict) and patch != before.get(key):
            locations = patch.get("locations", {main: patch.get(f"locations/{main}", {"name": ""})})
            location = locations.get(main) if isinstance(locations, dict) else None
            if "mainLocationId" not in patch and not (isinstance(location, dict) and "name" in location):
                patch["mainLocationId"] = None


def _patch(name: str, patch: Any) -> Any:
    """jscalendarbis-15 3.3.4: what cannot be overridden is ignored."""
    if not isinstance(patch, dict):
        return patch
    if patch.get("excluded") is True:
        return {"excluded": True}
    out: Record = {}
    for key, value in patch.items():
        try:
            path = tuple(tokens("/" + key))
        except PointerError:
            out[key] = value
            continue
        if is_forbidden(path) or path[0] in _NOT_OVERRIDDEN or (key == "excluded" and value in (False, None)):
            continue
        if path[0] == "participants" and path[2:] == ("sendTo",):
            continue
        out[key] = _patched(name, path, value)
    _color(out, {})
    return out


def _patched(name: str, path: tuple[str, ...], value: Any) -> Any:
    row: Row | None = Row(name)
    above = None
    for token in path:
        above, row = row, SCHEMA.member(row, token)
        if row is None:
            return value
    if above is not None and above.type == "String[Boolean]":
        return True if value is True else None if value is False else value
    return KEEPS.row(row)(value, None) if row is not None and value is not None else value


KEEPS = Keeps(
    SCHEMA,
    {
        "UTCDateTime": _moment,
        "LocalDateTime": _local,
        "Duration": _duration,
        "SignedDuration": _duration,
        "TimeZoneId": _zone,
        "PatchObject": kept.as_it_is,
    },
    typed=("Event", "Task", "Group", "Alert", "OffsetTrigger", "AbsoluteTrigger", *_TYPED),
    may_be_empty=("relation",),
    after={"Event": _event, "Task": _event, "Location": _location, "Link": _link, "Participant": _participant}
    | {name: partial(_typed, name) for name in _TYPED},
)
