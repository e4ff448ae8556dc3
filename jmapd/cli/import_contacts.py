"""jmapd-import-contacts: cards of .vcf files into an address book, octet for octet as they are.

A card without a UID (RFC 6350 6.7.6) gets one that follows from its content, so that nothing is taken in twice.
"""

import hashlib

from jmapd.cli.importing import Given, What, run, shown
from jmapd.formats.content_lines import make_line
from jmapd.formats.vcard import Card, cards, split_list, unescape
from jmapd.stores.vdir_format import made_uid

NAMES = ("FN", "N", "ORG", "EMAIL", "TEL", "NICKNAME", "UID")  # which tells best whose card it is
ABOUT_ITSELF = ("VERSION", "UID", "PRODID", "REV", "")  # a card with no other line is empty


def main(arguments: list[str] | None = None) -> int:
    """0: each card is there now; 1: something was left out, as the report says; 2: wrong usage or configuration."""
    return run(WHAT, arguments)


def _items(data: bytes) -> list[Given]:
    found = cards(data)
    if not found:
        return [Given("", why="no vCard in it")]
    return [_given(card, f", card {number}" if len(found) > 1 else "") for number, card in enumerate(found, 1)]


def _given(card: Card, number: str) -> Given:
    where = f"{number}{_who(card)}"
    if all(line.name in ABOUT_ITSELF for line in card.lines):
        return Given(where, why="an empty card")
    had_uid = _with_uid(card)
    uid = unescape(card.named("UID")[0].value)
    return Given(where, uid, had_uid, card.is_broken, card.alone())


def _who(card: Card) -> str:
    """As " (Alice Arden)"."""
    for name in NAMES:
        for line in card.named(name):
            text = shown(" ".join(split_list(line.value, ";")[:3]) if name == "N" else unescape(line.value))
            if text:
                return f" ({text})"
    return ""


def _with_uid(card: Card) -> bool:
    """Whether it has a UID; else it gets one."""
    if any(line.value.strip() for line in card.named("UID")):
        return True
    uid = make_line("UID", made_uid(hashlib.sha256(card.alone()).hexdigest()))
    version = card.named("VERSION")
    if empty := card.named("UID"):
        card.replace(empty, [uid])
    else:
        card.insert([uid], after=version[0] if version else None)
    return False


WHAT = What(
    program="jmapd-import-contacts",
    things="cards",
    thing="card",
    book="address book",
    book_type="AddressBook",
    item_type="ContactCard",
    option="--book",
    suffix=".vcf",
    paths="contacts",
    description="Takes the cards of .vcf files into an address book. A card whose UID the account has already is"
    " not taken in again; one that differs from the one there is left out and told. To be run as jmapd's user.",
    items=_items,
)
