"""What is a mail address, and when two are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.mail_address import is_address, is_domain, normalised, split


@pytest.mark.rfc("5321", "4.1.2")
@pytest.mark.parametrize(
    "address",
    [
        *("a@example.org", "a.b+c-d_e@mail.example.org", "!#$%&'*+-/=?^_`{|}~@example.org", "*@example.org", "a@b"),
        *('"a b"@example.org', '"a\\"b@c"@example.org', '""@example.org', "a@[192.0.2.1]", "a@[IPv6:2001:db8::1]"),
        *("x" * 64 + "@example.org", "a@" + "b" * 63 + ".org", "a@xn--bcher-kva.example", "a@1.example"),
    ],
)
def test_addresses(address: str) -> None:
    assert is_address(address)


@pytest.mark.rfc("6531", "3.3")
@pytest.mark.parametrize("address", ["jürgen@example.org", "a@bücher.example", "用户@例子.example", "ü" * 32 + "@b.c"])
def test_addresses_beyond_ascii(address: str) -> None:
    assert is_address(address)


@pytest.mark.rfc("5321", "4.1.2")
@pytest.mark.parametrize(
    "address",
    [
        *("", "@", "a", "a@", "@b", "a@@b", "a@b@c", ".a@b", "a.@b", "a..b@c", "a b@c", " a@b", "a@b ", "a@b c"),
        *("<a@b>", "a@b,c@d", "a(b)@c", "a;b@c", "a:b@c", "a[b]@c", "a\\b@c", '"a@b', '"a"b@c', '"a\nb"@c'),
        *("a@b\r\nX: y", "a\0@b", "a@b\n", "a@.b", "a@b.", "a@b..c", "a@-b", "a@b-", "a@[1.2.3]", "a@[IPv6:x]"),
        *("a@[", "a@[]", "a\ud800@b", "a@b\u2028", "a\x85b@c", "a\u00a0b@c"),
    ],
)
def test_no_addresses(address: str) -> None:
    assert not is_address(address)


@pytest.mark.rfc("5321", "4.5.3.1")
@pytest.mark.parametrize(
    "address",
    ["x" * 65 + "@b", "ü" * 33 + "@b", "a@" + "b" * 64, "a@" + "b." * 126 + "b", "x" * 60 + "@" + "b" * 60 + ".c" * 80],
)
def test_too_long(address: str) -> None:
    assert not is_address(address)


def test_hostile_input_takes_no_time() -> None:
    for text in ("a." * 500_000, '"' + "\\a" * 500_000, "a@" + "b." * 500_000, "@" * 1_000_000, "a@" + "-" * 1_000_000):
        assert not is_address(text) and not is_domain(text)


@given(st.text(max_size=40))
def test_nothing_but_an_answer_for_any_text(text: str) -> None:
    if is_address(text):
        local, domain = split(text)
        assert f"{local}@{domain}" == text and text.isprintable() and is_domain(domain)
        assert normalised(text) == normalised(normalised(text))


@pytest.mark.parametrize(
    "one, other",
    [
        *(("Alice@Example.ORG", "alice@example.org"), ("a@BÜCHER.example", "a@xn--bcher-kva.example")),
        *(("ALICE", "alice"), ("a@[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]")),
    ],
)
def test_the_same(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize("domain", ["é" + "b" * 63 + ".org", "é..org", "\ud800", "é" * 300])
def test_domains_that_have_no_ascii_form(domain: str) -> None:
    assert normalised(f"a@{domain}") == f"a@{domain}".lower()
