"""Real cards: every file is read, and written back without a change it is the same, octet for octet."""

from pathlib import Path

import orjson
import pytest

from jmapd.formats.content_lines import make_line
from jmapd.formats.vcard import Card, cards, to_bytes, unescape

pytestmark = pytest.mark.rfc("6350", "3.3")

# Where another parser's output differs in the text of a value, and why it is we who choose otherwise.
DIFFERENCES = {
    "001.vcf": "a backslash and n after a soft break mark: no line break, so none is undone",
    "071.vcf": "white space at the start of a value is kept",
}
TEXTS = ("FN", "N", "NICKNAME", "NOTE", "TITLE", "ORG", "LABEL", "ADR", "EMAIL", "TEL")


def files(corpora: Path) -> list[Path]:
    return sorted(path for path in corpora.rglob("*.vcf*") if path.is_file())


def test_every_file_comes_back_as_it_was(corpora: Path) -> None:
    paths = files(corpora)
    assert len(paths) > 400
    without = 0
    for path in paths:
        data = path.read_bytes()
        found = cards(data)
        without += not found
        assert to_bytes(found) == (data if found else b""), path
        for card in found:
            orjson.dumps([(line.group, line.name, line.params, line.value) for line in card.lines])
            assert to_bytes(cards(card.alone())) == card.alone()
    assert without < 60  # fuzz cases and single lines


def test_a_note_changes_only_the_lines_of_the_note(corpora: Path) -> None:
    for path in files(corpora):
        for card in cards(path.read_bytes()):
            before = [line.raw for line in card.lines if line.name != "NOTE"]
            card.replace(card.named("NOTE"), [make_line("NOTE", "für dich\\nund mich")])
            after = cards(card.alone() if card.begin else to_bytes([card]))
            assert [unescape(line.value) for line in after[0].named("NOTE")] == ["für dich\nund mich"], path
            lines = [line.raw for line in card.lines if line.name != "NOTE"]
            assert [line.rstrip() for line in lines] == [line.rstrip() for line in before], path


def values(found: list[Card]) -> set[tuple[str, str]]:
    return {
        (line.name, unescape(line.value).replace("\\r\n", "\n")) for card in found for line in card.named(*TEXTS)
    }  # the other parser escapes the CR of quoted-printable's CRLF


def test_values_are_as_another_parser_reads_them(corpora: Path) -> None:
    compared, differing = 0, set()
    for path in sorted((corpora / "vcf" / "calcard").glob("*.vcf")):
        other = path.with_name(path.name + ".out")
        if not other.exists():
            continue
        compared += 1
        if values(cards(path.read_bytes())) != values(cards(other.read_bytes())):
            differing.add(path.name)
    assert compared > 40
    assert differing == set(DIFFERENCES)
