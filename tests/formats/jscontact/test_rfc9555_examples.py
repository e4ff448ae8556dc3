"""The example pairs of RFC 9555 in both directions, and the conversion tests of jscontact-tests."""

import json
from pathlib import Path
from typing import Any

import pytest

from jmapd.formats.jscontact.from_vcard import from_vcard
from jmapd.formats.jscontact.table import MANY, SINGLE
from jmapd.formats.jscontact.to_vcard import to_vcard
from jmapd.formats.jscontact.units import alike
from jmapd.formats.vcard import cards, to_bytes
from tests.formats.jscontact.compare import renamed
from tests.formats.jscontact.jscontact_tests import unmet

# From vCard; the other direction has none. It may only get shorter.
DIFFERENT = {
    "024-group-example": "the Card has a uid that the vCard lacks; RFC 9982 5 forbids to make one up",
    "034-note": "as folded in the figure the text begins with a space",
    "050-nested-vendor-specific-property-example-with-a-path-relative": "without PROP-ID the path leads nowhere, and "
    "3.2.1 forbids to apply such a patch",
    "053-separator-entries": "number and name stand in each other's component of RFC 9554 2.1",
}
# What must stand in the vCard but does not, by the test's name. It may only get shorter.
OTHERWISE = {
    "addresses_localizations": "the street is a combined value (RFC 9554 2.1, RFC 9555 Figure 53), not a list",
}


def _pairs(corpora: Path) -> list[tuple[str, dict[str, Any], bytes]]:
    folder = corpora / "jscontact" / "rfc9555"
    found = []
    for entry in json.loads((folder / "index.json").read_text()):
        text = (folder / f"{entry['name']}.json").read_text()
        record = json.loads(text, object_hook=lambda each: {key: each[key] for key in each if key != "..."})
        if entry.get("fn_added"):
            record.setdefault("name", {}).setdefault("full", "Vector")
        found.append((entry["name"], record, (folder / f"{entry['name']}.vcf").read_bytes()))
    return found


@pytest.mark.rfc("9555", "2")
def test_examples_from_vcard(corpora: Path) -> None:
    different = set()
    for name, wanted, data in _pairs(corpora):
        record = from_vcard(cards(data)[0]).record
        if renamed(record) != renamed({"version": "2.0", **wanted}):
            different.add(name)
    assert different == set(DIFFERENT)


@pytest.mark.rfc("9555", "3.1")
def test_examples_to_vcard(corpora: Path) -> None:
    for name, record, _ in _pairs(corpora):
        [card] = cards(to_bytes([to_vcard(record)]))
        assert alike(from_vcard(card).record, {"version": "2.0", **record}), name
        has_unknown = name[:3] in ("048", "049", "050")
        assert bool(card.named("JSPROP")) == has_unknown, name


def test_jscontact_tests(corpora: Path) -> None:
    missing = {}
    for path in sorted((corpora / "jscontact" / "jscontact-tests").glob("*.json")):
        case = json.loads(path.read_text())
        if case.get("invalid_props"):
            continue  # for validate.py
        record = {
            "@type": "Card",
            "version": "1.0",
            "uid": "urn:uuid:94dd9d15-5a1c-4e0f-a4a9-5f6d6a9e3a30",
            **case["card"],
        }
        [card] = cards(to_bytes([to_vcard(record)]))
        assert alike(from_vcard(card).record, record), path.name
        if found := unmet(card, case["vcard"]):
            missing[case["id"]] = found
    assert {name: found for name, found in missing.items() if name not in OTHERWISE} == {}
    assert set(OTHERWISE) <= set(missing)


@pytest.mark.rfc("9555", "A")
def test_table_names_each_property_once() -> None:
    names = [row.vcard for row in (*SINGLE, *MANY)]
    assert len(names) == len(set(names))
    assert all(row.section for row in (*SINGLE, *MANY))
