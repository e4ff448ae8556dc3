"""vobject, by which khard reads, finds in our cards what was put there."""

from typing import Any

import pytest

from jmapd.formats.jscontact.to_vcard import to_vcard
from jmapd.formats.vcard import to_bytes

vobject = pytest.importorskip("vobject", reason="vobject is not installed")

RECORD: dict[str, Any] = {
    "uid": "urn:uuid:8f5b3d9e-0e3d-4c62-8d0c-5f1a3f3c1c11",
    "name": {
        "components": [
            {"kind": "given", "value": "Alice"},
            {"kind": "surname", "value": "Example, née; A"},
            {"kind": "generation", "value": "III"},
        ],
        "isOrdered": True,
    },
    "emails": {"e": {"address": "alice@example.org", "label": "own", "contexts": {"work": True}}},
    "phones": {"p": {"number": "tel:+1-555-0100;ext=2", "features": {"mobile": True}}},
    "addresses": {
        "a": {
            "components": [
                {"kind": "number", "value": "1"},
                {"kind": "name", "value": "Main Street"},
                {"kind": "locality", "value": "Town"},
            ],
            "isOrdered": True,
        }
    },
    "organizations": {"o": {"name": "A, B", "units": [{"name": "C"}]}},
    "notes": {"n": {"note": "one\ntwo; three " + "ü" * 90}},
    "example.com:own": {"a": "b,c;d"},
}


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_vobject_reads_a_new_card(version: str) -> None:
    seen = vobject.readOne(to_bytes([to_vcard(RECORD, version)]).decode())
    assert (seen.n.value.family, seen.n.value.given, seen.n.value.suffix) == ("Example, née; A", "Alice", "III")
    assert seen.fn.value == "Alice Example, née; A III"
    assert (seen.email.value, seen.email.params["TYPE"]) == ("alice@example.org", ["work"])
    assert seen.x_ablabel.value == "own"
    assert (seen.adr.value.street, seen.adr.value.city) == ("1 Main Street", "Town")
    assert seen.tel.value == "tel:+1-555-0100;ext=2"
    assert seen.org.value == ["A, B", "C"]
    assert seen.note.value == RECORD["notes"]["n"]["note"]
    assert seen.uid.value == RECORD["uid"]
