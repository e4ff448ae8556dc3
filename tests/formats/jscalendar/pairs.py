"""Pairs of iCalendar and JSCalendar: how they are read, and compared where ids and what is filled in may differ."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from jmapd.formats.content_lines import Line
from jmapd.formats.icalendar import Component, calendars, to_bytes
from jmapd.formats.jscalendar.from_icalendar import objects
from jmapd.formats.jscalendar.group import from_group, group
from jmapd.formats.jscalendar.to_icalendar import to_icalendar

Record = dict[str, Any]
DOTS = "..."
_MAPS = ("alerts", "links", "locations", "participants", "virtualLocations")
# In a completed pair these may be born of a line that was filled in, or are the same in all events.
FILLED = ("uid", "updated", "start", "timeZone", "prodId", "version", "showWithoutTime", "@type")
LINES_FILLED = ("UID", "DTSTAMP", "DTSTART", "PRODID", "VERSION", "LAST-MODIFIED")


class Pair(NamedTuple):
    name: str
    data: bytes
    group: Record

    @property
    def entries(self) -> list[Record]:
        return list(self.group.get("entries", ()))


def draft(corpora: Path) -> Iterator[Pair]:
    """The example pairs of the draft."""
    folder = corpora / "jscalendar" / "draft-25"
    for entry in json.loads((folder / "index.json").read_text()):
        text = (folder / f"{entry['name']}.json").read_text()
        data = (folder / f"{entry['name']}.ics").read_bytes()
        yield Pair(entry["name"].replace("test-", ""), _with_triggers(data), _triggered(json.loads(text)))


def calcard(corpora: Path) -> Iterator[tuple[Pair, bytes]]:
    """Another program's, with the iCalendar back that it makes, which is mostly that of the beginning."""
    for path in sorted((corpora / "jscalendar" / "calcard").glob("*.txt")):
        for block in path.read_text().split("> test ")[1:]:
            name, _, rest = block.partition("\n")
            parts = [part.strip("\n") for part in re.split(r"> convert[^\n]*\n", rest)]
            if parts[0].lstrip().startswith(('"', "{")):
                parts = [parts[1], parts[0], parts[1]]
            back = parts[2] if len(parts) > 2 else parts[0]
            pair = Pair(name.strip(), _with_triggers(_whole(parts[0])), _triggered(_group(parts[1])))
            yield pair, _with_triggers(_whole(back))


def _group(part: str) -> Record:
    text = part.strip().rstrip(",").replace("\t", "")
    found: Record = json.loads(text if text.startswith("{") else "{" + text + "}")
    found = found if found.get("@type") == "Group" else {"@type": "Group", "entries": [{"@type": "Event", **found}]}
    for entry in found["entries"]:
        entry[DOTS] = ""
    return found


def _with_triggers(data: bytes) -> bytes:
    """1.3.1: mandatory properties that an example leaves out have some value."""
    return re.sub(rb"(BEGIN:VALARM\r?\n)(?![^V]*TRIGGER)", rb"\1TRIGGER:PT0S\r\n", data)


def _triggered(value: Any) -> Any:
    if isinstance(value, list):
        return [_triggered(each) for each in value]
    if not isinstance(value, dict):
        return value
    missing = value.get("@type") == "Alert" and "trigger" not in value
    found = {name: _triggered(each) for name, each in value.items()}
    return found | ({"trigger": {"@type": "OffsetTrigger", "offset": "PT0S"}} if missing else {})


def _whole(part: str) -> bytes:
    """The notation of the draft's 1.3.1: what frames the lines is left out, and so may be the END lines."""
    text = part.strip()
    if not re.match(r"BEGIN:V(EVENT|TODO|CALENDAR)", text):
        text = f"BEGIN:VEVENT\n{text}"
    if not text.startswith("BEGIN:VCALENDAR"):
        text = f"BEGIN:VCALENDAR\n{text}"
    opened: list[str] = []
    for line in text.splitlines():
        if line.startswith("BEGIN:"):
            opened.append(line[6:])
        elif line.startswith("END:"):
            opened.pop()
    return "\r\n".join([*text.splitlines(), *(f"END:{name}" for name in reversed(opened)), ""]).encode()


