"""Type signatures as the RFCs write them."""

from typing import Any

import pytest

from jmapd.wire.signatures import allows_null, check, compiled


@pytest.mark.rfc("8620", "1.1")
@pytest.mark.parametrize(
    ("signature", "good", "bad"),
    [
        ("Id", ["a"], ["", "a b", 1, None]),
        ("Id|null", ["a", None], ["#a", 0]),
        ("String", ["", "x"], [None, 1, []]),
        ("String[]|null", [None, [], ["a"]], [[None], "a", {}]),
        ("Boolean", [True, False], [0, 1, None, "true"]),
        ("Int", [0, -1, 2**53 - 1], [True, 1.0, 2**53, "1", None]),
        ("UnsignedInt", [0, 5], [-1, True, 0.5]),
        ("Number", [0, -1.5], [True, "1"]),
        ("Id[Boolean]", [{}, {"a": True}], [{"a": 1}, {"a b": True}, [], None]),
        ("String[Boolean]", [{"$seen": True}], [{"$seen": "yes"}]),
        ("String[String[]]", [{"a b": ["c"]}], [{"a": "c"}, {"a": [1]}]),
        ("Id[Foo|null]|null", [None, {"a": None}, {"a": {}}], [{"a": 1}]),
        ("(FilterOperator|FilterCondition)[]", [[], [{}, {"operator": "AND"}]], [[1], {}]),
        ("FilterOperator|FilterCondition|null", [None, {}], [[], "x"]),
        ("Comparator[]|null", [None, [{}]], [[None], {}]),
        ("PatchObject", [{}], [None, []]),
        ("String[*]", [{"a": None}], [[]]),
        ("*", [None, 1, {}], []),
        ("UTCDate", ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00.000Z"], ["2020-01-01T00:00:00+00:00", 0, None]),
        ("Date|null", ["2020-01-01T00:00:00+01:00", None], ["2020-01-01", 5]),
        (
            "EmailAddress[]|null",
            [None, [], [{"email": "bob@example.org"}], [{"name": None, "email": ""}]],
            [[{"name": "bob"}], [{"name": 1, "email": ""}], [None], [{"email": None}]],
        ),
        ("EmailAddressGroup[]", [[{"name": None, "addresses": []}]], [[{"addresses": [{}]}], [{}], [1]]),
    ],
)
def test_values(signature: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert check(signature, value) is None, value
    for value in bad:
        assert check(signature, value), value
    assert allows_null(signature) == (None in good)


def test_what_is_wrong_is_said() -> None:
    assert check("Id[String[]]", {"a": ["x", 1]}) == "['a'] [1] must be a string"


@pytest.mark.parametrize("signature", ["id", "String]", "String[", "[]", "String||null", "String null", ""])
def test_no_signature(signature: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        compiled(signature)
