"""Any series of changes of cards, compactions and rebuilds against a plain model; clients follow by /changes alone."""

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from jmapd.index.large_search import sort_column, with_key, with_terms, within
from jmapd.index.search_terms import terms
from tests.index.cards import TYPE, card_id, commit, record
from tests.index.large_machine import LargeMachine, bounds

pytestmark = pytest.mark.rfc("8620", "5.2")
numbers = st.integers(0, 15)
books = st.lists(st.sampled_from(["b1", "b2", "b3"]), min_size=1, unique=True).map(tuple)
notes = st.sampled_from(["", "red", "red hat", "grün", "Æther"])


class Cards(LargeMachine):
    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, dict[str, Any]] = {}
        self.clients: list[tuple[dict[str, Any], str]] = []
        self.stamp = 0

    def seen(self) -> dict[str, Any]:
        return {id: (each["books"], each["card"]) for id, each in self.model.items()}

    @initialize()
    def first_client(self) -> None:
        self.new_client()

    @rule()
    def new_client(self) -> None:
        self.writer.refresh()
        self.clients = [*self.clients[-3:], (self.seen(), self.writer.state(TYPE))]

    def made(self, number: int, in_books: tuple[str, ...], note: str) -> dict[str, Any]:
        self.stamp += 1
        return record(number, in_books, self.stamp, notes={"n": {"note": note}})

    @rule(given=st.lists(st.tuples(numbers, books, notes), min_size=1, max_size=5, unique_by=lambda each: each[0]))
    def put(self, given: list[tuple[int, tuple[str, ...], str]]) -> None:
        changes = []
        for number, in_books, note in given:
            id = card_id(number)
            operation = "u" if id in self.model else "c"
            self.model[id] = self.made(number, in_books, note)
            changes.append([TYPE, operation, id, self.model[id]])
            name = f"b/{number}"
            changes.append(["_vcf", "u" if name in self.files else "c", name, {"stamp": self.stamp}])
            self.files[name] = {"stamp": self.stamp}
        commit(self.writer, *changes)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), in_books=st.none() | books)
    def move(self, data: st.DataObject, in_books: tuple[str, ...] | None) -> None:
        """A head without its body; without other books nobody is told."""
        self.stamp += 1
        for id in data.draw(st.lists(st.sampled_from(sorted(self.model)), max_size=3, unique=True)):
            old = self.model[id]
            new = {key: value for key, value in old.items() if key != "card"} | {"stamp": self.stamp}
            if in_books is not None:
                new["books"] = dict.fromkeys(in_books, True)
            commit(self.writer, [TYPE, "u", id, new])
            self.model[id] = new | {"card": old["card"]}

    @precondition(lambda self: self.model)
    @rule(data=st.data(), is_remade=st.booleans())
    def destroy(self, data: st.DataObject, is_remade: bool) -> None:
        ids = data.draw(st.lists(st.sampled_from(sorted(self.model)), max_size=3, unique=True))
        commit(self.writer, *([TYPE, "d", id] for id in ids))
        for id in ids:
            del self.model[id]
        if is_remade:
            self.put([(number, ("b3",), "remade") for number in range(16) if card_id(number) in ids])

    def rebuilt(self) -> None:
        for _, state in self.clients:
            assert self.writer.changes(TYPE, state) is None
        self.clients = []

    @rule(limit=st.none() | st.integers(1, 4))
    def follow(self, limit: int | None) -> None:
        self.reader.refresh()
        followed = []
        for known, since in self.clients:
            have, state, has_more, wanted = dict(known), since, True, self.seen()
            while has_more:
                delta = self.reader.changes(TYPE, state, limit)
                assert delta is not None
                ids = delta.created + delta.updated + delta.destroyed
                assert len(ids) == len(set(ids)) and (limit is None or len(ids) <= limit)
                have.update((id, wanted.get(id)) for id in delta.created + delta.updated)
                for id in delta.destroyed:
                    have.pop(id, None)
                state, has_more = delta.new_state, delta.has_more
            assert have == wanted and state == self.reader.state(TYPE)
            followed.append((have, state))
        self.clients = followed

    @invariant()
    def same(self) -> None:
        self.reader.refresh()
        objects = self.reader.objects
        assert self.reader.verify() == []
        assert dict(objects.all(TYPE).items()) == self.model and dict(objects.all("_vcf")) == self.files
        assert {id: objects.get(TYPE, id) for id in self.model} == self.model
        assert {id: {**each, "card": self.model[id]["card"]} for id, each in objects.heads(TYPE)} == self.model

    @invariant()
    def questions(self) -> None:
        self.reader.refresh()
        large, model = self.reader.objects.large[TYPE], self.model
        live = large.live()
        assert {large.id(row) for row in live} == model.keys() and all(large.row(large.id(row)) == row for row in live)
        order = large.in_order(live)
        assert [large.id(row) for row in order.tolist()] == sorted(model)
        for book in ("b1", "b2", "b3"):
            found = {large.id(row) for row in with_key(large, "book", book)}
            assert found == {id for id, each in model.items() if book in each["books"]}
        for text in ("red", "hat", '"red hat"', "grun", "given1", "n1", "example.org"):
            found = {large.id(row) for row in with_terms(large, "text", terms(text, is_open=True))}
            word = {"grun": "grün", "given1": "Given1", '"red hat"': "red hat", "n1": "'n1"}.get(text, text)
            assert found == {id for id, each in model.items() if word in str(each["card"])}
        early = {large.id(row) for row in within(large, "updated", None, 1704067205 * 10**6)}
        assert early == {id for id, each in model.items() if each["card"]["updated"] < "2024-01-01T00:00:05Z"}
        for name, key in (("updated", self._updated), ("name/surname", self._surname)):
            keys = sort_column(large, name, order)
            ranked = sorted(zip(keys.tolist(), map(key, sorted(model)), strict=True))
            assert [each for _, each in ranked] == sorted(each for _, each in ranked)
            assert len({each[0] for each in ranked}) == len({each[1] for each in ranked})

    def _updated(self, id: str) -> str:
        return str(self.model[id]["card"]["updated"])

    def _surname(self, id: str) -> str:
        return str(self.model[id]["card"]["name"]["components"][1]["value"])


TestCards = Cards.TestCase
TestCards.settings = bounds(40, 25)
