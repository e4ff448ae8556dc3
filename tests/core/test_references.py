"""References to results of earlier calls."""

from typing import Any

import pytest

from ..methods.bakery import Bakery

pytestmark = pytest.mark.rfc("8620", "3.7")


def _refer(path: str, name: str = "Core/echo", result: str = "0") -> dict[str, str]:
    return {"resultOf": result, "name": name, "path": path}


def _echo(bakery: Bakery, reference: Any, **more: Any) -> Any:
    first = ["Core/echo", {"list": [{"id": "a", "ids": ["x", "y"]}, {"id": "b", "ids": []}], "n": 5}, "0"]
    return bakery.request([first, ["Core/echo", {"#arg": reference, **more}, "1"]])[1]


def test_values_take_the_place_of_references(bakery: Bakery) -> None:
    assert _echo(bakery, _refer("/n"), other=1) == ("Core/echo", {"arg": 5, "other": 1}, "1")
    assert _echo(bakery, _refer("/list/*/id"))[1] == {"arg": ["a", "b"]}
    assert _echo(bakery, _refer("/list/*/ids"))[1] == {"arg": ["x", "y"]}
    assert _echo(bakery, _refer("/list/1/id"))[1] == {"arg": "b"}
    assert _echo(bakery, _refer(""))[1]["arg"]["n"] == 5


def test_query_get_in_one_request(bakery: Bakery) -> None:
    ids = [bakery.bake(name=name) for name in "ab"]
    reference = {"resultOf": "q", "name": "Cake/query", "path": "/ids"}
    calls = [
        ["Cake/query", {"accountId": "A", "sort": [{"property": "name"}]}, "q"],
        ["Cake/get", {"#accountId": _refer("/accountId", "Cake/query", "q"), "#ids": reference}, "g"],
    ]
    assert [record["id"] for record in bakery.request(calls)[1][1]["list"]] == ids


@pytest.mark.parametrize(
    "reference",
    [
        _refer("/none"),
        _refer("/list/2"),
        _refer("/list/*/none"),
        _refer("list"),
        _refer("/n/x"),
        _refer("/n", name="Core/ech"),
        _refer("/n", result="1"),
        _refer("/n", result="9"),
        {"resultOf": "0", "name": "Core/echo"},
        {"resultOf": 0, "name": "Core/echo", "path": "/n"},
        "/n",
        None,
    ],
)
def test_references_that_lead_nowhere(bakery: Bakery, reference: Any) -> None:
    name, error, _ = _echo(bakery, reference)
    assert name == "error" and error["type"] == "invalidResultReference"


def test_an_argument_given_both_ways(bakery: Bakery) -> None:
    assert _echo(bakery, _refer("/n"), arg=1)[1]["type"] == "invalidArguments"


def test_the_first_response_with_that_id_counts(bakery: Bakery) -> None:
    calls = [
        ["Core/none", {}, "0"],
        ["Core/echo", {"n": 1}, "0"],
        ["Core/echo", {"#n": _refer("/n")}, "1"],
        ["Core/echo", {"#n": _refer("/type", name="error")}, "2"],
    ]
    responses = bakery.request(calls)
    assert responses[2][1]["type"] == "invalidResultReference"
    assert responses[3][1] == {"n": "unknownMethod"}


def test_an_unknown_method_comes_before_its_references(bakery: Bakery) -> None:
    assert bakery.request([["Core/none", {"#a": 1}, "0"]])[0][1]["type"] == "unknownMethod"
