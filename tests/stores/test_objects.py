"""Small records keep the contract of stores."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Journal
from jmapd.stores.base import OverQuota, RecordExists, RecordNotFound, Store
from jmapd.stores.objects import WritableObjects

from .contract import StoreContract


class Cakes(WritableObjects):
    type = "Cake"
    prefix = "C"
    max_records = 20


class TestObjects(StoreContract):
    """Cakes."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        self.index = AccountIndex(tmp_path)
        with self.index.lock():
            yield Cakes(self.index)
        assert self.index.verify() == []

    def record(self, number: int) -> dict[str, Any]:
        return {"name": f"cake {number}", "layers": [number]}

    def changed(self, record: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
        return record | {"layers": [1, 2]}, {"layers"}

    def test_ids_are_made_here_and_kept_when_given(self, store: Store) -> None:
        with store.transaction() as tx:
            made, given = tx.create({"name": "a"})["id"], tx.create({"id": "Cx", "name": "b"})["id"]
            assert given == "Cx" and made.startswith("C") and len(made) == 25
            with pytest.raises(RecordExists):
                tx.create({"id": "Cx"})
        assert store.get(["Cx"]) == {"Cx": {"id": "Cx", "name": "b"}}

    def test_what_is_made_and_destroyed_in_one_transaction_leaves_no_trace(self, store: Store) -> None:
        kept, state = self.create(store, 1), store.state()
        with store.transaction() as tx:
            tx.destroy(str(tx.create(self.record(2))["id"]))
        assert store.state() == state and list(store.ids()) == [kept]

    def test_destroyed_and_made_again_is_an_update(self, store: Store) -> None:
        id = self.create(store, 1)
        state = store.state()
        with store.transaction() as tx:
            tx.destroy(id)
            tx.create({"id": id, "name": "new"})
        delta = store.changes(state)
        assert delta is not None and (delta.created, delta.updated, delta.destroyed) == ([], [id], [])

    def test_records_read_are_copies(self, store: Store) -> None:
        id = self.create(store, 1)
        store.get([id])[id]["name"] = "spoilt"
        with store.transaction() as tx:
            record = tx.get(id)
            assert record is not None and record["name"] == "cake 1"

    def test_no_more_than_a_type_may_have(self, store: Store) -> None:
        with store.transaction() as tx:
            ids = [str(tx.create(self.record(number))["id"]) for number in range(20)]
            with pytest.raises(OverQuota):
                tx.create(self.record(20))
            tx.destroy(ids[0])
            tx.create(self.record(20))
        with pytest.raises(OverQuota), store.transaction() as tx:
            tx.create(self.record(21))
        with store.transaction() as tx:
            tx.destroy(ids[1])
            tx.create(self.record(21))
        assert len(list(store.ids())) == 20

    def test_a_full_disk_leaves_nothing(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        id, state = self.create(store, 1), store.state()

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Journal, "append", full)
        with pytest.raises(OverQuota), store.transaction() as tx:
            tx.destroy(id)
        assert store.state() == state and list(store.ids()) == [id]

    def test_unknown_ids(self, store: Store) -> None:
        with store.transaction() as tx, pytest.raises(RecordNotFound):
            tx.update("nope", {}, ())
