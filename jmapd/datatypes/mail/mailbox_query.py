"""Mailbox/query (RFC 8621 2.3): its filters, its sorts, and the tree."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from jmapd.methods.context import Context
from jmapd.methods.spec import Filter, Sort
from jmapd.wire import Arguments, Id, Record

ARGUMENTS: Mapping[str, tuple[str, Any]] = {"sortAsTree": ("Boolean", False), "filterAsTree": ("Boolean", False)}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _name(context: Context, record: Record, value: str) -> bool:
    return _plain(value) in _plain(record["name"])


def _parent(context: Context, record: Record, value: Id | None) -> bool:
    return bool(record["parentId"] == value)


def _role(context: Context, record: Record, value: str | None) -> bool:
    return bool(record["role"] == value)


def _has_any_role(context: Context, record: Record, value: bool) -> bool:
    return (record["role"] is not None) == value


def _is_subscribed(context: Context, record: Record, value: bool) -> bool:
    return bool(record["isSubscribed"] == value)


FILTERS = {
    "parentId": Filter("Id|null", match=_parent, reads=("parentId",)),
    "name": Filter("String", match=_name, reads=("name",)),
    "role": Filter("String|null", match=_role, reads=("role",)),
    "hasAnyRole": Filter("Boolean", match=_has_any_role, reads=("role",)),
    "isSubscribed": Filter("Boolean", match=_is_subscribed, reads=("isSubscribed",)),
}
SORTS = {
    "sortOrder": Sort(key=lambda context, record, arguments: record["sortOrder"], reads=("sortOrder",)),
    "name": Sort(key=lambda context, record, arguments: record["name"], reads=("name",), collated=True),
    "parentId": Sort(key=lambda context, record, arguments: record["parentId"], reads=("parentId",)),
}


def is_tree(arguments: Arguments) -> bool:
    """Whether the list as a whole has to be arranged."""
    return bool(arguments.get("sortAsTree") or arguments.get("filterAsTree"))


def with_ancestors(ids: Iterable[Id], parents: Mapping[Id, Id | None]) -> list[Id]:
    """filterAsTree: those whose ancestors are all among the ids, too. `parents` has every mailbox."""
    given = list(ids)
    kept: dict[Id, bool] = dict.fromkeys(parents, False)
    kept.update(dict.fromkeys(given, True))

    def is_kept(id: Id) -> bool:
        path: list[Id] = []
        at: Id | None = id
        while at is not None and at in parents and len(path) <= len(parents):
            path.append(at)
            at = parents[at]
        return all(kept[each] for each in path)

    return [id for id in given if is_kept(id)]


def as_tree(ids: Iterable[Id], order: Iterable[Id], parents: Mapping[Id, Id | None]) -> list[Id]:
    """sortAsTree: each mailbox before its descendants, siblings as in `order`, which has every mailbox.

    An ancestor that is not among the ids still decides where its descendants stand.
    """
    children: dict[Id | None, list[Id]] = {}
    for id in order:
        parent = parents[id]
        children.setdefault(parent if parent in parents else None, []).append(id)
    wanted, out = set(ids), []
    waiting = children.get(None, [])[::-1]
    while waiting:
        id = waiting.pop()
        if id in wanted:
            out.append(id)
        waiting += children.get(id, [])[::-1]
    return out
