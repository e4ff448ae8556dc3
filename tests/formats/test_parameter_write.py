"""Content-* header fields written (RFC 2045, 2183, 2231, 2557, 3282), and read back."""

import email.policy
from email import message_from_bytes
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jmapd.formats.message import structure
from jmapd.formats.message.parameter_write import content_id, content_type, disposition, language, location
from jmapd.formats.message.parameters import parse

TEXT = st.lists(
    st.characters(blacklist_categories=("Cs", "Cc"))
    | st.sampled_from(["=?utf-8?q?a?=", '"', "\\", "'", "%41", "*", ";", "\t", "/etc/passwd", "x" * 70]),
    max_size=60,
).map("".join)


def parameters(whole: bytes) -> dict[str, str]:
    return parse(whole[whole.index(b":") + 1 : -2].replace(b"\r\n", b"\n"))[1]


@pytest.mark.rfc("2231", "3")
@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("utf-8", "charset=utf-8"),
        ("", 'charset=""'),
        ("a b", 'charset="a b"'),
        ('a"\\', 'charset="a\\"\\\\"'),
        ("a;b=(c)", 'charset="a;b=(c)"'),
        ("ä'", "charset*=utf-8''%C3%A4%27"),
        ("=?x?=", "charset*=utf-8''%3D%3Fx%3F%3D"),
    ],
)
def test_parameters(value: str, written: str) -> None:
    whole = content_type("text/plain", {"charset": value})
    assert whole.decode() == f"Content-Type: text/plain; {written}\r\n"
    assert parameters(whole) == {"charset": value}


@pytest.mark.rfc("2231", "4.1")
@given(TEXT, TEXT)
@example("x" * 100, "日" * 1000)
def test_what_is_written_reads_back(one: str, two: str) -> None:
    whole = disposition("attachment", {"filename": one, "x-more": two})
    assert parameters(whole) == {"filename": one, "x-more": two}
    assert all(len(line) <= 76 for line in whole.split(b"\r\n")) and whole.isascii()
    part = structure.parse(whole + b"\r\n")
    assert part.disposition == "attachment" and part.name == (one or None)


@pytest.mark.rfc("2231", "4")
@given(st.text("aäö日 ();'%", max_size=200).map(str.strip))
def test_python_reads_the_same(name: str) -> None:
    message = message_from_bytes(disposition("attachment", {"filename": name}) + b"\r\n", policy=email.policy.default)
    assert (message.get_filename() or "") == name


@pytest.mark.rfc("5322", "2.2")
@pytest.mark.parametrize("text", ["a\r\nBcc: b", "a\0", "a\nb", "a\x7f", "\x85", "\ud800"])
def test_control_characters_inject_nothing(text: str) -> None:
    for write in (
        lambda: content_type(text, {}),
        lambda: content_type(f"text/{text}", {}),
        lambda: content_type("text/plain", {"charset": text}),
        lambda: content_type("text/plain", {text: "a"}),
        lambda: disposition(text, {}),
        lambda: disposition("attachment", {"filename": f"ä{text}"}),
        lambda: language([text]),
        lambda: location(text),
        lambda: content_id(text),
    ):
        with pytest.raises(ValueError):
            write()


@pytest.mark.rfc("2045", "5.1")
@pytest.mark.parametrize(
    "write",
    [
        lambda: content_type("text", {}),
        lambda: content_type("text/plain; charset=x", {}),
        lambda: content_type("text/plain", {"a b": "c"}),
        lambda: content_type("text/plain", {"a*": "c"}),
        lambda: content_type("text/plain", {"": "c"}),
        lambda: content_type("text/plain", {"a": "b", "A": "c"}),
        lambda: content_type("text/plain", {"a": "日" * 20_000}),
        lambda: content_type("text/plain", {"a": "x" * 1_000_000}),
        lambda: content_type("text/plain", {"a" * 41: "x"}),
        lambda: disposition("attach ment", {}),
        lambda: disposition("", {}),
        lambda: language(["en us"]),
        lambda: language([""]),
        lambda: location("a b"),
        lambda: location(""),
        lambda: content_id("<a@example.org>"),
        lambda: content_id("a(b)@example.org"),
        lambda: content_id("x" * 998),
    ],
)
def test_refused(write: Any) -> None:
    with pytest.raises(ValueError) as error:
        write()
    assert str(error.value)


@pytest.mark.rfc("8621", "4.1.4")
def test_language_location_and_id_read_back() -> None:
    assert language([]) == b""
    uri = "https://example.org/ä/" + "x" * 3000
    for given_location in (uri, "https://example.org/a(b);c,d'e"):
        data = language(["en", "de-CH"]) + location(given_location) + content_id("a.b@example.org")
        assert max(map(len, data.split(b"\r\n"))) <= 998
        part = structure.parse(data.replace(b"\r\n", b"\n") + b"\n")
        assert (part.language, part.location, part.cid) == (["en", "de-CH"], given_location, "a.b@example.org")
