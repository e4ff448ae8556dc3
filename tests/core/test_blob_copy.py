"""Blob/copy."""

from typing import Any

import pytest

from jmapd.methods.context import Limits

from ..methods.bakery import Bakery

pytestmark = pytest.mark.rfc("8620", "6.3")
TO_B = {"fromAccountId": "A", "accountId": "B"}


def test_copy(bakery: Bakery) -> None:
    blob, size = bakery.accounts["A"].blobs.put([b"ca", b"ke"], 10)
    answer = bakery.call("Blob/copy", {**TO_B, "blobIds": [blob, "Gnone", blob]})
    assert size == 4 and list(answer["copied"]) == [blob] and answer["fromAccountId"] == "A"
    assert bakery.accounts["B"].blobs.open(answer["copied"][blob]) == b"cake"
    assert answer["notCopied"]["Gnone"]["type"] == "notFound"


def test_null_when_there_is_none(bakery: Bakery) -> None:
    answer = bakery.call("Blob/copy", {**TO_B, "blobIds": []})
    assert answer == {**TO_B, "copied": None, "notCopied": None}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"fromAccountId": "B"}, "invalidArguments"),
        ({"fromAccountId": "X"}, "fromAccountNotFound"),
        ({"accountId": "X"}, "accountNotFound"),
        ({"accountId": "R"}, "accountReadOnly"),
        ({"blobIds": None}, "invalidArguments"),
        ({"blobIds": [1]}, "invalidArguments"),
    ],
)
def test_errors(bakery: Bakery, arguments: dict[str, Any], error: str) -> None:
    assert bakery.error("Blob/copy", {**TO_B, "blobIds": []} | arguments) == error


def test_too_many() -> None:
    bakery = Bakery(Limits(max_objects_in_set=1))
    assert bakery.error("Blob/copy", {**TO_B, "blobIds": ["Ga", "Gb"]}) == "requestTooLarge"
