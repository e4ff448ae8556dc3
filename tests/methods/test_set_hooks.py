"""Foo/set and others: what data types hook in, singletons, and what stores refuse."""

from dataclasses import replace
from typing import Any

import pytest

from jmapd.datatypes.core import DATATYPES
from jmapd.methods.context import Context, Limits
from jmapd.methods.pending import Pending
from jmapd.methods.registry import methods
from jmapd.methods.spec import DataType, Hooks, Property
from jmapd.protocol import dispatch
from jmapd.stores import base
from jmapd.stores.memory import MemoryAccount, MemoryStore
from jmapd.wire import Arguments, Record
from jmapd.wire.delta import Delta
from jmapd.wire.errors import InvalidArguments, TooLarge

pytestmark = pytest.mark.rfc("8620", "5.3")
CORE = "urn:ietf:params:jmap:core"
STEPS: list[str] = []


def _prepare(context: Context, given: Record) -> Record:
    STEPS.append(f"prepare {given['weight']}")
    if given["weight"] > 1000:
        raise TooLarge("no oven takes it")
    return given | {"crust": "brown"}


def _commit(context: Context, tx: Pending, prepared: Record) -> Record:
    STEPS.append("commit")
    return tx.create(prepared) | {"crust": prepared["crust"]}


def _check_set(context: Context, args: Arguments) -> None:
    if args["destroy"] == ["all"]:
        raise InvalidArguments("not all of it")


def _check_get(context: Context, args: Arguments) -> None:
    if args["slices"] > 20:
        raise InvalidArguments("too thin")


def _slice(context: Context, record: Record, name: str) -> int:
    if not record["weight"]:
        raise base.RecordNotFound(record["id"])
    return int(record["weight"]) // int(context.arguments["slices"])


BREAD = DataType(
    "Bread",
    CORE,
    "Bread",
    ("get", "set", "changes"),
    properties={
        "weight": Property("UnsignedInt", default=500),
        "crust": Property("String", server_set=True, immutable=True, default=""),
        "slice": Property("UnsignedInt", stored=False, immutable=True, computed=_slice, by_default=False, default=0),
    },
    rfc="RFC 8620 5",
    arguments={"get": {"slices": ("UnsignedInt", 10)}},
    hooks=Hooks(
        prepare_create=_prepare,
        commit_create=_commit,
        prepare_set=_check_set,
        prepare_get=_check_get,
        extra_changes=lambda context, delta: {"updatedProperties": delta.updated_properties},
    ),
)
OVEN = DataType(
    "Oven", CORE, "Oven", ("get", "set"), {"heat": Property("UnsignedInt", default=0)}, "RFC 8620 5.3", singleton=True
)


class Kitchen:
    """One account with breads and the one oven."""

    def __init__(self, bread: MemoryStore | None = None) -> None:
        STEPS.clear()
        oven = MemoryStore("O")
        with oven.transaction() as tx:
            tx.create({"id": "singleton", "heat": 100})
        self.account = MemoryAccount("A", {"Bread": bread or MemoryStore("B"), "Oven": oven})
        self.registry = methods((*DATATYPES, BREAD, OVEN))

    def call(self, method: str, **arguments: Any) -> Any:
        """The arguments of the response."""
        request = {"using": [CORE], "methodCalls": [[method, {"accountId": "A"} | arguments, "c"]]}
        limits = replace(Limits(), max_objects_in_set=3)
        return dispatch.run(request, "alice", {"A": self.account}, self.registry, limits, {}, False)["methodResponses"][
            0
        ][1]


def test_records_are_prepared_before_any_is_committed() -> None:
    answer = Kitchen().call("Bread/set", create={"a": {}, "b": {"weight": 2000}, "c": {"weight": 1}})
    assert STEPS == ["prepare 500", "prepare 2000", "prepare 1", "commit", "commit"]
    assert answer["created"]["a"] == {"id": "B1", "crust": "brown"}
    assert answer["notCreated"]["b"]["type"] == "tooLarge"


def test_what_is_wrong_is_not_prepared() -> None:
    answer = Kitchen().call("Bread/set", create={"a": {"weight": "heavy"}, "b": {"crust": "own"}})
    assert STEPS == [] and sorted(answer["notCreated"]) == ["a", "b"]


