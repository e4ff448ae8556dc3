"""The store in memory keeps the contract."""

from typing import Any

import pytest

from jmapd.stores.base import RecordExists
from jmapd.stores.memory import MemoryAccount, MemoryStore

from .contract import StoreContract


class TestMemory(StoreContract):
    """With a natural order, so that this is tested, too."""

    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore("C", natural_sort="number")

    def record(self, number: int) -> dict[str, Any]:
        return {"number": number, "name": "x"}

    def changed(self, record: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
        return record | {"name": record["name"] + "!"}, {"name"}


def test_unique_properties() -> None:
    store = MemoryStore("C", unique=("name",))
    with store.transaction() as tx:
        first = tx.create({"name": "x"})["id"]
        with pytest.raises(RecordExists) as caught:
            tx.create({"name": "x"})
        tx.create({"name": "y"})
    assert caught.value.existing_id == first and len(list(store.ids())) == 2


@pytest.mark.rfc("8620", "5.2")
def test_a_record_that_comes_back_was_updated_for_who_knew_it() -> None:
    store = MemoryStore("C")
    before = store.state()
    with store.transaction() as tx:
        tx.create({"id": "C1"})
    known = store.state()
    with store.transaction() as tx:
        tx.destroy("C1")
    gone = store.state()
    with store.transaction() as tx:
        tx.create({"id": "C1"})
    deltas = [store.changes(state) for state in (before, known, gone)]
    assert [(delta.created, delta.updated, delta.destroyed) for delta in deltas if delta] == [
        (["C1"], [], []),
        ([], ["C1"], []),
        (["C1"], [], []),
    ]


def test_account() -> None:
    account = MemoryAccount("A", {"Cake": MemoryStore("C")})
    assert account.store_names == {"Cake"}
    with pytest.raises(KeyError):
        account.store("Email")
    with account.session(), account.lock():
        assert account.blobs.open("Gx") is None
    with pytest.raises(ValueError):
        account.blobs.put([b"12", b"34"], 3)
