"""Valid requests about contacts (RFC 9610), and what of them a world has on disk."""

import base64
from pathlib import Path
from typing import Any

from jmapd.wire import Arguments

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
URI = "data:image/png;base64," + base64.b64encode(PNG).decode()
VCARD = (
    "BEGIN:VCARD\r\nVERSION:{version}\r\nUID:{uid}\r\nFN:Ann Example\r\nN:Example;Ann;;;\r\n"
    "item1.EMAIL;TYPE=work;PROP-ID=e1:ann@example.org\r\nitem1.X-ABLabel:own\r\nX-OWN;X-P=1:kept\r\n"
    "PHOTO;PROP-ID=p1:{uri}\r\nNOTE;PROP-ID=n1:Hello\r\nREV:20240101T000000Z\r\nEND:VCARD\r\n"
)
CARD: Arguments = {
    "kind": "individual",
    "name": {"components": [{"kind": "given", "value": "Ann"}, {"kind": "surname", "value": "é"}], "full": "Ann é"},
    "emails": {"e1": {"address": "ann@example.org", "contexts": {"work": True}, "pref": 1}},
    "phones": {"p1": {"number": "tel:+1-555-0100", "features": {"voice": True}, "label": "own"}},
    "addresses": {"a1": {"components": [{"kind": "name", "value": "High Street"}], "countryCode": "gb"}},
    "organizations": {"o1": {"name": "Bakery", "units": [{"name": "Ovens"}]}},
    "anniversaries": {"b": {"kind": "birth", "date": {"year": 1970, "month": 2, "day": 3}}},
    "media": {"m1": {"kind": "photo", "uri": URI}, "m2": {"kind": "sound", "uri": "https://example.org/a.ogg"}},
    "notes": {"n1": {"note": "Line one\nline two", "created": "2024-01-01T00:00:00Z"}},
    "localizations": {"de": {"name/full": "Änne", "notes/n1/note": "Zeile"}},
    "relatedTo": {"urn:uuid:1": {"relation": {"friend": True}}},
    "keywords": {"friend": True},
    "vCardProps": [["x-own", {"x-p": "1"}, "text", "kept"]],
    "example.com:own": {"a": [1, None]},
}


def file(uid: str, version: str = "4.0") -> str:
    """A card as another program has written it."""
    return VCARD.format(uid=uid, version=version, uri=URI)


def write(root: Path, count: int) -> None:
    """One more card in one of three address books."""
    book = root / ("friends", "work", "club")[count % 3]
    book.mkdir(parents=True, exist_ok=True)
    (book / f"{count}.vcf").write_text(file(f"u{count}", ("4.0", "3.0")[count % 2]))


def address_book(world: Any, made: Arguments, patch: Arguments) -> tuple[list[Arguments], list[Arguments]]:
    """Creates and updates."""
    world.count += 1
    own: Arguments = {"shareWith": None, "name": f"new {world.count}"}
    return [{"name": f"book {world.count}"}, made | own], [patch | own, {"isSubscribed": False}, {"sortOrder": 3}]


def contact_card(world: Any, made: Arguments, patch: Arguments) -> tuple[list[Arguments], list[Arguments]]:
    """Creates and updates."""
    into: Arguments = {"addressBookIds": {world.ids["AddressBook"][0]: True}}
    other = world.ids["AddressBook"][1]
    return (
        [into | CARD, into | {"kind": "group", "members": {"urn:uuid:1": True}, "name": {"full": "All"}}],
        [
            CARD | into | {"members": None},
            {"emails": {"e2": {"address": "b@example.org"}}, "name/full": "Anna", f"addressBookIds/{other}": True},
            {"notes": None, "localizations": None, "titles": {"t": {"name": "Boss"}}},
        ],
    )


def copied(world: Any) -> Arguments:
    """A card of the team's account that no other has."""
    world.count += 1
    write(world.folder / "contacts" / "team", world.count)
    [answer] = world.ask(["ContactCard/query", {"accountId": "team", "filter": {"uid": f"u{world.count}"}}])
    return {"id": answer["ids"][0], "addressBookIds": {world.ids["AddressBook"][0]: True}}