def test_a_hook_may_refuse_the_whole_call() -> None:
    kitchen = Kitchen()
    assert kitchen.call("Bread/set", create={"a": {}}, destroy=["all"])["type"] == "invalidArguments"
    assert kitchen.call("Bread/set", create={n: {} for n in "abcd"})["type"] == "requestTooLarge"
    assert STEPS == [] and kitchen.call("Bread/get")["list"] == []


@pytest.mark.rfc("8620", "5.1")
def test_further_arguments_of_get() -> None:
    kitchen = Kitchen()
    kitchen.call("Bread/set", create={"a": {}, "b": {"weight": 0}})
    answer = kitchen.call("Bread/get", ids=["B1", "B2"], properties=["slice"], slices=5)
    assert answer["list"] == [{"id": "B1", "slice": 100}] and answer["notFound"] == ["B2"]
    assert kitchen.call("Bread/get", slices=21)["type"] == "invalidArguments"
    assert kitchen.call("Bread/set", update={"B2": {"slice": 1}})["notUpdated"]["B2"]["type"] == "notFound"


@pytest.mark.rfc("8620", "5.2")
def test_further_members_of_changes() -> None:
    answer = Kitchen().call("Bread/changes", sinceState="e1.0")
    assert answer["updatedProperties"] is None


def test_singletons_are_neither_made_nor_destroyed() -> None:
    kitchen = Kitchen()
    answer = kitchen.call("Oven/set", create={"k": {}}, destroy=["singleton"], update={"singleton": {"heat": 1}})
    assert answer["notCreated"]["k"]["type"] == answer["notDestroyed"]["singleton"]["type"] == "singleton"
    answer = kitchen.call("Oven/set", update={"singleton": {"heat": 220}})
    assert answer["updated"] == {"singleton": None}


class Refusing(MemoryStore):
    """Raises one error from whatever is written."""

    problem: base.StoreError = base.StoreError()

    def transaction(self) -> Any:
        """As a full disk or a file of another user would have it."""
        whole = super().transaction()
        refusing = self

        class Transaction:
            def __enter__(self) -> Any:
                self.work = whole.__enter__()
                return self

            def __exit__(self, *error: Any) -> Any:
                return whole.__exit__(*error)

            def get(self, id: str) -> Any:
                return {"id": id, "weight": 1, "crust": ""}

            def create(self, *_: Any) -> Any:
                raise refusing.problem

            update = destroy = create

        return Transaction()


@pytest.mark.parametrize(
    ("problem", "error"),
    [
        (base.RecordNotFound("gone"), "notFound"),
        (base.RecordExists("B7"), "alreadyExists"),
        (base.OverQuota("disk full"), "overQuota"),
        (base.ReadOnly("not ours"), "forbidden"),
    ],
)
def test_what_a_store_refuses_is_an_error_of_the_record(problem: base.StoreError, error: str) -> None:
    store = Refusing("B")
    store.problem = problem
    answer = Kitchen(store).call("Bread/set", create={"k": {}}, update={"x": {"weight": 2}}, destroy=["y"])
    refused = [answer["notCreated"]["k"], answer["notUpdated"]["x"], answer["notDestroyed"]["y"]]
    assert [each["type"] for each in refused] == [error] * 3
    assert refused[0].get("existingId") == ("B7" if error == "alreadyExists" else None)


def test_a_store_that_cannot_be_reached_ends_the_call() -> None:
    store = Refusing("B")
    store.problem = base.StoreUnavailable("stale file handle")
    assert Kitchen(store).call("Bread/set", destroy=["y"])["type"] == "serverUnavailable"


class Counting(MemoryStore):
    """Says that only weights change, as a Mailbox does of its counts."""

    def changes(self, since: str, limit: int | None = None) -> Delta | None:
        """With updated_properties."""
        delta = super().changes(since, limit)
        if delta is not None:
            delta.updated_properties = ["weight"]
        return delta


@pytest.mark.rfc("8621", "2.2")
def test_updated_properties() -> None:
    assert Kitchen(Counting("B")).call("Bread/changes", sinceState="e1.0")["updatedProperties"] == ["weight"]
