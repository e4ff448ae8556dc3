"""Types of which an account has many records, and what the index keeps of each in columns: /query reads none."""

import hashlib
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from jmapd.index import calendar_event, contact_card, spans
from jmapd.index.search_terms import fold
from jmapd.index.spans import NO_WINDOW, Window, zones_version
from jmapd.wire import Record

APART = "\0"  # after each text: no word or phrase goes over it

MAX_TEXT = 1 << 20  # characters of a record that a search in one column looks through
NO_NUMBER = -(1 << 63)  # in a column of numbers: the record has none


class Facts(NamedTuple):
    """What can be asked of a record, in the order of its type's declaration."""

    texts: Iterable[Collection[str]] = ()  # as they are
    numbers: Iterable[int | None] = ()
    sorts: Iterable[str] = ()  # as they are compared; "" before all others
    keys: Iterable[tuple[str, str]] = ()  # (name, value): exact
    spans: bytes = b""  # when it takes place (spans.py)


class Prepared(NamedTuple):
    """Facts in the form in which they are stored."""

    texts: list[bytes]  # of a column all texts in one, folded, APART after each
    numbers: list[int]
    sorts: list[bytes]
    keys: frozenset[int]
    spans: bytes


NOTHING = Prepared([], [], [], frozenset(), b"")


def prepared(facts: Facts) -> Prepared:
    return Prepared(
        [_joined(texts).encode("utf-8", "replace") if texts else b"" for texts in facts.texts],
        [NO_NUMBER if number is None else number for number in facts.numbers],
        [text.encode("utf-8", "replace") for text in facts.sorts],
        frozenset(key_hash(name, value) for name, value in facts.keys),
        facts.spans,
    )


def _joined(texts: Collection[str]) -> str:
    plain = APART.join(texts)
    if plain.isascii() and len(plain) < MAX_TEXT and plain.count(APART) == len(texts) - 1:
        return plain.lower() + APART  # what is below comes to the same, slower
    out, room = [], MAX_TEXT
    for text in texts:
        if text and room > 0:
            out.append(fold(text[:room]).replace(APART, " ") + APART)
            room -= len(text)
    return "".join(out)


def key_hash(name: str, value: str) -> int:
    """64 bits, for columns of keys."""
    text = f"{name}{APART}{value}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


@dataclass(frozen=True)
class LargeType:
    """One such type. A record is a head and, for some types, a body that is read and written apart from it."""

    body: str | None = None  # the key of the body
    visible: tuple[str, ...] = ()  # keys of the head whose change clients see; the others change silently
    texts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    facts: Callable[[Record, Window], Facts] | None = None  # of whatever JSON; never raises
    has_spans: bool = False  # its numbers have those of spans.NUMBERS
    version: int = 1  # of `facts` and the columns: one more with each change of them

    @property
    def rules(self) -> str:
        """By which columns are made; those made by others are not used. Folding depends on Unicode's version."""
        zones = f" {zones_version()}" if self.has_spans else ""
        return f"{self.version} {unicodedata.unidata_version}{zones}" if self.facts else ""

    def prepared(self, record: Record, window: Window = NO_WINDOW) -> Prepared:
        """`window`: that of the snapshot, for types with spans."""
        return prepared(self.facts(record, window)) if self.facts else NOTHING


def _contact_card(record: Record, window: Window) -> Facts:
    card = record.get("card") or {}
    return Facts(
        contact_card.texts(card), contact_card.numbers(card), contact_card.sorts(card), contact_card.keys(record)
    )


def _calendar_event(names: tuple[str, ...], record: Record, window: Window) -> Facts:
    """Of an Event or a Task."""
    object = record.get("object") or {}
    extent = spans.extent(object, window)
    return Facts(
        calendar_event.texts(object),
        calendar_event.numbers(names, object, extent),
        calendar_event.sorts(object),
        calendar_event.keys(record, extent),
        extent.spans,
    )


LARGE = {
    "ContactCard": LargeType(
        body="card",
        visible=("books",),
        texts=contact_card.TEXTS,
        numbers=contact_card.NUMBERS,
        sorts=contact_card.SORTS,
        facts=_contact_card,
    ),
    "CalendarEvent": LargeType(
        body="object",
        visible=("books",),
        texts=calendar_event.TEXTS,
        numbers=calendar_event.EVENT_NUMBERS,
        sorts=calendar_event.SORTS,
        facts=partial(_calendar_event, calendar_event.EVENT_NUMBERS),
        has_spans=True,
    ),
    "Task": LargeType(
        body="object",
        visible=("books",),
        texts=calendar_event.TEXTS,
        numbers=calendar_event.TASK_NUMBERS,
        sorts=calendar_event.SORTS,
        facts=partial(_calendar_event, calendar_event.TASK_NUMBERS),
        has_spans=True,
    ),
    "_vcf": LargeType(),
    "_ics": LargeType(),
}
