"""Whether a Card is valid (RFC 9553 1.7, RFC 9982), and the whole card that is meant by what clients send."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import uuid4

from jmapd.formats.jscontact.checks import Found, Problem, check_object
from jmapd.formats.jscontact.localizations import check_localizations, in_place
from jmapd.formats.jscontact.schema import TYPES, VERSIONS, Row
from jmapd.wire import Record
from jmapd.wire.dates import parse_date, utc_date

Keep = Callable[[Any, Any], Any]  # a value and what it was before: the value that is kept
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")  # RFC 9610 5; line ends and tab stay
_FRACTION = re.compile(r"\.(\d+)")
_SCHEME = re.compile("[A-Za-z][A-Za-z0-9+.-]*:").match


def new_uid() -> str:
    """RFC 9553 2.1.9."""
    return f"urn:uuid:{uuid4()}"


def problems(record: Record, old: Record | None = None, strict: bool = False) -> list[Problem]:
    """Where the card is wrong (a JSON Pointer without its first "/") and why.

    `old`: what the card was before; the faults that it had then, as cards of files may, are not the change's.
    """
    found = Found(strict)
    check_object("Card", record, None, found)
    check_localizations(record, found)
    if old is None:
        return found.problems
    if found.problems:
        before = set(problems(old, strict=strict))
        found.problems = [each for each in found.problems if each not in before]
    if old.get("uid") != record.get("uid"):
        # the id is made of it, and members and relations of other cards find the card by it (RFC 9610 3)
        found.add((None, "uid"), "cannot be changed")
    return found.problems


def normalised(record: Record, old: Record | None = None, strict: bool = False) -> Record:
    """The whole card that a client means: what must be there filled in; nulls, what is empty and "@type" where it is
    implied left out; dates and texts as RFC 9553 has them.

    `old`: what the card was before; what did not change since stays as it is. `strict`: is only filled in.
    """
    card = dict(record) if strict else _object("Card")(record, old)
    card = {"@type": "Card", "version": VERSIONS[0], **card}
    if "uid" not in card and not (strict and card["version"] == "1.0"):
        # RFC 9982 3 asks for none, but JMAP does (RFC 9610 3); 1.0 is not valid without, which clients do not heed
        card["uid"] = new_uid()
    if not strict and old and _has_same_localizations(card, old):
        # a client that knows nothing of localizations changes what they are about
        card["localizations"] = in_place(card, old)
        if not card["localizations"]:
            del card["localizations"]
    return card


def _has_same_localizations(card: Record, old: Record) -> bool:
    return isinstance(card.get("localizations"), dict) and card["localizations"] == old.get("localizations")


@cache
def _object(name: str) -> Keep:
    keeps = {member: (_keep(row), row.is_mandatory or member == "relation") for member, row in TYPES[name].items()}

    def keep(value: Any, old: Any) -> Any:
        if not isinstance(value, dict):
            return value
        was = old if isinstance(old, dict) else {}
        out: Record = {}
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
        if out.get("@type") == name and name not in ("Card", "Timestamp"):
            del out["@type"]  # RFC 9553 1.3.4: implied by where the object stands
        return _user_name(out) if name == "OnlineService" else out

    return keep


def _keep(row: Row) -> Keep:
    if row.type == "PartialDate|Timestamp":
        return _date
    if row.type.endswith("[]"):
        return _list_of(_plain(row.type[:-2]))
    if row.type == "String[Boolean]":
        return _words if row.form == "text" else _set
    if row.type.endswith("]"):
        return _map_of(_plain(row.type[:-1].partition("[")[2]))
    return _plain(row.type)


def _plain(name: str) -> Keep:
    if name in TYPES:
        return _object(name)
    return {"String": _text, "UTCDateTime": _moment}.get(name, _as_it_is)


def _as_it_is(value: Any, old: Any) -> Any:
    return value


def _list_of(keep: Keep) -> Keep:
    def keep_list(value: Any, old: Any) -> Any:
        if not isinstance(value, list):
            return value
        before = old if isinstance(old, list) and len(old) == len(value) else [None] * len(value)
        return [each if each == was else keep(each, was) for each, was in zip(value, before, strict=True)]

    return keep_list


def _map_of(keep: Keep) -> Keep:
    def keep_map(value: Any, old: Any) -> Any:
        if not isinstance(value, dict):
            return value
        before = old if isinstance(old, dict) else {}
        return {
            key: inner if inner == before.get(key) else keep(inner, before.get(key))
            for key, inner in value.items()
            if inner is not None
        }

    return keep_map


def _set(value: Any, old: Any) -> Any:
    """Clients set a member to false to take it away."""
    return (
        {key: inner for key, inner in value.items() if inner not in (False, None)} if isinstance(value, dict) else value
    )


def _words(value: Any, old: Any) -> Any:
    """Keywords: in a vCard they are a list, in which spaces beside a comma have no meaning."""
    kept = _set(value, old)
    return {key.strip(): inner for key, inner in kept.items()} if isinstance(kept, dict) else kept


def _date(value: Any, old: Any) -> Any:
    """RFC 9553 2.8.1; only a Timestamp has a "utc"."""
    if not isinstance(value, dict):
        return value
    if "utc" in value:
        return _object("Timestamp")({"@type": "Timestamp", **value}, old)
    return _object("PartialDate")(value, old)


def _text(value: Any, old: Any) -> Any:
    """RFC 9610 5: without control characters; the end of a line is the one that a vCard knows."""
    if not isinstance(value, str) or value.isascii() and value.isprintable():
        return value
    return _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))


def _moment(value: Any, old: Any) -> Any:
    """RFC 9553 1.4.5: in UTC, and a fraction without zeros at its end; JavaScript writes them."""
    try:
        seconds, _ = parse_date(value.upper())
    except (AttributeError, ValueError):
        return value
    fraction = _FRACTION.search(value)
    digits = fraction[1].rstrip("0") if fraction else ""
    return utc_date(seconds)[:-1] + (f".{digits}Z" if digits else "Z")


def _user_name(value: Record) -> Record:
    """RFC 9553 2.3.2: what is no URI, as "@alice", is the user's name."""
    uri = value.get("uri")
    if not isinstance(uri, str) or "user" in value or not uri.strip() or _SCHEME(uri):
        return value
    return {"user" if name == "uri" else name: inner for name, inner in value.items()}