def read(data: bytes) -> list[Record]:
    return [found.record for calendar in calendars(data) for found in objects(calendar)]


def read_group(data: bytes) -> Record:
    return group(calendars(data)[0])


def written(record: Record) -> bytes:
    """A calendar of an entry or a Group."""
    make = from_group if record.get("@type") == "Group" else to_icalendar
    return to_bytes([make(without_dots(record))])


def without_dots(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_dots(each) for name, each in value.items() if name != DOTS}
    return [without_dots(each) for each in value] if isinstance(value, list) else value


def older(value: Any) -> Any:
    """calcard has an older draft's `iCalendar`, and no value types: only properties and components are compared."""
    if isinstance(value, list):
        return [older(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: older(each) for name, each in value.items() if name != "@type"}
    kept = found.pop("iCalendar", None)
    if isinstance(kept, dict):
        kept = {name: _untyped(kept[name]) for name in ("properties", "components") if name in kept}
        found |= {"iCalendar": kept} if kept else {}
    return found


def _untyped(value: Any) -> Any:
    if isinstance(value, list) and len(value) > 3 and isinstance(value[1], dict):
        return [value[0], value[1], "unknown", *value[3:]]
    return [_untyped(each) for each in value] if isinstance(value, list) else value


def unequal(wanted: Any, found: Any, path: str = "", is_open: bool = False) -> list[str]:
    """Paths where `found` is not what is wanted; what is more counts but where dots, or a filled-in line, allow it."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        found = _with_ids_of(wanted, found) if path.rpartition("/")[2] in _MAPS else found
        is_open = DOTS in wanted
        out: list[str] = []
        for name in wanted:
            if wanted[name] is None and name not in found:
                continue
            if name != DOTS and not (name in FILLED and wanted[name] is False):
                out += [f"{path}/{name}"] if name not in found else unequal(wanted[name], found[name], f"{path}/{name}")
        more = [] if is_open else [name for name in found if name not in wanted and name not in FILLED]
        return out + [f"{path}/{name} (more)" for name in more]
    if isinstance(wanted, list) and isinstance(found, list):
        return [] if sorted(map(_text, wanted)) == sorted(map(_text, found)) else [path]
    return [] if wanted == found else [path]


def unmet(wanted: list[Record], found: list[Record]) -> list[str]:
    """What is unequal in entries, whose order means nothing: each with the one that is most like it."""
    out = [] if len(wanted) == len(found) else [f"{len(found)} entries"]
    left = list(found)
    for entry in wanted:
        if left:
            best = min(left, key=lambda each: len(unequal(entry, each)))
            left = [each for each in left if each is not best]
            out += unequal(entry, best)
    return out


def _with_ids_of(wanted: Record, found: Record) -> Record:
    """Ids that are nobody's become those that are wanted, in order."""
    left = [name for name in wanted if name not in found and name != DOTS]
    renamed = {name: left.pop(0) if name not in wanted and left else name for name in found}
    return {renamed[name]: value for name, value in found.items()}


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def lines(data: bytes, but: tuple[str, ...] = LINES_FILLED) -> list[str]:
    """Each line with the components around it, in one order; VTIMEZONE, which must be there, is not compared."""
    return [line for calendar in calendars(data) for line in sorted(_lines(calendar, "", but))]


def _lines(component: Component, path: str, but: tuple[str, ...]) -> Iterator[str]:
    path = f"{path}{component.name}/"
    for item in component.items:
        if isinstance(item, Component) and item.name == "VTIMEZONE":
            continue
        if isinstance(item, Component):
            yield from _lines(item, path, but)
        elif item.name and (item.name not in but or path.count("/") > 2):
            yield path + _line(item)


def _line(line: Line) -> str:
    params = sorted(f"{name}={','.join(values)}" for name, values in line.params)
    value = ";".join(sorted(line.value.split(";"))) if line.name == "RRULE" else line.value
    return ";".join([line.name, *params]) + f":{value}"
