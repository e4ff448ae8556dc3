"""What stands between BEGIN and END in a file (RFC 6350 3.3, RFC 5545 3.4) and the text around it: cards, calendars."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from jmapd.formats.content_lines import encoded


class Framed(Protocol):
    """A card or a calendar."""

    before: str  # what is in the file between the one before, or its start, and BEGIN
    after: str  # only the last of a file has something here
    newline: str
    encoding: str

    def text(self) -> str:
        """As it stands in the file, without what surrounds it."""
        ...


F = TypeVar("F", bound=Framed)
T = TypeVar("T")


def to_bytes(found: Sequence[Framed]) -> bytes:
    """The file of these, in the encoding of the first."""
    pieces: list[str] = []
    newline = ""
    for each in found:
        if pieces and not pieces[-1].endswith(newline[-1]):
            pieces.append(newline)
        pieces.append(f"{each.before}{each.text()}{each.after}")
        newline = each.newline
    return encoded("".join(pieces), found[0].encoding) if found else b""


def without(found: Sequence[F], gone: F) -> list[F]:
    """What a file holds but for one; text around it that is nothing of the kind stays with a neighbour."""
    place = next(n for n, each in enumerate(found) if each is gone)
    rest = [each for each in found if each is not gone]
    if place < len(rest):
        rest[place].before = (gone.before if gone.before.strip() else "") + rest[place].before
    elif rest and (gone.before + gone.after).strip():
        rest[-1].after += gone.before + gone.after
    return rest


def replaced(items: Sequence[T], changes: Iterable[tuple[Sequence[T], Sequence[T]]], whole: str) -> list[T]:
    """New items in the places of old ones; what is more comes after the last of them, else at the end.

    In linear time. Raises ValueError when one to replace is not in the `whole`, as "card".
    """
    there = set(map(id, items))
    places: dict[int, list[T]] = {}
    added: list[T] = []
    for old, new in changes:
        if any(id(each) not in there for each in old):
            raise ValueError(f"what is to be replaced is not in the {whole}")
        for each, item in zip(old, new, strict=False):
            places[id(each)] = [item]
        for each in old[len(new) :]:
            places[id(each)] = []
        (places[id(old[-1])] if old else added).extend(new[len(old) :])
    return [item for each in items for item in places.get(id(each), (each,))] + added
