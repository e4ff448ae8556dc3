"""vobject, which khard and vdirsyncer's users have, reads what is written here."""

from pathlib import Path
from typing import Any

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from jmapd.formats.content_lines import make_line
from jmapd.formats.vcard import cards, escape, join_list, join_structured, new_card, to_bytes

pytestmark = pytest.mark.rfc("6350", "3.3")

NAME = join_structured([["Example"], ["Alice, Ann"], ["M;"], [""], [""]])


def read(data: bytes) -> Any:
    return vobject.readOne(data.decode())


@pytest.mark.parametrize("version", ["2.1", "3.0", "4.0"])
def test_a_card_of_each_version(version: str) -> None:
    card = new_card(version)
    card.insert(
        [
            make_line("FN", escape("Alice, Ann Exämple")),
            make_line("N", NAME),
            make_line("NOTE", escape("one\ntwo; three, four: \\ " + "für " * 60)),
            make_line("TEL", "+1 555 0100", [("TYPE", ["HOME", "CELL"])]),
            make_line(
                "ADR", join_structured([[""], [""], ["1 Street"], ["Town"], [""], ["12345"], [""]]), group="item1"
            ),
            make_line("X-ABLabel", "Büro", group="item1"),
            make_line("CATEGORIES", join_list(["a,b", "c"])),
            make_line("PHOTO", "QUJD" * 100, [("ENCODING", ["b"]), ("TYPE", ["JPEG"])]),
            make_line("X-PLAIN", "a\tb\x0bc\u2028d", [("X-P", ['a:b;c,d"e\nf', "g"])]),
        ]
    )
    seen = read(to_bytes([card]))
    assert seen.fn.value == "Alice, Ann Exämple"
    assert (seen.n.value.family, seen.n.value.given, seen.n.value.additional) == ("Example", "Alice, Ann", "M;")
    assert seen.note.value.replace("\r\n", "\n").rstrip() == ("one\ntwo; three, four: \\ " + "für " * 60).rstrip()
    assert sorted(seen.tel.params["TYPE"]) == ["CELL", "HOME"]
    assert (seen.adr.group, seen.adr.value.city, seen.x_ablabel.value) == ("item1", "Town", "Büro")
    assert seen.categories.value == ["a,b", "c"]
    assert seen.photo.value == b"ABC" * 100
    assert seen.x_plain.params["X-P"] == ["a:b;c,d^'e^nf", "g"]  # it leaves RFC 6868 to us


TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from(["2.1", "3.0", "4.0"]))
def test_any_text(note: str, parameter: str, version: str) -> None:
    card = new_card(version)
    params = [("X-P", [parameter]), ("X-Q", ["z"])]
    card.insert([make_line("FN", "x"), make_line("N", "x;;;;"), make_line("NOTE", escape(note), params)])
    seen = read(to_bytes([card])).note
    assert seen.value.replace("\r\n", "\n").replace("\r", "\n") == note.replace("\r\n", "\n").replace("\r", "\n")
    assert seen.params["X-Q"] == ["z"]


def test_a_changed_card_is_read_where_the_old_one_was(corpora: Path) -> None:
    compared = 0
    for path in sorted((corpora / "vcf").rglob("*.vcf")):
        for card in cards(path.read_bytes()):
            if card.is_broken:
                continue  # its lines may take vobject exponential time
            try:
                before = read(card.alone())
            except Exception:  # a ParseError, and whatever else it raises on what it does not know
                continue
            card.insert([make_line("X-NEW", "für\\ndich", [("X-P", ["a:b"])])])
            after = read(card.alone())
            assert len(list(after.getChildren())) == len(list(before.getChildren())) + 1, path
            assert after.x_new.params["X-P"] == ["a:b"]
            compared += 1
    assert compared > 200
