"""Short ways from vCard lines to a Card and back."""

import copy
from collections.abc import Callable
from typing import Any

from jmapd.formats.jscontact.from_vcard import Converted, from_vcard
from jmapd.formats.jscontact.to_vcard import patched, to_vcard
from jmapd.formats.vcard import Card, cards, to_bytes

FRAME = ("BEGIN:VCARD", "VERSION:", "END:VCARD")


def card(*lines: str, version: str = "4.0") -> Card:
    text = "\r\n".join(("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""))
    return cards(text.encode())[0]


def read(*lines: str, version: str = "4.0") -> dict[str, Any]:
    """The Card of these lines, without what every Card has."""
    record = from_vcard(card(*lines, version=version)).record
    return {name: value for name, value in record.items() if name not in ("@type", "version")}


def only(many: dict[str, Any]) -> Any:
    """The one object in a map."""
    [value] = many.values()
    return value


def unfolded(made: Card) -> list[str]:
    """The card's content lines as they are read, without its frame."""
    text = to_bytes([made]).decode().replace("\r\n ", "")
    return [line for line in text.split("\r\n") if line and not line.startswith(FRAME)]


def written(record: dict[str, Any], version: str = "4.0") -> list[str]:
    """The lines of a new card, but for FN where there is no name."""
    return [line for line in unfolded(to_vcard({"version": "2.0", **record}, version)) if line != "FN:"]


def changed(made: Card, change: Callable[[dict[str, Any]], Any]) -> list[str]:
    """The card's lines after a change of its JSContact form, which is read again as it was wanted."""
    old: Converted = from_vcard(made)
    new = copy.deepcopy(old.record)
    change(new)
    patched(made, old, new)
    assert from_vcard(cards(to_bytes([made]))[0]).record == new
    return unfolded(made)
