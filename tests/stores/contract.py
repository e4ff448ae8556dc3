"""What every store must do (stores/base.py): inherited by the tests of each."""

from typing import Any

import pytest

from jmapd.stores.base import RecordNotFound, Store
from jmapd.wire import Id


class StoreContract:
    """A subclass gives the fixture `store`, and says how to make and change a record."""

    def create(self, store: Store, number: int) -> Id:
        """A new record."""
        with store.transaction() as tx:
            return str(tx.create(self.record(number))["id"])

    def record(self, number: int) -> dict[str, Any]:
        """What `create` stores."""
        raise NotImplementedError

    def stored(self, record: dict[str, Any]) -> dict[str, Any]:
        """What of it is read again as it was given."""
        return record

    def changed(self, record: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
        """The record with a difference, and the names of what differs."""
        raise NotImplementedError

    def update(self, store: Store, id: Id) -> None:
        """Changes a record."""
        with store.transaction() as tx:
            record = tx.get(id)
            assert record is not None
            tx.update(id, *self.changed(dict(record)))

    def destroy(self, store: Store, id: Id) -> None:
        """Destroys a record."""
        with store.transaction() as tx:
            tx.destroy(id)

    def test_reading(self, store: Store) -> None:
        others = list(store.ids())
        ids = [self.create(store, number) for number in range(3)]
        assert sorted(store.ids()) == sorted(ids + others)
        found = store.get([ids[1], "nope"])
        assert list(found) == [ids[1]] and found[ids[1]]["id"] == ids[1]
        assert self.stored(self.record(1)).items() <= found[ids[1]].items()
        assert sorted(record["id"] for record in store.scan()) == sorted(ids + others)

    def test_update_and_destroy(self, store: Store) -> None:
        others = list(store.ids())
        id, other = self.create(store, 1), self.create(store, 2)
        before = dict(store.get([id])[id])
        self.update(store, id)
        new, names = self.changed(before)
        assert {name: store.get([id])[id][name] for name in names} == {name: new[name] for name in names}
        self.destroy(store, id)
        assert sorted(store.ids()) == sorted([other, *others]) and store.get([id]) == {}

    @pytest.mark.rfc("8620", "5.1")
    def test_state(self, store: Store) -> None:
        states = [store.state()]
        id = self.create(store, 1)
        states.append(store.state())
        self.update(store, id)
        states.append(store.state())
        self.destroy(store, id)
        states.append(store.state())
        assert len(set(states)) == 4 and store.state() == states[-1]

    def test_a_transaction_shows_its_own_changes_and_leaves_nothing_when_it_fails(self, store: Store) -> None:
        id = self.create(store, 1)
        state, before, ids = store.state(), store.get([id]), sorted(store.ids())
        with pytest.raises(ZeroDivisionError), store.transaction() as tx:
            new = tx.create(self.record(2))["id"]
            assert tx.get(new) is not None
            tx.update(id, *self.changed(dict(tx.get(id) or {})))
            tx.destroy(id)
            assert tx.get(id) is None
            raise ZeroDivisionError
        assert store.state() == state and store.get([id]) == before and sorted(store.ids()) == ids

    def test_one_refused_record_does_not_spoil_the_others(self, store: Store) -> None:
        others = sorted(store.ids())
        id = self.create(store, 1)
        with store.transaction() as tx:
            with pytest.raises(RecordNotFound):
                tx.destroy("nope")
            tx.destroy(id)
        assert sorted(store.ids()) == others

    def test_a_record_that_is_gone_is_none(self, store: Store) -> None:
        id = self.create(store, 1)
        record = dict(store.get([id])[id])
        with store.transaction() as tx:
            tx.destroy(id)
            assert tx.get(id) is None and tx.get("nope") is None
            with pytest.raises(RecordNotFound):
                tx.destroy(id)
            with pytest.raises(RecordNotFound):
                tx.update(id, *self.changed(record))

    @pytest.mark.rfc("8620", "5.2")
    def test_changes(self, store: Store) -> None:
        a, b = self.create(store, 1), self.create(store, 2)
        since = store.state()
        c, gone = self.create(store, 3), self.create(store, 4)
        self.update(store, a)
        self.update(store, c)
        self.destroy(store, b)
        self.destroy(store, gone)
        delta = store.changes(since)
        assert delta is not None and delta.new_state == store.state() and not delta.has_more
        assert (delta.created, delta.updated, delta.destroyed) == ([c], [a], [b])
        nothing = store.changes(store.state())
        assert nothing is not None and not (nothing.created or nothing.updated or nothing.destroyed or nothing.has_more)

    @pytest.mark.rfc("8620", "5.2")
    def test_changes_of_one_transaction_in_pages(self, store: Store) -> None:
        since = store.state()
        with store.transaction() as tx:
            ids = [str(tx.create(self.record(number))["id"]) for number in range(5)]
        seen: list[Id] = []
        for expected in (2, 2, 1):
            delta = store.changes(since, 2)
            assert delta is not None and len(delta.created) == expected
            assert delta.has_more == (expected == 2)
            seen, since = seen + delta.created, delta.new_state
        assert sorted(seen) == sorted(ids) and since == store.state()

    @pytest.mark.rfc("8620", "5.2")
    @pytest.mark.parametrize("state", ["", "0", "x.1", "x", "1.1.1"])
    def test_states_that_are_not_ours(self, store: Store, state: str) -> None:
        assert store.changes(state) is None

    @pytest.mark.rfc("8620", "5.5")
    def test_table(self, store: Store) -> None:
        others = list(store.ids())
        ids = [self.create(store, number) for number in range(3)]
        table = store.table()
        rows = [table.row(id) for id in ids]
        assert table.row("nope") is None and None not in rows
        assert sorted(table.ids(table.live())) == sorted(ids + others)
        assert table.ids([row for row in rows if row is not None]) == ids
        assert table.record(rows[0] or 0)["id"] == ids[0]
        if table.natural_sort is not None:
            up, down = table.natural(table.live(), True), table.natural(table.live(), False)
            assert sorted(up[:]) == sorted(table.live()) and list(up[:]) == list(reversed(down[:]))
