"""URIs of people in calendars (jmap-calendars-27 3, RFC 3986 6.2.2)."""

import pytest

from jmapd.formats.calendar_address import is_uri, mail_address, mailto, normalised_uri
from jmapd.formats.colors import NAMES, is_color, is_hex

pytestmark = pytest.mark.rfc("3986", "6.2.2")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MAILTO:Alice@Example.org", "mailto:alice@example.org"),
        ("mailto:%61lice@example.org", "mailto:alice@example.org"),
        ("HTTPS://Dav.Example.org/Alice/", "https://dav.example.org/Alice/"),
        ("https://x/%7ealice", "https://x/~alice"),
        ("https://x/%c3%a9", "https://x/%C3%A9"),
        ("https://x/a/./b/../c", "https://x/a/c"),
        ("https://x/a/b/..", "https://x/a/"),
        ("https://x/../..", "https://x/"),
        ("https://u@X/a?b/../c", "https://u@x/a?b/../c"),
        ("URN:uuid:0", "urn:uuid:0"),
    ],
)
def test_equivalent(one: str, other: str) -> None:
    assert normalised_uri(one) == normalised_uri(other) == normalised_uri(normalised_uri(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://x/a", "https://x/A"),
        ("https://x/%2f", "https://x//"),
        ("urn:a", "urn:A"),
        ("https://x/a", "http://x/a"),
    ],
)
def test_not_equivalent(one: str, other: str) -> None:
    assert normalised_uri(one) != normalised_uri(other)


def test_what_has_no_scheme_stays() -> None:
    assert normalised_uri("Alice") == "Alice"


def test_what_is_a_uri() -> None:
    assert all(map(is_uri, ("mailto:a@b.example", "urn:x", "https://x/é", "https://x/%41")))
    assert not any(
        map(is_uri, ("", "a", ":x", "1a:b", "x:", "x: ", "x:a\n", "x:%4", 'x:"', "x:\ud800", "x:" + "a" * 2000))
    )


@pytest.mark.parametrize("address", ["alice@example.org", "a+b@example.org", "a%b@example.org", "zoë@example.org"])
def test_mail_addresses(address: str) -> None:
    assert mail_address(mailto(address)) == address and is_uri(mailto(address))


def test_what_is_no_mail_address() -> None:
    assert [mail_address(each) for each in ("urn:x", "mailto:", "mailto:a", "mailto:a@b,c@d")] == [None] * 4


@pytest.mark.rfc("jmap-calendars-27", "4")
def test_colors() -> None:
    assert len(NAMES) == 147 and is_color("RebeccaPurple") is False
    assert all(map(is_color, ("red", "RED", "#fff", "#00ff7F"))) and not any(
        map(is_color, ("", "#ffff", "fff", "#ggg"))
    )
    assert is_hex("#abc") and not is_hex("red")
