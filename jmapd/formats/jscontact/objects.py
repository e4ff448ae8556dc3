"""One vCard line and the JSContact object it becomes, both ways, by its row of the table."""

import re
import zlib
from collections.abc import Container
from typing import Any

from jmapd.formats.content_lines import Params
from jmapd.formats.jscontact.prop import Property, Spec, leftover, params_of
from jmapd.formats.jscontact.table import Row
from jmapd.wire import Record

_ID = re.compile(r"[A-Za-z0-9_-]{1,255}").fullmatch
_X_PROFILE = "X-SOCIALPROFILE"
OLD = ("2.1", "3.0")


class Entry:
    """One object on its way into a map of the Card."""

    __slots__ = ("lines", "patches", "path", "prop", "record", "row")

    def __init__(self, row: Row, prop: Property, record: Record) -> None:
        self.row = row
        self.prop = prop
        self.record = record
        self.path: tuple[str, ...] = ()
        self.lines = [prop.line]
        self.patches: list[tuple[str, str, Any]] = []  # language, member, value


def object_of(row: Row, prop: Property) -> Record | None:
    """The object but for vCardParams, label and what other lines add; None when the value has no JSContact form."""
    record = row.codec.read(prop)
    if record is None:
        return None
    if row.fixed:
        record = {**row.fixed, **record}
    if prop.types:
        _read_types(row, prop, record)
    if prop.params:
        _read_params(row, prop, record)
    return record


def _read_types(row: Row, prop: Property, record: Record) -> None:
    kept: list[str] = []
    for token in prop.types:
        name = token.strip().lower()
        if name in row.tokens:
            member, key = row.tokens[name]
            record.setdefault(member, {})[key] = True
        elif name == "pref" and row.has_pref and "PREF" not in prop.params and "pref" not in record:
            record["pref"] = 1  # vCard 2.1 and 3.0
        else:
            kept.append(token)
    if row.vcard == _X_PROFILE and kept:
        record["service"] = kept.pop(0)
    prop.types = kept


def _read_params(row: Row, prop: Property, record: Record) -> None:
    params = prop.params
    if row.has_pref and "PREF" in params:
        pref = prop.first("PREF")
        if pref.isdecimal() and pref.isascii() and len(pref) < 4 and 1 <= int(pref) <= 100:
            record["pref"] = int(pref)
            del params["PREF"]
    for param in row.params:
        name = param.name if param.name in params else param.legacy
        if name in params:
            value = param.read(",".join(params[name]))
            if value is not None and value != "":
                outer, _, inner = param.member.partition("/")
                if inner:
                    record.setdefault(outer, {})[inner] = value
                else:
                    record[outer] = value
                del params[name]


def add_leftover(prop: Property, record: Record) -> None:
    """RFC 9555 2.15.2."""
    if (prop.params or prop.types) and (kept := leftover(prop)):
        record["vCardParams"] = kept


def identifier(prop: Property, path: str, taken: Container[str], numbers: dict[tuple[str, str], int]) -> str:
    """RFC 9555 2.3.18: PROP-ID, else one made of the line alone, so that it does not hang on other lines."""
    found = prop.first("PROP-ID")
    if not _ID(found):
        head = f"{prop.name}{prop.line.params or ''}:".encode("utf-8", "surrogatepass")
        found = f"k{zlib.crc32(prop.value.encode('utf-8', 'surrogatepass'), zlib.crc32(head)):08x}"
    if found not in taken:
        return found
    found = found[:240]
    number = numbers.get((path, found), 2)
    while f"{found}-{number}" in taken:
        number += 1
    numbers[path, found] = number + 1
    return f"{found}-{number}"


def spec_of(row: Row, identity: str, record: Record, version: str) -> Spec | None:
    """The line of an object; None when the row cannot say its value."""
    written = row.codec.write(record, version)
    if written is None:
        return None
    kept, group = params_of(record.get("vCardParams"))
    params: Params = list(written.params)
    params += _written_params(row, record, version, {name for name, _ in params})
    params += _written_types(row, record, version, kept, params)
    there = {name for name, _ in params}
    params += [(name, values) for name, values in kept if name not in there]
    if identity:
        params.append(("PROP-ID", [identity]))
    return Spec(row.vcard, written.value, params, group)


def _written_params(row: Row, record: Record, version: str, there: set[str]) -> Params:
    params: Params = []
    pref = record.get("pref")
    is_type = version in OLD and pref == 1
    if row.has_pref and isinstance(pref, int) and not isinstance(pref, bool) and not is_type:
        params.append(("PREF", [str(pref)]))
    for param in row.params:
        outer, _, inner = param.member.partition("/")
        value = record.get(outer)
        if inner:
            value = value.get(inner) if isinstance(value, dict) else None
        text = param.write(value)
        name = param.legacy if param.legacy and version in OLD else param.name
        if text and name not in there and not (param.member == "mediaType" and ("ENCODING" in there)):
            params.append((name, [text]))
    return params


def _written_types(row: Row, record: Record, version: str, kept: Params, params: Params) -> Params:
    tokens: list[str] = []
    if row.vcard == _X_PROFILE and isinstance(record.get("service"), str):
        tokens.append(record["service"])
    seen: set[tuple[str, str]] = set()
    for token, (member, key) in row.tokens.items():
        chosen = record.get(member)
        if isinstance(chosen, dict) and chosen.get(key) is True and (member, key) not in seen:
            if token == "main-number" and version in OLD:
                token = "main"
            seen.add((member, key))
            tokens.append(token)
    if row.has_pref and version in OLD and record.get("pref") == 1:
        tokens.append("pref")
    tokens += [value for name, values in kept if name == "TYPE" for value in values]
    written = [values for name, values in params if name == "TYPE"]
    for values in written:  # of a media type (vCard 3.0)
        values += tokens
    return [] if written or not tokens else [("TYPE", tokens)]
