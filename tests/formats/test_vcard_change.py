"""Changing a card: only the lines that change, in their places, as the file writes them."""

import pytest

from jmapd.formats.content_lines import make_line
from jmapd.formats.vcard import Card, cards, to_bytes, unescape, without

TEXT = (
    "BEGIN:VCARD\r\nVERSION:{version}\r\nnote:first\r\nX-Odd;B=2;a=1:x\r\nNOTE:second,\r\n  folded\r\n"
    "tel;HOME:1\r\nEND:VCARD\r\n"
)


def card_of(version: str = "4.0", newline: str = "\r\n") -> Card:
    return cards(TEXT.format(version=version).replace("\r\n", newline).encode())[0]


def written(card: Card) -> list[str]:
    return to_bytes([card]).decode().split(card.newline)


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_lines_are_replaced_in_their_places(newline: str) -> None:
    card = card_of(newline=newline)
    card.replace(card.named("NOTE"), [make_line("NOTE", text) for text in ("a", "b" * 80, "c")])
    assert written(card) == [
        *("BEGIN:VCARD", "VERSION:4.0", "NOTE:a", "X-Odd;B=2;a=1:x", "NOTE:" + "b" * 70, " " + "b" * 10, "NOTE:c"),
        *("tel;HOME:1", "END:VCARD", ""),
    ]


def test_fewer_lines_and_none() -> None:
    card = card_of()
    card.replace(card.named("NOTE"), [make_line("NOTE", "a")])
    assert written(card)[2:5] == ["NOTE:a", "X-Odd;B=2;a=1:x", "tel;HOME:1"]
    card.replace(card.named("NOTE"), [])
    assert written(card)[2:4] == ["X-Odd;B=2;a=1:x", "tel;HOME:1"]


def test_new_lines_go_to_the_end_or_after_another() -> None:
    card = card_of()
    card.insert([make_line("URL", "a")])
    card.insert([make_line("KIND", "org"), make_line("FN", "b")], after=card.lines[0])
    assert written(card)[1:4] == ["VERSION:4.0", "KIND:org", "FN:b"]
    assert written(card)[-3:] == ["URL:a", "END:VCARD", ""]


def test_many_replacements_at_once() -> None:
    card = card_of()
    first, second = card.named("NOTE")
    tel = card.named("TEL")
    card.replace_all(
        [([second], [make_line("NOTE", "b")]), ([], [make_line("URL", "c")]), (tel, []), ([first], [first])]
    )
    assert written(card)[2:6] == ["note:first", "X-Odd;B=2;a=1:x", "NOTE:b", "URL:c"]


def test_a_line_of_another_card_cannot_be_replaced() -> None:
    with pytest.raises(ValueError, match="not in the card"):
        card_of().replace(card_of().lines[:1], [])


def test_the_version_follows_its_line() -> None:
    card = card_of("3.0")
    card.replace(card.named("VERSION"), [make_line("VERSION", "4.0")])
    assert card.version == "4.0"
    card.replace(card.named("VERSION"), [])
    assert card.version == ""


def test_bytes_that_are_no_utf_8_stay() -> None:
    data = "BEGIN:VCARD\nFN:Jürgen\nNOTE:x\nEND:VCARD\n".encode("latin-1")
    found = cards(data)
    found[0].replace(found[0].named("NOTE"), [make_line("NOTE", "für €")])
    assert to_bytes(found) == data.replace(b"NOTE:x", "NOTE:für €".encode())


