"""What CalendarEventNotification (jmap-calendars-27 7) and TaskNotification (tasks-06 5) have in common.

notify.py makes them.
"""

from collections.abc import Callable, Mapping
from functools import partial

from jmapd.datatypes.jscalendar.shown import hides, without_hidden
from jmapd.formats.jscalendar.validate import PRIVATE_SHOWN
from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Filter, Hooks, Property, Sort
from jmapd.stores.event_notifications import About
from jmapd.wire import Arguments, Record, patch
from jmapd.wire.dates import microseconds

_TYPES = {"created": "UTCDate", "changedBy": "Person", "comment": "String|null", "type": "String"}


def _shape(about: About, context: Context, args: Arguments) -> Callable[[Record], Record]:
    """What the user may not see of the event he is not told here (5.1.3, 9.1, jscalendarbis-15 3.4.3)."""
    assert context.account is not None
    is_owner = context.account.owner == context.user

    def shaped(record: Record) -> Record:
        record = _with_seen_people(about, context, record)
        return record if is_owner else _for_others(about, record)

    return shaped


def _with_seen_people(about: About, context: Context, record: Record) -> Record:
    before, change = record[about.object], record.get(about.patch)
    after = before if change is None else patch.apply(before, change)[0]
    if not any(hides(context, each) for each in (before, after)):
        return record
    before, after = without_hidden(context, before), without_hidden(context, after)
    return record | {about.object: before} | ({} if change is None else {about.patch: patch.difference(before, after)})


def _for_others(about: About, record: Record) -> Record:
    parts = {name: record[name] for name in (about.object, about.patch) if name in record}
    if all(each.get("privacy", "public") == "public" for each in parts.values()):
        return record
    return record | {name: _masked(each) for name, each in parts.items()}


def _masked(event: Record) -> Record:
    out = {path: value for path, value in event.items() if _is_shown(path)}
    if isinstance(overrides := out.get("recurrenceOverrides"), dict):
        out["recurrenceOverrides"] = {
            id: {path: value for path, value in (each or {}).items() if _is_shown(path) or path == "excluded"}
            for id, each in overrides.items()
        }
    return out


def _is_shown(path: str) -> bool:
    head, _, rest = path.partition("/")
    inner = rest.partition("/")[2].partition("/")[0]  # of a path into an override
    return head in PRIVATE_SHOWN and (head != "recurrenceOverrides" or not inner or inner in PRIVATE_SHOWN)


def _created(record: Record) -> int:
    return microseconds(record["created"])


def _is_after(context: Context, record: Record, value: str | None) -> bool:
    return value is None or _created(record) >= microseconds(value)


def _is_before(context: Context, record: Record, value: str | None) -> bool:
    return value is None or _created(record) < microseconds(value)


def _is_of_type(context: Context, record: Record, value: str) -> bool:
    return bool(record["type"] == value)


def _is_of(about: About, context: Context, record: Record, value: list[str] | None) -> bool:
    return value is None or record[about.id] in value


def notifications(about: About, object_type: str, capability: str, rfc: str, sections: Mapping[str, str]) -> DataType:
    """The data type."""
    properties = {name: Property(type, server_set=True, immutable=True) for name, type in _TYPES.items()}
    more = {
        about.id: Property("Id", server_set=True, immutable=True),
        "isDraft": Property("Boolean", server_set=True, immutable=True, optional=True),
        about.object: Property(object_type, server_set=True, immutable=True),
        about.patch: Property("PatchObject", server_set=True, immutable=True, optional=True),
    }
    return DataType(
        about.type,
        capability,
        store=about.type,
        methods=("get", "changes", "set", "query", "queryChanges"),
        rfc=rfc,
        sections=sections,
        properties={"id": Property("Id", server_set=True, immutable=True), **properties, **more},
        filters={
            "after": Filter("UTCDate|null", match=_is_after, reads=("created",)),
            "before": Filter("UTCDate|null", match=_is_before, reads=("created",)),
            "type": Filter("String", match=_is_of_type, reads=("type",)),
            f"{about.id}s": Filter("Id[]|null", match=partial(_is_of, about), reads=(about.id,)),
        },
        sorts={"created": Sort(key=lambda context, record, arguments: record["at"], reads=("created",))},
        hooks=Hooks(shape_get=partial(_shape, about)),
        refuses={
            "create": f"only the server makes a {about.type}",
            "update": f"a {about.type} can only be destroyed",
        },
    )
