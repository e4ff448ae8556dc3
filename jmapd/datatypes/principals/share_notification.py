"""ShareNotification (RFC 9670 3)."""

from jmapd.datatypes.principals.principals_capability import PRINCIPALS
from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Filter, Property, Sort
from jmapd.stores.principals import NOTIFICATION
from jmapd.wire import Record
from jmapd.wire.dates import microseconds


def _created(record: Record) -> int:
    return microseconds(record["created"])


def _is_after(context: Context, record: Record, value: str | None) -> bool:
    return value is None or _created(record) >= microseconds(value)


def _is_before(context: Context, record: Record, value: str | None) -> bool:
    return value is None or _created(record) < microseconds(value)


def _made(type: str) -> Property:
    return Property(type, server_set=True, immutable=True)


SHARE_NOTIFICATION = DataType(
    NOTIFICATION,
    PRINCIPALS,
    store=NOTIFICATION,
    methods=("get", "changes", "set", "query", "queryChanges"),
    rfc="RFC 9670 3",
    sections={
        "get": "RFC 9670 3.1",
        "changes": "RFC 9670 3.2",
        "set": "RFC 9670 3.3",
        "query": "RFC 9670 3.4",
        "queryChanges": "RFC 9670 3.5",
    },
    properties={
        "id": _made("Id"),
        "created": _made("UTCDate"),
        "changedBy": _made("Entity"),
        "objectType": _made("String"),
        "objectAccountId": _made("Id"),
        "objectId": _made("Id"),
        "oldRights": _made("String[Boolean]|null"),
        "newRights": _made("String[Boolean]|null"),
        "name": _made("String"),
    },
    filters={
        "after": Filter("UTCDate|null", match=_is_after, reads=("created",)),
        "before": Filter("UTCDate|null", match=_is_before, reads=("created",)),
        "objectType": Filter(
            "String", match=lambda context, record, value: record["objectType"] == value, reads=("objectType",)
        ),
        "objectAccountId": Filter(
            "Id", match=lambda context, record, value: record["objectAccountId"] == value, reads=("objectAccountId",)
        ),
    },
    sorts={"created": Sort(key=lambda context, record, arguments: record["at"], reads=("created",))},
    refuses={
        "create": "only the server makes a ShareNotification",
        "update": "a ShareNotification can only be destroyed",
    },
)