def test_a_change_in_utf_16() -> None:
    found = cards(TEXT.encode("utf-16"))
    found[0].insert([make_line("NOTE", "für €")])
    assert to_bytes(found).decode("utf-16") == TEXT.replace("END", "NOTE:für €\r\nEND")
    assert found[0].alone().decode() == TEXT.replace("END", "NOTE:für €\r\nEND")


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("plain", "NOTE:plain"),
        ("a\\;b" + "c" * 90, "NOTE:a\\;b" + "c" * 90),
        ("J=ü\\n b ", "NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=3D=C3=BC=0D=0A b=20"),
        ("a\\\\n\t\\N", "NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:a\\\\n=09=0D=0A"),
        ("a\\\\n", "NOTE:a\\\\n"),
    ],
)
def test_vcard_2_1(value: str, line: str) -> None:
    card = card_of("2.1")
    card.replace(card.named("NOTE"), [make_line("NOTE", value)])
    assert written(card)[2] == line
    (note,) = cards(to_bytes([card]))[0].named("NOTE")
    assert unescape(note.value) == unescape(value)


def test_parameters_and_base64_in_vcard_2_1() -> None:
    card = card_of("2.1")
    made = [make_line("PHOTO", "A" * 200, [("ENCODING", ["b"]), ("TYPE", ["JPEG"])]), make_line("URL", "x")]
    card.replace(card.named("TEL"), [make_line("TEL", "1", [("TYPE", ["HOME", "CELL"])]), *made])
    again = cards(to_bytes([card]))
    assert to_bytes(again) == to_bytes([card])
    tel, photo, url = again[0].lines[-3:]
    assert tel.raw == "TEL;TYPE=HOME;TYPE=CELL:1\r\n"
    assert photo.raw.startswith("PHOTO;ENCODING=BASE64;TYPE=JPEG:AAAA")
    assert photo.raw.endswith("\r\n\r\n")  # an empty line ends the value
    assert (photo.value, url.value) == ("A" * 200, "x")


@pytest.mark.parametrize(
    "body",
    [
        "X-A:1\nNOTE;QUOTED-PRINTABLE:abc=\n",  # a soft break at the end
        "PHOTO;BASE64:AAAA\nTEL:1\nword\n",  # a word that would go on the photo
        "BEGIN:VCARD\nEND:VCARD\n FN:x\n",  # an indented line that would go on the one above
        "X-A:1\nTEL:1\n\nX-B:2",
    ],
)
def test_new_neighbours_are_not_read_as_one(body: str) -> None:
    head = "AGENT:\n" if body.startswith("BEGIN") else ""
    for place in range(3):
        (card,) = cards(f"BEGIN:VCARD\nVERSION:2.1\n{head}{body}".encode())
        gone = card.lines[place : place + 1]
        card.replace(gone, [make_line("X-C", "3")] if place != 1 else [])
        card.insert([make_line("X-D", "4")])
        meant = [(line.name, line.value) for line in card.lines if line.raw.strip()]
        (again,) = cards(to_bytes([card]))
        assert [(line.name, line.value) for line in again.lines if line.raw.strip()] == meant


@pytest.mark.parametrize("text", ["BEGIN:VCARD", "BEGIN:VCARD\n", "BEGIN:VCARD\nFN:x", "BEGIN:VCARD\nFN:x\r"])
def test_a_cut_file_takes_new_lines(text: str) -> None:
    (card,) = cards(text.encode())
    card.insert([make_line("X-NEW", "y")])
    (again, other) = cards(to_bytes([card, *cards(b"BEGIN:VCARD\nEND:VCARD\n")]))
    assert again.lines[-1].value == "y"
    assert len(again.lines) == len(card.lines)
    assert not other.lines


def test_a_card_of_several_is_taken_away() -> None:
    one, two, three = (f"BEGIN:VCARD\nFN:{name}\nEND:VCARD\n" for name in "abc")
    for data, gone, rest in (
        (one + two + three, 1, one + three),
        (one + "\n" + two, 1, one),
        ("\ufeff" + one + two, 0, "\ufeff" + two),
        (one + "junk\n" + two + three, 1, one + "junk\n" + three),
        (one + "junk\n" + two + "more\n", 1, one + "junk\nmore\n"),
        (one, 0, ""),
    ):
        found = cards(data.encode())
        assert to_bytes(without(found, found[gone])).decode() == rest
