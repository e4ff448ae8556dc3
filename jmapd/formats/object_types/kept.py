"""The whole object that a client means: nulls, what is empty and "@type" where it is implied left out; what did not
change since stays as it is. Linear in the object's size.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from jmapd.formats.object_types.schema import Row, Schema

Keep = Callable[[Any, Any], Any]  # a value and what it was before: the value that is kept
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")  # RFC 9610 5; line ends and tab stay


class Keeps:
    """What is kept of each object type of a schema."""

    def __init__(
        self,
        schema: Schema,
        plain: Mapping[str, Keep],
        typed: tuple[str, ...],
        may_be_empty: tuple[str, ...] = (),
        after: Mapping[str, Callable[[dict[str, Any]], dict[str, Any] | None]] | None = None,
    ) -> None:
        """`plain`: of data types that are no objects; `typed`: the types that keep their "@type"; `after`: what a type
        becomes at last, None where it says nothing.
        """
        self.schema = schema
        self._plain = {"String": text, **plain}
        self._typed = typed
        self._may_be_empty = may_be_empty
        self._after = after or {}
        self.object = cache(self._object)
        self.row = cache(self._row)

    def _object(self, name: str) -> Keep:
        rows = self.schema.types[name]
        keeps = {
            member: (self.row(row), row.is_mandatory or member in self._may_be_empty) for member, row in rows.items()
        }
        after = self._after.get(name)

        def keep(value: Any, old: Any) -> Any:
            if not isinstance(value, dict):
                return value
            was = old if isinstance(old, dict) else {}
            out: dict[str, Any] = {}
            for member, inner in value.items():
                before = was.get(member)
                kept = inner
                if member in keeps and inner != before:
                    keep_inner, may_be_empty = keeps[member]
                    kept = keep_inner(inner, before)
                    if not may_be_empty and (kept == {} or kept == []):
                        continue
                if kept is not None:
                    out[member] = kept
            if out.get("@type") == name and name not in self._typed:
                del out["@type"]  # RFC 9553 1.3.4, jscalendarbis-15 1.4.4: implied by where the object stands
            return after(out) if after else out

        return keep

    def _row(self, row: Row) -> Keep:
        """What is kept of one property's values."""
        name = row.type
        if name in self._plain:
            return self._plain[name]
        if name.endswith("[]"):
            return _list_of(self.row(Row(name[:-2])))
        if name == "String[Boolean]":
            return _words if row.form == "text" else members
        if name.endswith("]"):
            return map_of(self.row(Row(name[:-1].partition("[")[2])))
        if "|" in name:
            return self._any_of(row)
        if name in self.schema.types:
            return lambda value, old: self.object(name)(value, old)
        return as_it_is

    def _any_of(self, row: Row) -> Keep:
        def keep(value: Any, old: Any) -> Any:
            name = self.schema.object_type(row, value)
            return self.object(name)(value, old) if name else value

        return keep


def as_it_is(value: Any, old: Any) -> Any:
    """The value."""
    return value


def _list_of(keep: Keep) -> Keep:
    def keep_list(value: Any, old: Any) -> Any:
        if not isinstance(value, list):
            return value
        before = old if isinstance(old, list) and len(old) == len(value) else [None] * len(value)
        return [each if each == was else keep(each, was) for each, was in zip(value, before, strict=True)]

    return keep_list


def map_of(keep: Keep) -> Keep:
    """Each member as `keep` has it, without those that are null."""

    def keep_map(value: Any, old: Any) -> Any:
        if not isinstance(value, dict):
            return value
        before = old if isinstance(old, dict) else {}
        kept = {
            key: inner if inner == before.get(key) else keep(inner, before.get(key)) for key, inner in value.items()
        }
        return {key: inner for key, inner in kept.items() if inner is not None}

    return keep_map


def members(value: Any, old: Any) -> Any:
    """A set: clients set a member to false to take it away."""
    return (
        {key: inner for key, inner in value.items() if inner not in (False, None)} if isinstance(value, dict) else value
    )


def _words(value: Any, old: Any) -> Any:
    """Keywords: in a file they are a list, in which spaces beside a comma have no meaning."""
    kept = members(value, old)
    return {key.strip(): inner for key, inner in kept.items()} if isinstance(kept, dict) else kept


def text(value: Any, old: Any) -> Any:
    """RFC 9610 5: without control characters; the end of a line is the one that a file knows."""
    if not isinstance(value, str) or value.isascii() and value.isprintable():
        return value
    return _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
