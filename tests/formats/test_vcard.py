"""Cards of a file: found whatever surrounds them, and values split and joined."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.vcard import (
    Card,
    cards,
    escape,
    join_list,
    join_structured,
    new_card,
    split,
    split_list,
    split_structured,
    to_bytes,
    unescape,
)

ALICE = b"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:alice\r\nFN:Alice\r\nEND:VCARD\r\n"


def read(data: bytes) -> list[Card]:
    found = cards(data)
    assert to_bytes(found) == data
    return found


def texts(card: Card) -> list[tuple[str, str]]:
    return [(line.name, line.value) for line in card.lines]


@pytest.mark.rfc("6350", "3.3")
def test_a_card() -> None:
    (card,) = read(ALICE)
    assert texts(card) == [("VERSION", "4.0"), ("UID", "alice"), ("FN", "Alice")]
    assert (card.version, card.newline, card.is_broken) == ("4.0", "\r\n", False)
    assert [line.value for line in card.named("FN", "UID")] == ["alice", "Alice"]


@pytest.mark.rfc("6350", "3.3")
def test_several_cards() -> None:
    data = b"\n\n" + ALICE.replace(b"\r", b"") + b"\njunk\n" + ALICE + ALICE + b"\n \n"
    found = read(data)
    assert [texts(card) for card in found] == [texts(read(ALICE)[0])] * 3
    assert [card.newline for card in found] == ["\n", "\r\n", "\r\n"]
    assert [card.before for card in found] == ["\n\n", "\njunk\n", ""]
    assert found[2].after == "\n \n"


@pytest.mark.parametrize(
    ("value", "version"), [("2.1", "2.1"), ("3.0", "3.0"), (" 4.0 ", "4.0"), ("5.0", ""), ("", ""), ("4", "")]
)
def test_versions(value: str, version: str) -> None:
    (card,) = read(ALICE.replace(b"4.0", value.encode()))
    assert card.version == version
    assert not card.is_broken


def test_a_card_without_version() -> None:
    (card,) = read(b"BEGIN:VCARD\nFN:x\nEND:VCARD")
    assert (card.version, card.is_broken) == ("", False)


@pytest.mark.parametrize(
    "data",
    [
        b"begin:vcard\nFN:x\nend:vcard\n",
        b"BEGIN : VCARD \nFN:x\nEND: vCard",
        b"\xef\xbb\xbfBEGIN:VCARD\nFN:x\nEND:VCARD\n",
        b"BEGIN:VCARD\n FN:x\nEND:VCARD\n",
        "BEGIN:VCARD\nFN:x\nEND:VCARD\n".encode("utf-16"),
        b"BEGIN:VCARD\rFN:x\rEND:VCARD\r",
    ],
)
def test_forms_of_the_frame(data: bytes) -> None:
    (card,) = read(data)
    assert texts(card) == [("FN", "x")]
    assert not card.is_broken


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"BEGIN:VCARD\nFN:a\nBEGIN:VCARD\nFN:b\nEND:VCARD\n", [["FN"], ["FN"]]),
        (b"BEGIN:VCARD\nFN:a\n", [["FN"]]),
        (b"BEGIN:VCARD\nFN:a", [["FN"]]),
        (b"BEGIN:VCARD\nBEGIN:VCARD\n", [[], []]),
        (b"BEGIN:VCARD\nFN:a\nEND:VCALENDAR\n", [["FN", "END"]]),
        (b"FN:a\nTEL:1\nEND:VCARD\nFN:b\n", [["FN", "TEL"]]),
        (b"N:a\n", [["N"]]),
        (b"BEGIN:VCARD\njunk\nEND:VCARD\n", [[""]]),
    ],
)
def test_broken_cards_are_read_as_far_as_they_can_be(data: bytes, names: list[list[str]]) -> None:
    found = read(data)
    assert [[line.name for line in card.lines] for card in found] == names
    assert any(card.is_broken for card in found)


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\xff\xfe", b"\0" * 100, b"TEL:1\n", b"END:VCARD\n", b"BEGIN:VCALENDAR\nN:x\nEND:VCALENDAR\n"]
)
def test_files_without_a_card(data: bytes) -> None:
    assert cards(data) == []
    assert to_bytes([]) == b""


@pytest.mark.rfc("2426", "3.5.4")
def test_a_card_inside_another_is_the_value_of_its_agent_line() -> None:
    inner = "BEGIN:VCARD\nFN:Bob\nAGENT:\nBEGIN:VCARD\nFN:Carol, Eve\nEND:VCARD\nEND:VCARD"
    data = f"BEGIN:VCARD\nVERSION:2.1\nAGENT:\n{inner}\nFN:Alice\nEND:VCARD\n".encode()
    (card,) = read(data + ALICE)[:1]
    assert [line.name for line in card.lines] == ["VERSION", "AGENT", "FN"]
    assert unescape(card.lines[1].value) == inner
    assert card.version == "2.1"


def test_a_card_inside_another_in_another_charset() -> None:
    data = "BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nFN:Jürgen\njünk\nEND:VCARD\nEND:VCARD\n".encode("cp1252")
    (card,) = read(data)
    assert unescape(card.lines[0].value) == "BEGIN:VCARD\nFN:Jürgen\njünk\nEND:VCARD"


def test_a_card_inside_another_without_end() -> None:
    data = b"BEGIN:VCARD\nVERSION:2.1\nAGENT:\nBEGIN:VCARD\nFN:Bob\nEND:VCARD\n"
    assert [len(card.lines) for card in read(data + ALICE)] == [2, 3]
    data = b"BEGIN:VCARD\nVERSION:2.1\nAGENT:\nBEGIN:VCARD\nFN:Bob\n"
    assert [len(card.lines) for card in read(data + ALICE)] == [2, 3]
    assert [len(card.lines) for card in read(data)] == [2]


def test_files_that_do_not_end_with_a_line_break_can_be_joined() -> None:
    alice = read(ALICE.rstrip())
    assert to_bytes([*alice, *cards(ALICE)]) == ALICE * 2


@pytest.mark.rfc("6350", "3.3")
def test_a_new_card() -> None:
    card = new_card()
    assert to_bytes([card]) == card.alone() == b"BEGIN:VCARD\r\nVERSION:4.0\r\nEND:VCARD\r\n"
    assert new_card("3.0").version == "3.0"


@pytest.mark.rfc("6350", "3.4")
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (r"a\nb\Nc", "a\nb\nc"), (r"a\,b\;c\\d", r"a,b;c\d"), (r"\\n", r"\n"), (r"http\://a", "http://a"),
        (r"C:\foo", r"C:\foo"), ("a\\", "a\\"), (r"\"x\"", '"x"'), ("", ""), ("a\\\nb", "a\\\nb"),
    ],
)  # fmt: skip
def test_unescaping(value: str, text: str) -> None:
    assert unescape(value) == text


@pytest.mark.rfc("6350", "3.4")
@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("", [[""]]), (";", [[""], [""]]), ("a;b,c;", [["a"], ["b", "c"], [""]]), (r"a\;b;c\,d", [["a;b"], ["c,d"]]),
        (r"a\\;b", [["a\\"], ["b"]]), (r"a\\\;b;\\", [["a\\;b"], ["\\"]]), ("a;b\\", [["a"], ["b\\"]]),
        (r"a\nb,;\,", [["a\nb", ""], [","]]), ("\\\\;\\", [["\\"], ["\\"]]),
    ],
)  # fmt: skip
def test_components(value: str, parts: list[list[str]]) -> None:
    assert split_structured(value) == parts


@pytest.mark.rfc("6350", "3.4")
def test_lists() -> None:
    assert split_list(r"a,b\,c;d") == ["a", "b,c;d"]
    assert split_list(r"a;b\;c", ";") == ["a", "b;c"]
    assert split(r"a\,b,c", ",") == [r"a\,b", "c"]
    assert join_list(["a,b", "c;d"], ";") == r"a\,b;c\;d"
    assert escape("a\r\nb\rc\nd\\e") == r"a\nb\nc\nd\\e"


PARTS = st.lists(
    st.lists(st.text(alphabet='ab\\,;:n"\n é', max_size=6), min_size=1, max_size=3), min_size=1, max_size=4
)


@pytest.mark.rfc("6350", "3.4")
@given(PARTS)
def test_components_are_joined_and_split(parts: list[list[str]]) -> None:
    assert split_structured(join_structured(parts)) == parts
