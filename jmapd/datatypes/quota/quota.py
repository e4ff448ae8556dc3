"""Quota (RFC 9425 4): the table. The store makes the records; nothing can be set."""

from typing import Any

from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Filter, Hooks, Property, Sort
from jmapd.wire import Record
from jmapd.wire.delta import Delta

MAIL = "urn:ietf:params:jmap:mail"


def _extra_changes(context: Context, delta: Delta) -> dict[str, Any]:
    """updatedProperties (4.3): ["used"], when nothing else has changed."""
    return {"updatedProperties": delta.updated_properties}


def _is_seen(context: Context) -> bool:
    """RFC 9425 4.1: no Quota without a type that the client knows; all of ours are of Emails."""
    return MAIL in context.using


def _name(context: Context, record: Record, value: str) -> bool:
    return value.casefold() in record["name"].casefold()


QUOTA = DataType(
    "Quota",
    "urn:ietf:params:jmap:quota",
    store="Quota",
    methods=("get", "changes", "query", "queryChanges"),
    rfc="RFC 9425 4",
    sections={
        "get": "RFC 9425 4.2",
        "changes": "RFC 9425 4.3",
        "query": "RFC 9425 4.4",
        "queryChanges": "RFC 9425 4.5",
    },
    properties={
        "id": Property("Id", server_set=True, immutable=True),
        "resourceType": Property("String", server_set=True),
        "used": Property("UnsignedInt", server_set=True),
        "hardLimit": Property("UnsignedInt", server_set=True),
        "scope": Property("String", server_set=True),
        "name": Property("String", server_set=True),
        "types": Property("String[]", server_set=True),
        "warnLimit": Property("UnsignedInt|null", server_set=True),
        "softLimit": Property("UnsignedInt|null", server_set=True),
        "description": Property("String|null", server_set=True),
    },
    filters={
        "name": Filter("String", match=_name, reads=("name",)),
        "scope": Filter("String", match=lambda context, record, value: value == record["scope"], reads=("scope",)),
        "resourceType": Filter(
            "String", match=lambda context, record, value: value == record["resourceType"], reads=("resourceType",)
        ),
        "type": Filter("String", match=lambda context, record, value: value in record["types"], reads=("types",)),
    },
    sorts={
        "name": Sort(key=lambda context, record, arguments: record["name"], reads=("name",), collated=True),
        "used": Sort(key=lambda context, record, arguments: record["used"], reads=("used",)),
    },
    hooks=Hooks(extra_changes=_extra_changes),
    seen_by=_is_seen,
)
