"""Header fields written in the forms of RFC 8621 4.1.2: what they look like, and what is refused."""

from typing import Any

import pytest

from jmapd.formats.message.header_forms import FORMS
from jmapd.formats.message.header_write import field

ADDRESSES = "asAddresses"


def read(whole: bytes, form: str) -> Any:
    """What Email/get will answer; on disk line ends are LF."""
    return FORMS[form](whole[whole.index(b":") + 1 : -2].replace(b"\r\n", b"\n"))


@pytest.mark.rfc("8621", "4.1.2.1")
@pytest.mark.parametrize("value", [" a", "", "a", " a\r\n b", " a\r\n\tb ", " ä", " =?utf-8?q?a?=", "\r\n a", " a\tb"])
def test_raw_is_written_as_given(value: str) -> None:
    assert field("X-Raw", "asRaw", value) == f"X-Raw:{value}\r\n".encode()
    assert read(field("X-Raw", "asRaw", value), "asRaw") == value


@pytest.mark.rfc("5322", "2.2.3")
@pytest.mark.parametrize(
    "value",
    [
        "a\r\nBcc: x",
        "a\nb",
        "a\n b",
        "a\rb",
        "a\r\n",
        "a\r\n \r\n b",
        "a\r\n ",
        "a\r\n\t \r\n",
        "\0",
        "a\x7f",
        "a\x1b[0m",
    ]
    + ["a\x85b", "\ud800", " " + "x" * 998, " a\r\n " + "ä" * 499, 1, None],
)
def test_raw_that_is_no_header_field(value: Any) -> None:
    with pytest.raises(ValueError):
        field("X-Raw", "asRaw", value)


@pytest.mark.rfc("5322", "2.2")
@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\nb", "ä", "a\0", "a\x7f", "x" * 256, " a"])
def test_names_that_are_none(name: str) -> None:
    for form in FORMS:
        with pytest.raises(ValueError):
            field(name, form, [])


@pytest.mark.rfc("8621", "4.1.2")
@pytest.mark.parametrize("character", ["\r", "\n", "\r\n", "\r\n ", "\0", "\x1f", "\x7f", "\x85", "\x9b", "\ud83d"])
@pytest.mark.parametrize(
    ("form", "made"),
    [
        ("asText", lambda text: text),
        ("asAddresses", lambda text: [{"name": text, "email": "a@example.org"}]),
        ("asAddresses", lambda text: [{"name": None, "email": text}]),
        ("asGroupedAddresses", lambda text: [{"name": text, "addresses": []}]),
        ("asMessageIds", lambda text: [text]),
        ("asDate", lambda text: f"2024-01-01T00:00:00Z{text}"),
        ("asURLs", lambda text: [text]),
    ],
)
def test_control_characters_inject_nothing(form: str, made: Any, character: str) -> None:
    for text in (f"a{character}Bcc: b@example.org", f"ä{character}b", f"a{character}", f"{character}a"):
        with pytest.raises(ValueError):
            field("X-Any", form, made(text))


@pytest.mark.rfc("8621", "4.1.2")
@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("asText", None),
        ("asText", ["a"]),
        ("asAddresses", None),
        ("asAddresses", {"name": None, "email": "a@example.org"}),
        ("asAddresses", ["a@example.org"]),
        ("asAddresses", [{"name": "a"}]),
        ("asAddresses", [{"name": 1, "email": "a@example.org"}]),
        ("asAddresses", [{"email": None}]),
        ("asAddresses", [{"email": "a@example.org", "x": 1}]),
        ("asAddresses", [{"email": "x" * 998 + "@example.org"}]),
        ("asGroupedAddresses", [{"name": "a"}]),
        ("asGroupedAddresses", [{"name": "a", "addresses": None}]),
        ("asGroupedAddresses", [{"name": None, "email": "a@example.org"}]),
        ("asMessageIds", "a@example.org"),
        ("asMessageIds", ["<a@example.org>"]),
        ("asMessageIds", ["a b"]),
        ("asMessageIds", [""]),
        ("asMessageIds", [1]),
        ("asMessageIds", ["x" * 998]),
        ("asDate", "yesterday"),
        ("asDate", "1899-12-31T00:00:00Z"),
        ("asDate", "9999-12-31T23:59:59-01:00"),
        ("asDate", "2024-02-30T00:00:00Z"),
        ("asDate", 0),
        ("asURLs", ["<https://example.org>"]),
        ("asURLs", ["a b"]),
        ("asURLs", [None]),
    ],
)
def test_wrong_shapes(form: str, value: Any) -> None:
    with pytest.raises(ValueError) as error:
        field("X-Any", form, value)
    assert str(error.value)


