"""Files made to cost time or memory, or of any octets: each is read in linear time and written back the same."""

import random

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jmapd.formats.content_lines import make_line
from jmapd.formats.vcard import cards, split_structured, to_bytes, unescape

pytestmark = pytest.mark.rfc("6350", "3.3")

MANY = 50_000
HOSTILE = {
    "parameters without a colon": b"TEL" + b";A=b" * MANY,
    "quotation marks": b"TEL;A=" + b'"' * (2 * MANY + 1) + b":x",
    "quoted semicolons": b"TEL;A=" + b'";' * (MANY + 1) + b":x",
    "quoted commas": b"TEL;A=" + b'",' * (MANY + 1) + b":x",
    "quoted colons": b"TEL;A=" + b'":' * (MANY + 1),
    "parameter values": b"TEL;A=" + b"^n^," * MANY + b":x",
    "bare parameters": b"TEL" + b";A" * MANY + b":x",
    "groups": b"a." * MANY + b"TEL:1",
    "carriage returns": b"NOTE:" + b"\r" * MANY + b"x",
    "folds": b"NOTE:" + b"\r\n a" * MANY,
    "empty folds": b"NOTE:" + b"\n " * MANY,
    "soft breaks": b"NOTE;QUOTED-PRINTABLE:" + b"a=\r\n" * MANY,
    "soft breaks and spaces": b"NOTE;QUOTED-PRINTABLE:" + b"= " * MANY + b"=\n" * MANY,
    "one soft break and spaces": b"NOTE;QUOTED-PRINTABLE:=" + b"\t" * MANY + b"x",
    "equals signs": b"NOTE;QUOTED-PRINTABLE:" + b"=" * MANY,
    "base64 lines": b"PHOTO;BASE64:" + b"\r\nAA==" * MANY,
    "base64 lines and spaces": b"PHOTO;BASE64:\r\n" + (b"A" * 900 + b" " * 900 + b"-\r\n") * 100,
    "broken octets": b"NOTE:" + b"\xff\xfe" * MANY,
    "broken lines": b"\xff:\xfe\n" * MANY,
    "utf-7": b"N;CHARSET=UTF-7:" + b"+2AA-" * MANY,
    "agents": b"AGENT:\nBEGIN:VCARD\n" * MANY,
    "closed agents": b"AGENT:\nBEGIN:VCARD\n" * MANY + b"END:VCARD\n" * MANY,
    "begins": b"BEGIN:VCARD\n" * MANY,
    "ends": b"END:VCARD\n" * MANY,
    "blank lines": b"\n" * MANY,
    "colons": b":" * MANY,
    "semicolons": b"N:" + b";" * MANY,
    "backslashes": b"N:" + b"\\" * (MANY + 1) + b";",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("end", [b"\r\nEND:VCARD\r\n", b""])
def test_hostile_lines(name: str, end: bytes) -> None:
    data = b"BEGIN:VCARD\r\nVERSION:3.0\r\n" + HOSTILE[name] + end
    found = cards(data)
    assert to_bytes(found) == data
    for line in found[0].lines:
        split_structured(line.value)
        unescape(line.value)


def test_a_photo_of_fifty_megabytes() -> None:
    body = b"A" * 50_000_000
    folded = b"\r\n ".join(body[start : start + 74] for start in range(0, len(body), 74))
    data = b"BEGIN:VCARD\r\nVERSION:3.0\r\nPHOTO;ENCODING=b:\r\n " + folded + b"\r\nEND:VCARD\r\n"
    found = cards(data)
    (photo,) = found[0].named("PHOTO")
    assert photo.value == body.decode()
    assert to_bytes(found) == data
    found[0].replace([photo], [make_line("PHOTO", photo.value, photo.params)])
    assert cards(to_bytes(found))[0].named("PHOTO")[0].value == body.decode()


def test_a_hundred_thousand_lines() -> None:
    data = b"BEGIN:VCARD\r\nVERSION:4.0\r\n" + b"X-A;B=c:d\r\n" * 100_000 + b"END:VCARD\r\n"
    found = cards(data)
    assert len(found[0].lines) == 100_001
    found[0].replace_all([([line], [make_line("X-E", "f")]) for line in found[0].named("X-A")])
    assert to_bytes(found) == data.replace(b"X-A;B=c:d", b"X-E:f")


PIECES = [
    *(bytes((octet,)) for octet in b'\n\r \t:;,"\\=.^\0\xff'),
    *b"BEGIN:VCARD\n|END:VCARD\n|VERSION:2.1\n|VERSION:4.0\r\n|AGENT:\n|NOTE|PHOTO;ENCODING=b:".split(b"|"),
    *b"AAAA\n|x=\n|item1.|word\n".split(b"|"),
    *b"QUOTED-PRINTABLE|;BASE64|;CHARSET=|UTF-16|gbk|shift_jis".split(b"|"),
    *b"=0A|=C3|\xc3\xbc|\xc3|\r\n |\n\t|\xef\xbb\xbf|N:".split(b"|"),
]  # fmt: skip
octets = st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))


@settings(max_examples=500, deadline=None)
@given(octets, st.sampled_from([b"", b"BEGIN:VCARD\n", b"\xff\xfeB\0E\0", b"BEGIN:VCARD\r"]))
def test_any_octets(body: bytes, start: bytes) -> None:
    found = cards(start + body)
    assert to_bytes(found) in (start + body, b"")
    for card in found:
        orjson.dumps([(line.group, line.name, line.params, line.value) for line in card.lines])
        assert all(line.is_broken or line.name or not line.raw.strip("\ufeff").strip() for line in card.lines)
        assert to_bytes(cards(card.alone())) in (card.alone(), b"")


@settings(max_examples=300, deadline=None)
@given(octets, st.randoms(use_true_random=False))
def test_a_change_leaves_all_other_lines(body: bytes, chance: random.Random) -> None:
    (card, *rest) = cards(b"BEGIN:VCARD\nVERSION:3.0\n" + body.replace(b"AGENT", b"NOTE"))
    place = chance.randrange(len(card.lines))
    others = [line for line in card.lines if line is not card.lines[place]]
    card.replace([card.lines[place]], [make_line("X-NEW", "y")] if chance.random() < 0.5 else [])
    card.insert([make_line("X-END", "z")])
    again = cards(to_bytes([card, *rest]))[0]
    kept = [(line.name, line.raw.strip()) for line in again.lines if line.raw.strip()]
    assert [each for each in kept if each[0] not in ("X-NEW", "X-END")] == [
        (line.name, line.raw.strip()) for line in others if line.raw.strip()
    ]
