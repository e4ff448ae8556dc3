"""JSON Pointer with the "*" of result references."""

from typing import Any

import pytest

from jmapd.wire.pointer import PointerError, resolve

DOCUMENT: dict[str, Any] = {  # RFC 6901 5
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
    "~1": 9,
}


@pytest.mark.rfc("6901", "5")
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("", DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
        ("/~01", 9),
    ],
)
def test_examples(path: str, value: Any) -> None:
    assert resolve(DOCUMENT, path) == value


@pytest.mark.rfc("6901", "4")
@pytest.mark.parametrize(
    "path",
    ["foo", "/bar", "/foo/2", "/foo/-", "/foo/01", "/foo/-1", "/foo/x", "/foo/0/x", "/a~2b", "/~", "/foo/" + "9" * 40],
)
def test_nothing_there(path: str) -> None:
    with pytest.raises(PointerError):
        resolve(DOCUMENT, path)


@pytest.mark.rfc("8620", "3.7")
def test_star_maps_and_flattens_one_level() -> None:
    document = {"list": [{"ids": ["a", "b"], "one": 1}, {"ids": [], "one": 2}, {"ids": ["c"], "one": 3}]}
    assert resolve(document, "/list/*/one") == [1, 2, 3]
    assert resolve(document, "/list/*/ids") == ["a", "b", "c"]
    assert resolve(document, "/list/*/ids/*") == ["a", "b", "c"]
    assert resolve({"x": [[[1]], [[2, 3]]]}, "/x/*") == [[1], [2, 3]]
    assert resolve({"x": []}, "/x/*/y") == []
    assert resolve({"x": {"*": 4}}, "/x/*") == 4  # in an object it is a name like any other
    with pytest.raises(PointerError):
        resolve(document, "/list/*/none")
