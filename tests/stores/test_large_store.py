"""Records of which an account has many keep the contract of stores, and are filtered and sorted by the index."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact
from jmapd.stores import plain_copy
from jmapd.stores.base import Store
from jmapd.stores.large import LargeStore
from jmapd.stores.objects import WritableObjects
from tests.index.cards import TYPE, card, record

from .contract import StoreContract


class Cards(LargeStore, WritableObjects):
    type = TYPE
    prefix = "C"


class TestLargeStore(StoreContract):
    """Of cards, some of which are in the snapshot."""

    @pytest.fixture(params=[0, 4])
    def store(self, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
        self.index = AccountIndex(tmp_path)
        if request.param:
            with self.index.lock():
                self.index.commit([[TYPE, "c", f"C{each}", record(100 + each)] for each in range(request.param)])
            assert compact(self.index)
        with self.index.lock():
            yield Cards(self.index)
        assert self.index.verify() == []

    def record(self, number: int) -> dict[str, Any]:
        return record(number)

    def changed(self, record: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
        return record | {"card": record["card"] | {"kind": "org"}}, {"card"}


@pytest.fixture
def cards(tmp_path: Path) -> Cards:
    index = AccountIndex(tmp_path)
    dates = ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5Z", "2024-01-01T00:00:00.1234567Z", "soon", None]
    with index.lock():
        for number, date in enumerate(dates):
            index.commit([[TYPE, "c", f"C{number}", record(number) | {"card": card(number, updated=date)}]])
    assert compact(index)
    index.refresh()
    return Cards(index)


@pytest.mark.rfc("9610", "3.3.1")
@pytest.mark.parametrize(
    ("after", "before", "expected"),
    [
        (None, None, [0, 1, 2]),
        ("2024-01-01T00:00:00Z", None, [0, 1, 2]),
        (None, "2024-01-01T00:00:00Z", []),
        ("2024-01-01T00:00:00.5Z", None, [1]),
        (None, "2024-01-01T00:00:00.5Z", [0, 2]),
        ("2024-01-01T00:00:00.5000001Z", None, []),
        ("2024-01-01T00:00:01Z", None, []),
        (None, "9999-12-31T23:59:59Z", [0, 1, 2]),
    ],
)
def test_dates(cards: Cards, after: str | None, before: str | None, expected: list[int]) -> None:
    """After: the same or later; cards without the date are not among them."""
    assert cards.table().ids(cards.between("updated", after, before)) == [f"C{number}" for number in expected]


@pytest.mark.rfc("9610", "3.3.1")
def test_texts_without_a_word(cards: Cards) -> None:
    assert len(cards.with_text("name", "")) == len(cards.with_text("text", " ")) == 5
    assert not cards.with_text("name", "+++") and not cards.with_text("text", '"."')


def test_cards_are_not_in_the_plain_copy(cards: Cards, tmp_path: Path) -> None:
    """They are in files of their own."""
    assert TYPE not in plain_copy.objects_of(cards._index) and TYPE not in plain_copy.given(cards._index)


def test_natural_order(cards: Cards) -> None:
    with cards._index.lock(), cards.transaction() as tx:
        for id in ("B", "C1x", "Z"):
            tx.create({"id": id, **record(9)})
        tx.destroy("C3")
    table = cards.table()
    up = ["B", "C0", "C1", "C1x", "C2", "C4", "Z"]
    assert table.ids(table.natural(table.live(), True)) == up
    assert table.ids(table.natural(table.live(), False)) == up[::-1]
