"""Whether a Card is valid (RFC 9553 1.7, RFC 9982), and the whole card that is meant by what clients send."""

import re
from typing import Any
from uuid import uuid4

from jmapd.formats.jscontact.checks import CHECKS, SCHEMA
from jmapd.formats.jscontact.localizations import check_localizations, in_place
from jmapd.formats.jscontact.schema import VERSIONS
from jmapd.formats.object_types.checks import Found, Problem
from jmapd.formats.object_types.kept import Keeps
from jmapd.wire import Record
from jmapd.wire.dates import parse_date, utc_date

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
    CHECKS.object("Card", record, None, found)
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
    card = dict(record) if strict else _KEEPS.object("Card")(record, old)
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


def _date(value: Any, old: Any) -> Any:
    """RFC 9553 2.8.1; only a Timestamp has a "utc"."""
    if not isinstance(value, dict):
        return value
    if "utc" in value:
        return _KEEPS.object("Timestamp")({"@type": "Timestamp", **value}, old)
    return _KEEPS.object("PartialDate")(value, old)


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


_KEEPS = Keeps(
    SCHEMA,
    {"PartialDate|Timestamp": _date, "UTCDateTime": _moment},
    typed=("Card", "Timestamp"),
    may_be_empty=("relation",),
    after={"OnlineService": _user_name},
)