@pytest.mark.rfc("5322", "3.4")
@pytest.mark.parametrize(
    ("name", "email", "written"),
    [
        (None, "bob@example.org", "bob@example.org"),
        ("", "bob@example.org", "bob@example.org"),
        ("Bob", "bob@example.org", "Bob <bob@example.org>"),
        (" Bob ", " bob@example.org ", "Bob <bob@example.org>"),
        ("Bob B. Example", "bob@example.org", '"Bob B. Example" <bob@example.org>'),
        ("Bob  Example", "bob@example.org", '"Bob  Example" <bob@example.org>'),
        ('Bob "B" \\', "bob@example.org", '"Bob \\"B\\" \\\\" <bob@example.org>'),
        ("Bob, Bill <x@example.org>", "bob@example.org", '"Bob, Bill <x@example.org>" <bob@example.org>'),
        ("Björn", "b@example.org", "=?utf-8?b?QmrDtnJu?= <b@example.org>"),
        ("=?x?", "b@example.org", "=?utf-8?b?PT94Pw==?= <b@example.org>"),
        (None, "björn@exämple.org", "björn@exämple.org"),
        (None, '"bob b"@example.org', '"bob b"@example.org'),
        (None, "bob@[192.0.2.1]", "bob@[192.0.2.1]"),
        (None, "bob", "bob"),
        (None, "", "<>"),
        ("Bob", "", "Bob <>"),
        (None, "bob@", "<bob@>"),
        (None, ".@a", "<.@a>"),
        (None, "a b", '<"a b">'),
        ("Bob", "a@example.org>, <b@example.org", 'Bob <"a@example.org>, <b@example.org">'),
        (None, 'a"b\\', '<"a\\"b\\\\">'),
    ],
)
def test_addresses(name: str | None, email: str, written: str) -> None:
    whole = field("To", ADDRESSES, [{"name": name, "email": email}])
    assert whole.decode() == f"To: {written}\r\n"
    assert read(whole, ADDRESSES) == [{"name": (name or "").strip() or None, "email": email.strip()}]


@pytest.mark.rfc("8621", "4.1.2.4")
def test_groups() -> None:
    groups = [
        {"name": None, "addresses": [{"email": "a@example.org"}]},
        {"name": "Friends", "addresses": [{"name": "B", "email": "b@example.org"}, {"email": "c@example.org"}]},
        {"name": "Überall", "addresses": []},
        {"name": "", "addresses": [{"email": "d@example.org"}]},
    ]
    whole = field("To", "asGroupedAddresses", groups)
    assert whole.decode() == (
        "To: a@example.org, Friends: B <b@example.org>, c@example.org;,\r\n"
        " =?utf-8?q?=C3=9Cberall?= :;, d@example.org\r\n"
    )
    answer = read(whole, "asGroupedAddresses")
    assert [(group["name"], len(group["addresses"])) for group in answer] == [
        (None, 1), ("Friends", 2), ("Überall", 0), (None, 1)
    ]  # fmt: skip
    assert field("To", "asGroupedAddresses", [{"name": "undisclosed recipients", "addresses": []}]) == (
        b"To: undisclosed recipients:;\r\n"
    )


