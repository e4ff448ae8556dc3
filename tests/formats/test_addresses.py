"""Addresses and GroupedAddresses."""

from typing import Any

import pytest

from jmapd.formats.message import addresses
from jmapd.formats.message.header_forms import as_addresses, as_grouped_addresses

pytestmark = pytest.mark.rfc("8621", "4.1.2.3")

EXAMPLE = (
    b' "  James Smythe" <james@example.com>, Friends:\r\n  jane@example.com, =?UTF-8?Q?John_Sm=C3=AEth?=\r\n'
    b"  <john@example.com>;"
)


def test_example_of_the_rfc() -> None:
    james = {"name": "James Smythe", "email": "james@example.com"}
    jane = {"name": None, "email": "jane@example.com"}
    john = {"name": "John Smîth", "email": "john@example.com"}
    assert as_addresses(EXAMPLE) == [james, jane, john]
    assert as_grouped_addresses(EXAMPLE) == [
        {"name": None, "addresses": [james]},
        {"name": "Friends", "addresses": [jane, john]},
    ]


@pytest.mark.parametrize(
    ("value", "name", "email"),
    [
        ("a@b.example", None, "a@b.example"),
        ("<a@b.example>", None, "a@b.example"),
        ("Alice <a@b.example>", "Alice", "a@b.example"),
        ("Alice  B.\tC. <a@b.example>", "Alice B. C.", "a@b.example"),
        ('"Alice \\"A\\" \\\\" <a@b.example>', 'Alice "A" \\', "a@b.example"),
        ('"  in  side  " <a@b.example>', "in  side", "a@b.example"),
        ('"" <a@b.example>', "", "a@b.example"),
        ('Alice "B. C." <a@b.example>', "Alice B. C.", "a@b.example"),
        ('"quo,ted"@b.example', None, '"quo,ted"@b.example'),
        ('X <"quo ted"@b.example>', "X", '"quo ted"@b.example'),
        ("X <a@[192.0.2.1]>", "X", "a@[192.0.2.1]"),
        ("X <a@[IPv6:2001:db8::1]>", "X", "a@[IPv6:2001:db8::1]"),
        ("Jörg <jörg@bücher.example>", "Jörg", "jörg@bücher.example"),
        # a comment after the address stands in for a name
        ("a@b.example (Alice)", "Alice", "a@b.example"),
        ("<a@b.example> (Alice (in Wonderland))", "Alice (in Wonderland)", "a@b.example"),
        ("a@b.example (=?utf-8?q?=C3=84?= \\))", "Ä )", "a@b.example"),
        ("Alice <a@b.example> (home)", "Alice", "a@b.example"),
        ("(before) a@b.example", None, "a@b.example"),
        # obsolete syntax
        ("a . b @ c . example", None, "a.b@c.example"),
        ("X <a (x) . b@c.example (y)>", "X", "a.b@c.example"),
        ("X <@one.example,@two.example:a@b.example>", "X", "a@b.example"),
        ("c@(the host)public.example", None, "c@public.example"),
        # encoded words
        ("=?utf-8?q?=C3=84?= =?utf-8?q?b?= <a@b.example>", "Äb", "a@b.example"),
        ("=?utf-8?q?=C3=84?= B <a@b.example>", "Ä B", "a@b.example"),
        ("=?utf-8?q?=C3=84?=<a@b.example>", "Ä", "a@b.example"),
        ("=?utf-8?q?Smith,_A?= <a@b.example>", "Smith, A", "a@b.example"),
        ("=?klingon?q?x?= <a@b.example>", "=?klingon?q?x?=", "a@b.example"),
        ('"=?utf-8?q?=C3=84?=" <a@b.example>', "=?utf-8?q?=C3=84?=", "a@b.example"),  # RFC 2047 5: not in quotes
        # broken
        ("alice", None, "alice"),
        ("Alice B", "Alice B", ""),
        ("Alice <>", "Alice", ""),
        ("Alice <a@b.example", "Alice", "a@b.example"),
        ("Alice a@b.example>", "Alice", "a@b.example"),
        ("Alice a@b.example", "Alice", "a@b.example"),
        ("<<a@b.example>>", None, "a@b.example"),
        ('"Alice <a@b.example>', "Alice", "a@b.example"),
        ("Alice (x <a@b.example>", "Alice (x", "a@b.example"),
        ("Alice [x] <a@b.example>", "Alice [x]", "a@b.example"),
        ("a@b@c.example", None, "a@b@c.example"),
        (", ,a@b.example,,", None, "a@b.example"),
    ],
)
def test_one_mailbox(value: str, name: str | None, email: str) -> None:
    assert as_addresses(value.encode()) == [{"name": name, "email": email}]


@pytest.mark.parametrize(
    ("value", "emails"),
    [
        ("a@b, c@d", ["a@b", "c@d"]),
        ("A <a@b>,C <c@d> ,e@f", ["a@b", "c@d", "e@f"]),
        ("a@b; c@d", ["a@b", "c@d"]),
        ("A <a@b> C <c@d>", ["a@b", "c@d"]),
        ("A <a@b, C <c@d>", ["a@b", "c@d"]),
        ("", []),
        (" , ", []),
        ("undisclosed-recipients:;", []),
    ],
)
def test_lists(value: str, emails: list[str]) -> None:
    assert [one["email"] for one in as_addresses(value.encode())] == emails


@pytest.mark.rfc("8621", "4.1.2.4")
@pytest.mark.parametrize(
    ("value", "groups"),
    [
        ("a@b, c@d", [(None, 2)]),
        ("undisclosed-recipients:;", [("undisclosed-recipients", 0)]),
        ("a@b, G: c@d; , e@f, g@h", [(None, 1), ("G", 1), (None, 2)]),
        ('"My: G": c@d, e@f', [("My: G", 2)]),
        ("=?utf-8?q?=C3=84?=: c@d;", [("Ä", 1)]),
        ("A (comment) : c@d;", [("A", 1)]),
        ("A: B: c@d;;", [("A", 0), ("B", 1)]),
    ],
)
def test_groups(value: str, groups: list[tuple[str | None, int]]) -> None:
    found: list[dict[str, Any]] = as_grouped_addresses(value.encode())
    assert [(group["name"], len(group["addresses"])) for group in found] == groups


@pytest.mark.parametrize(
    "value",
    [
        "Alice <a@b.example>",
        '"A, B" <a@b.example>, c@d.example',
        "=?utf-8?q?=C3=84?= X <a@b.example>",
        "A. B.  C <a@b>",
        "",
    ],
)
def test_the_short_way_agrees_with_the_grammar(value: str) -> None:
    assert addresses.parse(value) == addresses._Parser(value).groups()


def test_a_hundred_thousand_addresses() -> None:
    assert len(as_addresses(b"<a@b.ex>, " * 100_000)) == 100_000
    assert len(as_addresses(b"(c) a@b.example (d), " * 20_000)) == 20_000


@pytest.mark.parametrize(
    "value",
    [
        "(" * 50_000,
        "(" * 25_000 + ")" * 25_000 + " a@b",
        "(a)" * 25_000,
        "a:" * 25_000,
        '"\\"' * 25_000,
        '"\\' * 25_000,
        "<" * 50_000,
        "<" + "(c)" * 50_000 + "@" + "," * 25_000,
        "[" * 50_000,
        "=?a?q?" * 50_000,
        " . " * 25_000,
        "@" * 50_000,
        "a " * 25_000 + "@ b",
        "a" * 1_000_000,
    ],
)
def test_hostile_lists_finish(value: str) -> None:
    assert isinstance(addresses.parse(value), list)
