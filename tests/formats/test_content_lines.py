"""Content lines are read as the RFCs and old programs write them, and joined again they are the text."""

import pytest

from jmapd.formats.content_lines import Line, decoded, encoded, lines, newline_of, parse_line


def only(text: str) -> Line:
    found = list(lines(text))
    assert len(found) == 1
    assert found[0].raw == text
    return found[0]


@pytest.mark.rfc("6350", "3.3")
def test_parts_of_a_line() -> None:
    line = only("item1.tel;type=work,voice;PREF=1:tel:+1-555-0100\r\n")
    assert (line.group, line.name, line.value) == ("item1", "TEL", "tel:+1-555-0100")
    assert line.params == [("TYPE", ["work", "voice"]), ("PREF", ["1"])]
    assert not line.is_broken


@pytest.mark.rfc("6350", "3.3")
@pytest.mark.parametrize(
    ("text", "params", "value"),
    [
        ('X;A="a:b;c,d":v', [("A", ["a:b;c,d"])], "v"),
        ('X;A="a,b",c;B=d:v"w"', [("A", ["a,b", "c"]), ("B", ["d"])], 'v"w"'),
        ('X;A="a","b":v', [("A", ["a", "b"])], "v"),
        ("X;A=:v", [("A", [""])], "v"),
        ("X;A=a=b:v", [("A", ["a=b"])], "v"),
        ("X;A=ü b:v", [("A", ["ü b"])], "v"),
        ("X;;A=a;:v", [("A", ["a"])], "v"),
        ('X;A="a:v', [("A", ["a"])], "v"),  # no closing mark: it stands for itself
        ('X;A="a:v"w', [("A", ["a"])], 'v"w'),  # no colon outside: the first counts
        ('X;A=a"b;c"d:v', [("A", ["ab;cd"])], "v"),
        ("X:", [], ""),
        ("X::", [], ":"),
    ],
)
def test_parameters(text: str, params: list[tuple[str, list[str]]], value: str) -> None:
    line = only(text)
    assert (line.name, line.params, line.value) == ("X", params, value)


@pytest.mark.rfc("6868", "3.2")
@pytest.mark.parametrize(
    ("coded", "text"),
    [("a^nb", "a\nb"), ("a^'b", 'a"b'), ("a^^nb", "a^nb"), ("a^xb^", "a^xb^"), ('"a^n,b^\'"', 'a\n,b"')],
)
def test_circumflex_in_parameters(coded: str, text: str) -> None:
    assert only(f"X;A={coded}:v^n").params == [("A", [text])]
    assert only("X;A=a:v^n").value == "v^n"


@pytest.mark.rfc("6350", "3.2")
@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r\r\n", "\r"])
def test_unfolding(newline: str) -> None:
    text = newline.join(("NOTE:a", " b ", "\tc", "  d", "X;A=e", " f:g", ""))
    note, other = lines(text)
    assert note.value == "ab c d"
    assert (other.params, other.value) == ([("A", ["ef"])], "g")
    assert note.raw + other.raw == text


@pytest.mark.rfc("6350", "3.2")
def test_a_character_cut_in_two_by_a_fold_is_restored() -> None:
    data = "NOTE:aü€\n".encode()
    for place in range(6, len(data) - 1):
        text, encoding = decoded(data[:place] + b"\n " + data[place:])
        line = only(text)
        assert line.value == "aü€"
        assert encoded(line.raw, encoding) == data[:place] + b"\n " + data[place:]


def test_line_separators_of_unicode_and_control_characters_end_no_line() -> None:
    assert only("NOTE:a\x0bb\x0cc\x1cd\x85e\u2028f\x00g\rh\n").value == "a\x0bb\x0cc\x1cd\x85e\u2028f\x00g\rh"


@pytest.mark.parametrize("text", ["junk", "a b:c", "x", ";A=b:c", ":c", "ü:c", "N;Alice", 'X;A="a"', "\x00:x", "a..:x"])
def test_what_is_no_content_line_is_kept(text: str) -> None:
    line = only(text + "\n")
    assert (line.name, line.params, line.value, line.is_broken) == ("", [], text, True)


@pytest.mark.parametrize("text", ["\n", "\r\n", "  \n", "\r"])
def test_blank_lines_are_not_broken(text: str) -> None:
    line = only(text)
    assert (line.name, line.value, line.is_broken) == ("", "", False)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  FN:x", "FN"),
        ("FN :x", "FN"),
        ("X-messaging/icq-All:x", "X-MESSAGING/ICQ-ALL"),
        ("X_A:x", "X_A"),
        ("a.b.FN:x", "FN"),
        ("tel :x", "TEL"),
    ],
)
def test_names_of_real_files(text: str, name: str) -> None:
    assert (only(text).name, only(text).value) == (name, "x")


def test_letters_that_only_look_like_ascii_are_no_name() -> None:
    assert only("\u212aEY:x").is_broken  # Kelvin sign
    assert only("X;\u017f=a:x").params == [("\u017f".upper(), ["a"])]


def test_what_is_indented_below_begin_is_a_line_of_its_own() -> None:
    text = "BEGIN:VCARD\n FN:x\nBEGIN:VCA\n RD\n"
    assert [(line.name, line.value) for line in lines(text)] == [("BEGIN", "VCARD"), ("FN", "x"), ("BEGIN", "VCARD")]


def test_no_text_has_no_lines() -> None:
    assert list(lines("")) == []
    assert newline_of("") == newline_of("a\r\nb\n") == "\r\n"
    assert (newline_of("a\nb"), newline_of("a\rb"), newline_of("a\r\r\nb")) == ("\n", "\r", "\r\r\n")


@pytest.mark.rfc("5545", "3.1")
def test_lines_of_icalendar() -> None:
    found = list(lines('BEGIN:VCALENDAR\r\nDTSTART;TZID="Europe/Berlin":2026\r\n 0101T000000\r\nEND:VCALENDAR\r\n'))
    assert [line.name for line in found] == ["BEGIN", "DTSTART", "END"]
    assert (found[1].params, found[1].value) == ([("TZID", ["Europe/Berlin"])], "20260101T000000")


def test_one_line_alone() -> None:
    assert parse_line("NOTE:a\r\n b").value == "ab"
    assert parse_line("").is_broken is False