@pytest.mark.rfc("8621", "4.1.2")
@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("asAddresses", []),
        ("asGroupedAddresses", []),
        ("asGroupedAddresses", [{"name": None, "addresses": []}]),
        ("asMessageIds", []),
        ("asURLs", []),
    ],
)
def test_a_list_without_items_is_no_field(form: str, value: Any) -> None:
    assert field("X-Any", form, value) == b""


@pytest.mark.rfc("5322", "3.3")
@pytest.mark.parametrize(
    ("value", "written", "again"),
    [
        ("2024-02-29T10:00:00+05:30", b"Thu, 29 Feb 2024 10:00:00 +0530", None),
        ("2024-02-29T10:00:00Z", b"Thu, 29 Feb 2024 10:00:00 +0000", None),
        ("1900-01-01T00:00:00-12:00", b"Mon, 01 Jan 1900 00:00:00 -1200", None),
        ("2024-02-29T10:00:00.5-00:00", b"Thu, 29 Feb 2024 10:00:00 +0000", "2024-02-29T10:00:00Z"),
    ],
)
def test_dates(value: str, written: bytes, again: str | None) -> None:
    assert field("Date", "asDate", value) == b"Date: %s\r\n" % written
    assert read(field("Date", "asDate", value), "asDate") == (again or value)


@pytest.mark.rfc("2369", "2")
def test_urls() -> None:
    urls = ["mailto:list@example.org?subject=help", "https://example.org/" + "x" * 2000]
    whole = field("List-Help", "asURLs", urls)
    assert whole.startswith(b"List-Help: <mailto:list@example.org?subject=help>,\r\n <https://example.org/xxx")
    assert read(whole, "asURLs") == urls


@pytest.mark.rfc("2047", "2")
def test_what_must_be_encoded_and_what_stays_readable() -> None:
    assert field("Subject", "asText", "plain  words") == b"Subject: plain  words\r\n"
    assert field("Subject", "asText", "") == b"Subject:\r\n"
    assert field("Subject", "asText", "Re: é è: x") == b"Subject: Re: =?utf-8?b?w6kgw6g6?= x\r\n"
    assert field("Subject", "asText", " a") == b"Subject: =?utf-8?q?_a?=\r\n"
    assert b"=?utf-8?q?" in field("Subject", "asText", "x" * 998)
    assert field("Subject", "asText", "a =?utf-8?q?b?=") == b"Subject: a =?utf-8?b?PT91dGYtOD9xP2I/PQ==?=\r\n"
    assert field("Subject", "asText", "x" * 900) == b"Subject: %s\r\n" % (b"x" * 900)


@pytest.mark.parametrize(
    ("form", "made"),
    [
        ("asText", lambda size: "é " * size),
        ("asText", lambda size: "x" * size),
        ("asText", lambda size: " " * size),
        ("asText", lambda size: "a" + " " * size),
        ("asText", lambda size: "a" + " " * size + "b"),
        ("asText", lambda size: "=?" * size),
        ("asAddresses", lambda size: [{"name": '"' * size, "email": "a@example.org"}]),
        ("asAddresses", lambda size: [{"name": "a b" * size, "email": "a@example.org"}]),
        ("asAddresses", lambda size: [{"name": "a", "email": "a@example.org"}] * (size // 10)),
        ("asURLs", lambda size: ["x" * size]),
    ],
)
def test_long_input_costs_its_length(form: str, made: Any) -> None:
    """Its square would take minutes."""
    assert read(field("X-Any", form, made(150_000)), form)


def test_more_than_is_read_again_is_refused() -> None:
    with pytest.raises(ValueError, match="characters"):
        field("Subject", "asText", "x " * 600_000)
    with pytest.raises(ValueError, match="octets"):
        field("To", "asAddresses", [{"name": "x", "email": "x@example.org"}] * 60_000)
    assert len(field("Subject", "asText", "x " * 100_000 + "x")) > 200_000
