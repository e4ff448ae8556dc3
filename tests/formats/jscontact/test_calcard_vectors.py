"""The conversion vectors of calcard: another program's opinion, so each difference has its reason.

Compared without vCardParams and vCardProps, which the vectors have in an older form.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jmapd.formats.jscontact.from_vcard import from_vcard
from jmapd.formats.jscontact.to_vcard import to_vcard
from jmapd.formats.jscontact.units import alike
from jmapd.formats.vcard import cards, to_bytes
from tests.formats.jscontact.compare import renamed

_LEFT_OUT = ("@type", "version", "vCard", "vCardParams", "vCardProps", "vCardName", "isOrdered")
_PHONETIC = "RFC 9555 Figure 5: phonetic texts are the components' phonetic members"
_TIMESTAMP = "RFC 9553 2.8.1: a Timestamp must have its @type"
_LANGUAGE = "no property in two languages: LANGUAGE stays in vCardParams"
_GEO = "RFC 9553 2.5.1.1: coordinates are a geo URI"
DIFFERENT = {
    "PLACES with dates and localizations": _TIMESTAMP,
    "Multiple FN": "RFC 9555 2.5.2: the FN with the fewest parameters",
    "RFC9555 GEO TZ": f"{_GEO}; without a group they are one address (2.8.3)",
    "ADR with GEO and TZ parameters": _GEO,
    "ADR with GEO and TZ parameters and properties": _GEO,
    "RFC9555 PHONETIC": _PHONETIC,
    "RFC9555 PHONETIC with PROP-ID": _PHONETIC,
    "PRONOUNS with localizations": "RFC 9553 2.7.1: a patch says what differs; pref does not",
    "ADR with localizations": "RFC 9553 2.7.1: a patch says what differs; contexts do not",
    "RFC6350 N ALTID #2": "of two lines in one language the first counts, and the first language is the Card's",
    "RFC6350 TITLE ALTID #4": _LANGUAGE,
    "RFC6350 TITLE ALTID #5": _LANGUAGE,
    "RFC6350 BDAY #3": _TIMESTAMP,
    "RFC6350 Full card #3": _TIMESTAMP,
    "RFC9554 PRONOUNS": _LANGUAGE,
    "RFC9554 SOCIALPROFILE": "RFC 9555 2.7.5: a value of type TEXT is the user",
    "RFC9554 N FN": "RFC 9555 2.3.7: an FN that is DERIVED from N is not converted",
    "RFC9554 N ALTID": _PHONETIC,
}


def _vectors(corpora: Path) -> Iterator[tuple[str, list[str]]]:
    for path in sorted((corpora / "jscontact" / "calcard").glob("*.txt")):
        for block in path.read_text().split("> test ")[1:]:
            name, _, rest = block.partition("\n")
            yield name, [part.strip("\n") for part in rest.split("> convert\n")]


def _is_json(part: str) -> bool:
    return part.lstrip().startswith('"')


def _card(part: str) -> dict[str, Any]:
    return dict(json.loads("{" + part.rstrip().rstrip(",") + "}"))


def _compared(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _compared(member) for name, member in value.items() if name not in _LEFT_OUT or "utc" in value}
    return [_compared(each) for each in value] if isinstance(value, list) else value


@pytest.mark.rfc("9555", "2")
def test_vectors_from_vcard(corpora: Path) -> None:
    different = set()
    for name, parts in _vectors(corpora):
        if _is_json(parts[0]):
            continue
        text = parts[0] if parts[0].startswith("BEGIN") else f"BEGIN:VCARD\nVERSION:4.0\n{parts[0]}\nEND:VCARD\n"
        record = from_vcard(cards(text.encode())[0]).record
        if renamed(_compared(record)) != renamed(_compared(_card(parts[1]))):
            different.add(name)
    assert different == set(DIFFERENT)


@pytest.mark.rfc("9555", "3.1")
def test_vectors_to_vcard_and_back(corpora: Path) -> None:
    for name, parts in _vectors(corpora):
        for part in filter(_is_json, parts):
            record = _card(part)
            [card] = cards(to_bytes([to_vcard(record)]))
            assert alike(from_vcard(card).record, {"version": "2.0", **record}), name
