"""Every vCard of the corpora: nothing is lost, and a change touches its own lines only."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jmapd.formats.jscontact.from_vcard import from_vcard
from jmapd.formats.jscontact.to_vcard import patched, to_vcard
from jmapd.formats.jscontact.units import alike, split
from jmapd.formats.vcard import Card, cards, to_bytes

# Cards of a version that has no lists in N and ADR, and so no second given name: JSPROP says it.
_WITHOUT_LISTS = "2.1"


def _files(corpora: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted((corpora / "vcf").rglob("*")):
        if path.is_file() and "vcf" in path.name.partition(".")[2]:
            yield str(path.relative_to(corpora)), path.read_bytes()


def _lines(card: Card, *but: str) -> list[str]:
    return [line.raw.rstrip("\r\n") for line in card.lines if line.name not in but]


def test_reading_changes_no_octet(corpora: Path) -> None:
    for name, data in _files(corpora):
        found = cards(data)
        for card in found:
            json.dumps(from_vcard(card).record).encode()
        assert not found or to_bytes(found) == data, name


@pytest.mark.rfc("9555", "2.15")
@pytest.mark.parametrize("version", ["4.0", "3.0"])
def test_a_card_made_new_says_the_same(corpora: Path, version: str) -> None:
    for name, data in _files(corpora):
        for number, card in enumerate(cards(data)):
            record = from_vcard(card).record
            [made] = cards(to_bytes([to_vcard(record, version)]))
            assert alike(from_vcard(made).record, record), (name, number)
            assert card.version == _WITHOUT_LISTS or card.named("JSPROP") or not made.named("JSPROP"), (name, number)


def test_a_new_note_touches_only_note_lines(corpora: Path) -> None:
    for name, data in _files(corpora):
        for number in range(len(cards(data))):
            found = cards(data)
            card = found[number]
            before, old = _lines(card, "NOTE"), from_vcard(card)
            new = copy.deepcopy(old.record)
            notes = new.setdefault("notes", {})
            notes[next(iter(notes), "n1")] = {"note": "changed, in\ntwo lines; \N{SNOWMAN}"}
            patched(card, old, new)
            assert _lines(card, "NOTE") == before, (name, number)
            assert alike(from_vcard(cards(to_bytes(found))[number]).record, new), (name, number)


def test_each_part_can_be_taken_away(corpora: Path) -> None:
    """Its lines go and all others stay; twins, which only an id can tell apart, may get one."""
    for name, data in _files(corpora):
        card = cards(data)[0] if cards(data) else Card()
        old = from_vcard(card)
        kinds = {key[0]: key for key in split(old.record) if key[0] not in ("vCardProps", "name", "uid", "updated")}
        for key in kinds.values():
            found = cards(data)
            old = from_vcard(found[0])
            own = {id(line) for line in old.sources[key]} if key in old.sources else set()
            # GEO moves to the last address that is left (RFC 9555 2.8.3), and has to be kept from it
            before = [line for line in found[0].lines if id(line) not in own and line.name != "GEO"]
            new = _without(old.record, key)
            patched(found[0], old, new)
            there = {(line.name, line.value) for line in found[0].lines}
            assert {(line.name, line.value) for line in before} <= there, (name, key)
            assert alike(from_vcard(cards(to_bytes(found))[0]).record, new), (name, key)


def _without(record: dict[str, Any], key: tuple[str, ...]) -> dict[str, Any]:
    new = copy.deepcopy(record)
    parent = new
    for part in key[:-1]:
        parent = parent[part]
    del parent[key[-1]]
    return new
