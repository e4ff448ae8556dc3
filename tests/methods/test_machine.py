"""After any series of changes an old answer and the /changes since make the new answer (RFC 8620 5.2, 5.6)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from .bakery import Bakery

pytestmark = [pytest.mark.rfc("8620", "5.2"), pytest.mark.rfc("8620", "5.6"), pytest.mark.rfc("8621", "4.5")]
DAYS = st.integers(1, 4).map(lambda day: f"2026-01-{day:02}T00:00:00Z")
LAYERS, BATCHES, KEYWORDS = st.integers(0, 3), st.sampled_from("xyz"), st.sampled_from(("nut", "rum"))
SORTS: list[list[dict[str, Any]]] = [
    [],
    [{"property": "bakedAt"}],
    [{"property": "layers"}, {"property": "bakedAt", "isAscending": False}],
    [{"property": "hasKeyword", "keyword": "nut", "isAscending": False}, {"property": "name"}],
]
FILTERS: list[dict[str, Any] | None] = [
    None,
    {"minLayers": 1},
    {"hasKeyword": "nut"},
    {"flavour": "plain"},
    {"allInBatchHaveKeyword": "nut"},
    {"operator": "NOT", "conditions": [{"allInBatchHaveKeyword": "nut"}, {"minLayers": 3}]},
    {"operator": "OR", "conditions": [{"hasKeyword": "rum"}, {"minLayers": 2}]},
]
QUERIES = [
    {"filter": filter, "sort": sort, "collapseBatches": collapse}
    for filter in FILTERS
    for sort in SORTS
    for collapse in (False, True)
] + [
    {"filter": None, "sort": [{"property": "name"}], "stacked": True},
    {"filter": {"flavour": "plain"}, "sort": [{"property": "bakedAt"}], "stacked": True},
    {"filter": {"minLayers": 1}, "sort": [], "stacked": True},
]
FIXED: list[Any] = [[], [{"property": "bakedAt"}], None, {"flavour": "plain"}]
SAME = ("filter", "sort", "collapseBatches", "stacked")


class Client(RuleBasedStateMachine):
    """Bakes, changes and eats cakes, and keeps its own list of them by deltas only."""

    @initialize(
        is_grouped=st.booleans(),
        natural_sort=st.sampled_from(["bakedAt", None]),
        cakes=st.lists(st.tuples(DAYS, LAYERS, BATCHES, st.sets(KEYWORDS)), max_size=8),
        numbers=st.sets(st.integers(0, len(QUERIES) - 1), min_size=4, max_size=12),
    )
    def open(self, is_grouped: bool, natural_sort: str | None, cakes: list[Any], numbers: set[int]) -> None:
        self.bakery = Bakery(is_grouped=is_grouped, natural_sort=natural_sort)
        self.count = 0
        self.known: dict[str, Any] = {}
        self.state = self.bakery.call("Cake/get", {"ids": []})["state"]
        for cake in cakes:
            self._bake(*cake)
        self.lists = {number: self._asked(number) for number in numbers}

    def _asked(self, number: int) -> tuple[str, list[str]]:
        answer = self.bakery.call("Cake/query", {**QUERIES[number], "calculateTotal": True})
        assert answer["total"] == len(answer["ids"])
        return answer["queryState"], answer["ids"]

    def _some(self, seed: int) -> str | None:
        ids = list(self.bakery.cakes.ids())
        return ids[seed % len(ids)] if ids else None

    def _bake(self, day: str, layers: int, batch: str, keywords: set[str]) -> None:
        self.count += 1
        self.bakery.bake(
            name=f"cake {self.count}", bakedAt=day, layers=layers, batch=batch, keywords=dict.fromkeys(keywords, True)
        )

    @rule(day=DAYS, layers=LAYERS, batch=BATCHES, keywords=st.sets(KEYWORDS))
    def bake(self, day: str, layers: int, batch: str, keywords: set[str]) -> None:
        self._bake(day, layers, batch, keywords)

    @rule(seed=st.integers(0, 99), layers=LAYERS)
    def stack(self, seed: int, layers: int) -> None:
        id = self._some(seed)
        self.bakery.call("Cake/set", {"update": {id: {"layers": layers}} if id else {}})

    @rule(seed=st.integers(0, 99), keyword=KEYWORDS, value=st.sampled_from((True, None)))
    def mark(self, seed: int, keyword: str, value: bool | None) -> None:
        id = self._some(seed)
        self.bakery.call("Cake/set", {"update": {id: {f"keywords/{keyword}": value}} if id else {}})

    @rule(seed=st.integers(0, 99), other=st.integers(0, 99))
    def place(self, seed: int, other: int) -> None:
        id, base = self._some(seed), self._some(other)
        self.bakery.call("Cake/set", {"update": {id: {"baseId": base if base != id else None}} if id else {}})

    @rule(seeds=st.lists(st.integers(0, 99), max_size=3))
    def eat(self, seeds: list[int]) -> None:
        self.bakery.call("Cake/set", {"destroy": [id for seed in seeds if (id := self._some(seed))]})

    @rule(pages=st.lists(st.one_of(st.none(), st.integers(1, 4)), min_size=1, max_size=6))
    def follow(self, pages: list[int | None]) -> None:
        for limit in pages:
            delta = self.bakery.call("Cake/changes", {"sinceState": self.state, "maxChanges": limit})
            ids = delta["created"] + delta["updated"]
            assert limit is None or len(ids) + len(delta["destroyed"]) <= limit
            assert not set(delta["created"]) & set(self.known) and set(delta["updated"]) <= set(self.known)
            found = self.bakery.call("Cake/get", {"ids": ids})
            self.known |= {record["id"]: record for record in found["list"]}
            for id in delta["destroyed"] + found["notFound"]:
                self.known.pop(id, None)
            self.state = delta["newState"]
            assert delta["hasMoreChanges"] == (self.state != found["state"])

    @rule()
    def catch_up(self) -> None:
        for number, (since, ids) in list(self.lists.items()):
            query = {**QUERIES[number], "sinceQueryState": since, "calculateTotal": True}
            answer = self.bakery.call("Cake/queryChanges", query)
            now = [id for id in ids if id not in answer["removed"]]
            for item in answer["added"]:
                assert item["index"] <= len(now)
                now.insert(item["index"], item["id"])
            expected = self.bakery.ids(**QUERIES[number])
            assert now == expected and answer["total"] == len(now), QUERIES[number]
            self._check_prefix(query, ids)
            self.lists[number] = (answer["newQueryState"], expected)

    def _check_prefix(self, query: dict[str, Any], ids: list[str]) -> None:
        """A client that holds the list only up to an id keeps a right beginning."""
        for last in range(len(ids)):
            answer = self.bakery.call("Cake/queryChanges", {**query, "upToId": ids[last]})
            now = [id for id in ids[: last + 1] if id not in answer["removed"]]
            for item in answer["added"]:
                if item["index"] > len(now):
                    break
                now.insert(item["index"], item["id"])
            whole = self.bakery.ids(**{name: query[name] for name in query if name in SAME})
            assert now == whole[: len(now)]
            is_fixed = query["sort"] in FIXED and query["filter"] in FIXED
            if is_fixed and ids[last] in whole:
                assert len(now) > whole.index(ids[last])

    @invariant()
    def the_cache_is_right_when_it_is_current(self) -> None:
        if hasattr(self, "bakery") and self.state == self.bakery.call("Cake/get", {"ids": []})["state"]:
            assert self.known == {record["id"]: record for record in self.bakery.call("Cake/get")["list"]}


TestClient = Client.TestCase
TestClient.settings = settings(
    max_examples=80, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
