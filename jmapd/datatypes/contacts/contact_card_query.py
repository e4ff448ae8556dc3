"""ContactCard/query (RFC 9610 3.3): filters and sorts, all looked up in the index; no card is read."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

from pyroaring import BitMap

from jmapd.formats.jscontact.texts import sort_keys
from jmapd.methods.context import Context
from jmapd.methods.spec import Array, Filter, Sort
from jmapd.wire import Arguments, Record

# filter -> the properties it looks into (3.3.1)
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "text": ("name",),
    "name": ("name",),
    "name/given": ("name",),
    "name/surname": ("name",),
    "name/surname2": ("name",),
    "nickname": ("nicknames",),
    "organization": ("organizations",),
    "email": ("emails",),
    "phone": ("phones",),
    "onlineService": ("onlineServices",),
    "address": ("addresses",),
    "note": ("notes",),
}
# filter -> (what the index calls it, signature, property)
_KEYS: Mapping[str, tuple[str, str, str]] = {
    "inAddressBook": ("book", "Id", "addressBookIds"),
    "uid": ("uid", "String", "uid"),
    "hasMember": ("member", "String", "members"),
    "kind": ("kind", "String", "kind"),
}
_NAMES = ("name/given", "name/surname", "name/surname2")

Rows = Callable[[Context, Any], BitMap]


class Cards(Protocol):
    """What the store finds without reading a card. Row numbers are those of its table()."""

    def with_text(self, name: str, text: str) -> BitMap: ...
    def with_key(self, name: str, value: str) -> BitMap: ...
    def between(self, name: str, after: str | None, before: str | None) -> BitMap:
        """after <= x < before."""

    def sort_column(self, name: str, rows: Array) -> Array:
        """Numbers that order as the property does; null before everything else."""


def _cards(context: Context) -> Cards:
    return cast(Cards, context.store("ContactCard"))


def _with_text(name: str) -> Rows:
    return lambda context, value: _cards(context).with_text(name, value)


def _with_key(name: str) -> Rows:
    return lambda context, value: _cards(context).with_key(name, value)


def _after(name: str) -> Rows:
    return lambda context, value: _cards(context).between(name, value, None)


def _before(name: str) -> Rows:
    return lambda context, value: _cards(context).between(name, None, value)


def _column(name: str) -> Callable[[Context, Array, Arguments], Array]:
    return lambda context, rows, arguments: _cards(context).sort_column(name, rows)


def _key(name: str) -> Callable[[Context, Record, Arguments], str | None]:
    """For collations other than the default."""
    return lambda context, record, arguments: sort_keys(record).get(name)


FILTERS: Mapping[str, Filter] = {
    **{name: Filter(type, rows=_with_key(key), reads=(reads,)) for name, (key, type, reads) in _KEYS.items()},
    **{f"{name}Before": Filter("UTCDate", rows=_before(name), reads=(name,)) for name in ("created", "updated")},
    **{f"{name}After": Filter("UTCDate", rows=_after(name), reads=(name,)) for name in ("created", "updated")},
    **{name: Filter("String", rows=_with_text(name), reads=reads) for name, reads in _TEXTS.items()},
}
SORTS: Mapping[str, Sort] = {
    **{name: Sort(keys=_column(name), reads=(name,)) for name in ("created", "updated")},
    **{name: Sort(_key(name), _column(name), reads=("name",), collated=True) for name in _NAMES},
}
