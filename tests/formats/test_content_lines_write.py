"""Lines that are made: what cannot stand in a line is refused or encoded, and reading gives back what was meant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jmapd.formats.content_lines import FOLD_AT, fold, is_name, lines, make_line
from jmapd.formats.vcard import escape, unescape


@pytest.mark.rfc("6350", "3.3")
def test_a_line_is_written() -> None:
    line = make_line("tel", "tel:+1-555-0100", [("type", ["work", "voice"]), ("PREF", ["1"])], "item1")
    assert line.raw == "item1.TEL;TYPE=work,voice;PREF=1:tel:+1-555-0100\r\n"


@pytest.mark.rfc("6868", "3.1")
@pytest.mark.parametrize(
    ("text", "coded"),
    [
        ("a:b", '"a:b"'), ("a;b", '"a;b"'), ("a,b", '"a,b"'), ('a"b', "a^'b"), ("a\nb", "a^nb"), ("a\r\nb", "a^nb"),
        ("a^nb", "a^^nb"), ("a\x00\x7f\x1bb", "ab"), ("a\tb c", "a\tb c"), ("", ""), ('":"', "\"^':^'\""),
    ],
)  # fmt: skip
def test_parameter_values_are_encoded(text: str, coded: str) -> None:
    assert make_line("X", "v", [("A", [text])]).raw == f"X;A={coded}:v\r\n"


@pytest.mark.rfc("6350", "3.4")
@pytest.mark.parametrize("text", ["a\r\nEND:VCARD", "a\nEND:VCARD", "a\rEND:VCARD"])
def test_line_breaks_in_a_value_are_escaped(text: str) -> None:
    assert make_line("X", text).raw == "X:a\\nEND:VCARD\r\n"


@pytest.mark.parametrize("name", ["", "A:B", "A;B", "A\nB", "A.B", "A B", "Ä", "A\n", "BEGIN", "end"])
def test_names_that_cannot_stand_in_a_line(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        make_line(name, "v")
    with pytest.raises(ValueError, match="no name"):
        make_line("X", "v", [(name, ["w"])])
    assert not is_name(name) or name.upper() in ("BEGIN", "END")


@pytest.mark.parametrize("group", ["a:b", "a;b", "a\n", "ä", " "])
def test_groups_that_cannot_stand_in_a_line(group: str) -> None:
    with pytest.raises(ValueError, match="no name of a group"):
        make_line("X", "v", group=group)


@pytest.mark.rfc("6350", "3.3")
def test_names_of_the_grammar() -> None:
    assert is_name("X-A1")
    assert not is_name("X_A")
    assert make_line("X-messaging/icq-All", "v").raw == "X-MESSAGING/ICQ-ALL:v\r\n"  # a name that files have


@pytest.mark.rfc("7493", "2.1")
def test_half_a_surrogate_pair_is_not_written() -> None:
    assert make_line("X", "a\udcff", [("A", ["\ud800"])]).raw == "X;A=\ufffd:a\ufffd\r\n"


def test_a_made_line_is_as_it_will_be_read() -> None:
    params = [("A", ["a\x01\r\nb", "c"]), ("B", []), ("CHARSET", ["latin-1"]), ("ENCODING", ["quoted-printable"])]
    for made in (make_line("X", "a=41\r\nb", params), make_line("X", "AA AA\r\n", [("encoding", ["b"])])):
        (line,) = lines(made.raw)
        assert (line.params, line.value) == (made.params, made.value)


@pytest.mark.rfc("6350", "3.2")
@pytest.mark.parametrize("text", ["x" * 500, "ü" * 300, "😀" * 100, "aü€😀 " * 60, "x" * FOLD_AT, "x" * (FOLD_AT + 1)])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_folding(text: str, newline: str) -> None:
    folded = fold("NOTE:" + text, newline)
    physical = folded.split(newline)
    assert physical.pop() == ""
    assert all(len(line.encode()) <= FOLD_AT for line in physical)
    assert all(len(line.encode()) > FOLD_AT - 4 for line in physical[:-1])
    assert all(line[0] == " " and len(line) > 1 for line in physical[1:])
    assert [line.value for line in lines(folded)] == [text]


@pytest.mark.rfc("6350", "3.2")
def test_short_lines_are_not_folded() -> None:
    assert fold("x" * FOLD_AT, "\n") == "x" * FOLD_AT + "\n"


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,8}", fullmatch=True).filter(
    lambda name: name.upper() not in ("BEGIN", "END", "CHARSET", "ENCODING")
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=120)
PARAMS = st.lists(st.tuples(NAMES, st.lists(TEXTS, min_size=1, max_size=3)), max_size=3)


@settings(max_examples=300, deadline=None)
@given(NAMES, TEXTS, PARAMS, st.one_of(st.just(""), NAMES))
def test_what_is_written_is_read_again(name: str, text: str, params: list[tuple[str, list[str]]], group: str) -> None:
    def kept(value: str) -> str:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
        return "".join(c for c in value if c in "\t\n" or not (c < " " or c == "\x7f"))

    (line,) = lines(make_line(name, escape(text), params, group).raw)
    assert (line.group, line.name) == (group, name.upper())
    assert unescape(line.value) == text.replace("\r\n", "\n").replace("\r", "\n")
    assert line.params == [(param.upper(), [kept(value) for value in values]) for param, values in params]
