"""Cards to fill an index with."""

import hashlib
from typing import Any

from jmapd.index.account import AccountIndex

TYPE = "ContactCard"


def card_id(number: int) -> str:
    return "C" + hashlib.sha256(b"%d" % number).hexdigest()[:24]


def card(number: int, **more: Any) -> dict[str, Any]:
    """A JSContact Card."""
    components = [
        {"kind": "given", "value": f"Given{number % 3}"},
        {"kind": "surname", "value": f"Sürname{number % 4}"},
    ]
    return {
        "@type": "Card",
        "version": "1.0",
        "uid": f"urn:uuid:{number}",
        "name": {"components": components, "full": f"Given{number % 3} Sürname{number % 4}"},
        "emails": {"e1": {"address": f"n{number}@example.org"}},
        "updated": f"2024-01-01T00:00:{number % 60:02}Z",
    } | more


def record(number: int, books: tuple[str, ...] = ("b1",), stamp: int = 0, **more: Any) -> dict[str, Any]:
    """The index's record of it; `more`: of the card."""
    made = card(number, **more)
    files = [[book, f"{number}.vcf", 0, stamp] for book in books]
    return {"uid": made["uid"], "books": dict.fromkeys(books, True), "files": files, "card": made}


def head(number: int, books: tuple[str, ...] = ("b1",), stamp: int = 0) -> dict[str, Any]:
    """The record without the card."""
    whole = record(number, books, stamp)
    del whole["card"]
    return whole


def create(*numbers: int) -> list[list[Any]]:
    return [[TYPE, "c", card_id(number), record(number)] for number in numbers]


def commit(index: AccountIndex, *changes: Any) -> None:
    with index.lock():
        index.commit(list(changes))
