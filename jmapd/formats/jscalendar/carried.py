"""What clients do not see and so cannot send: kept beside what they change, dropped where it would contradict that."""

from collections.abc import Iterator, Sequence
from typing import Any

from jmapd.wire import Record

_ICALENDAR = "iCalendar"
_WITH_COMPONENTS = ("alerts", "locations", "participants")
_COPIES = {  # texts that programs keep a second time, in a form of their own
    "description": ("x-alt-desc",),
    "locations": ("x-apple-structured-location",),
}
_COMPLETED = "completed"


def carried(old: Record, new: Record) -> Record:
    """The new object with what belongs to the parts of the old one that are still there; neither is changed."""
    out = dict(new)
    for head in _WITH_COMPONENTS:
        was, now = old.get(head), out.get(head)
        if isinstance(was, dict) and isinstance(now, dict) and was is not now:
            out[head] = {identity: _with_kept(was.get(identity), each) for identity, each in now.items()}
    kept = out.get(_ICALENDAR)
    changed = [name for name in ("title", "description", "locations") if old and old.get(name) != out.get(name)]
    is_done = out.get("progress") == _COMPLETED and old.get("progress") != _COMPLETED
    is_undone = old.get("progress") == _COMPLETED and out.get("progress") != _COMPLETED
    if (isinstance(kept, dict) and changed) or is_done or is_undone:
        names = {name for head in changed for name in _COPIES.get(head, ())}
        if "locations" in changed and not old.get("locations"):  # its LOCATION has no text
            names.add("location")
        out[_ICALENDAR] = _without_copies(kept if isinstance(kept, dict) else {}, changed, names)
        if is_done or is_undone:
            _complete(out, is_done)
        if not out[_ICALENDAR].keys() - {"@type", "name"}:
            del out[_ICALENDAR]
    return out


def _with_kept(old: Any, new: Any) -> Any:
    is_kept = isinstance(old, dict) and isinstance(new, dict) and _ICALENDAR in old and _ICALENDAR not in new
    return new | {_ICALENDAR: old[_ICALENDAR]} if is_kept else new


def with_own(old: Record, new: Record, patch: Record) -> Record:
    """The override that a patch asks for, with what the old one itself kept of iCalendar where the patch says nothing
    of it: clients do not see that, and what the event keeps would be in its place.
    """
    told = {pointer.rpartition(_ICALENDAR)[0] for pointer in _icalendar_pointers(patch)}
    out = new if "" in told else _as_in(old, new)
    for head in _WITH_COMPONENTS:
        was, now = old.get(head), out.get(head)
        if isinstance(was, dict) and isinstance(now, dict):
            kept = {id: each if f"{head}/{id}/" in told else _as_in(was.get(id), each) for id, each in now.items()}
            out = out | {head: kept}
    return out


def _icalendar_pointers(patch: Record) -> Iterator[str]:
    """Where a patch says what iCalendar is: "iCalendar", "alerts/1/iCalendar"."""
    for pointer, value in patch.items():
        head, *rest = pointer.split("/")
        depth = 2 if head in _WITH_COMPONENTS else 0
        if [head, *rest][depth : depth + 1] == [_ICALENDAR]:
            yield "/".join([head, *rest][: depth + 1])
        elif depth and len(rest) < depth:
            parts = {rest[0]: value} if rest else value
            for id, part in parts.items() if isinstance(parts, dict) else ():
                if isinstance(part, dict) and _ICALENDAR in part:
                    yield f"{head}/{id}/{_ICALENDAR}"


def _as_in(old: Any, new: Any) -> Any:
    if not isinstance(old, dict) or not isinstance(new, dict) or old.get(_ICALENDAR) == new.get(_ICALENDAR):
        return new
    rest = {name: value for name, value in new.items() if name != _ICALENDAR}
    return rest | ({_ICALENDAR: old[_ICALENDAR]} if _ICALENDAR in old else {})


def _without_copies(kept: Record, changed: Sequence[str], names: set[str]) -> Record:
    """Without the second forms of texts that are now others: ALTREP, and properties of their own."""
    out = dict(kept)
    properties = out.pop("properties", None)
    if isinstance(properties, list) and (left := [each for each in properties if _name(each) not in names]):
        out["properties"] = left
    if isinstance(told := kept.get("convertedProperties"), dict):
        heads = tuple(changed)
        entries = {path: _without_altrep(each) if path.startswith(heads) else each for path, each in told.items()}
        out["convertedProperties"] = entries
    return out


def _name(value: Any) -> str:
    """The name of a property in jCal."""
    return value[0] if isinstance(value, list) and value and isinstance(value[0], str) else ""


def _without_altrep(told: Any) -> Any:
    params = told.get("parameters") if isinstance(told, dict) else None
    if not isinstance(params, dict) or "altrep" not in params:
        return told
    return told | {"parameters": {name: each for name, each in params.items() if name != "altrep"}}


def _complete(task: Record, is_done: bool) -> None:
    """COMPLETED (RFC 5545 3.8.2.1), which JSCalendar 2.0 has not, in step with the progress.

    What is all done, other programs show as done: what is not done any more loses its 100 per cent, too.
    """
    kept = task[_ICALENDAR]
    found = kept.get("properties")
    properties = list(found) if isinstance(found, list) else []
    told = [each for each in properties if _name(each) == _COMPLETED]
    if not is_done:
        properties = [each for each in properties if each not in told]
        if task.get("percentComplete") == 100:
            del task["percentComplete"]
    elif not told and isinstance(moment := task.get("updated"), str):
        properties.append([_COMPLETED, {}, "date-time", moment])
    kept = {name: each for name, each in kept.items() if name != "properties"}
    task[_ICALENDAR] = {"name": "vtodo"} | kept | ({"properties": properties} if properties else {})
