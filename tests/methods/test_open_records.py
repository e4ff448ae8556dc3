"""Types whose records have properties beside the table's, and what a whole /set may change beside what was asked."""

from collections.abc import Callable
from typing import Any

import pytest

from jmapd.datatypes import core
from jmapd.methods.context import Context
from jmapd.methods.registry import methods
from jmapd.methods.spec import DataType, Hooks, Property
from jmapd.protocol import dispatch
from jmapd.stores.base import Transaction
from jmapd.stores.memory import MemoryAccount, MemoryStore
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import InvalidProperties

from .bakery import BAKERY, CORE, Bakery

pytestmark = pytest.mark.rfc("8620", "5.3")


def _prepare_update(context: Context, old: Record, new: Record) -> Record:
    if new.get("title") == "":
        raise InvalidProperties(["title"], "title must have letters")
    return new | {"edits": old.get("edits", 0) + 1, "title": new["title"].strip()}


def _on_success(context: Context, tx: Transaction, args: Arguments, id_of: Callable[[str], Id]) -> dict[Id, Record]:
    if args["onSuccessPrint"] is None:
        return {}
    record = tx.get(id_of(args["onSuccessPrint"]))
    assert record is not None
    tx.update(record["id"], record | {"isPrinted": True}, {"isPrinted"})
    return {record["id"]: {"isPrinted": True}}


RECIPE = DataType(
    "Recipe",
    BAKERY,
    store="Recipe",
    methods=("get", "set", "copy"),
    rfc="RFC 8620 5",
    properties={
        "title": Property("String"),
        "isPrinted": Property("Boolean", server_set=True),
        "author": Property("String", optional=True),
        "*": Property("*", optional=True, dynamic=str.isalpha),
    },
    arguments={"set": {"onSuccessPrint": ("String|null", None)}},
    hooks=Hooks(prepare_update=_prepare_update, on_success=_on_success),
    is_open=True,
    unique="title",
)
REGISTRY = methods((*core.DATATYPES, RECIPE))


class Kitchen(Bakery):
    """With Recipes in two accounts."""

    def __init__(self) -> None:
        super().__init__()
        self.stores = {id: MemoryStore(id, unique=("title",)) for id in "AB"}
        self.accounts = {id: MemoryAccount(id, {"Recipe": store}) for id, store in self.stores.items()}

    def response(self, calls: list[Any], using: tuple[str, ...] = (CORE, BAKERY), **more: Any) -> dict[str, Any]:
        request = {"using": list(using), "methodCalls": calls, **more}
        return dispatch.run(request, "alice", self.accounts, REGISTRY, self.limits, {}, self.strict)

    def set(self, **arguments: Any) -> Any:
        return self.call("Recipe/set", arguments)

    def new(self, **record: Any) -> Id:
        return str(self.set(create={"k": record})["created"]["k"]["id"])

    def get(self, id: Id, **arguments: Any) -> Any:
        return self.call("Recipe/get", {"ids": [id], **arguments})["list"][0]


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


@pytest.mark.rfc("8620", "5.1")
def test_all_that_a_record_has_is_shown(kitchen: Kitchen) -> None:
    id = kitchen.new(title="Rye", flour=[1, {"a": None}])
    assert kitchen.get(id) == {"id": id, "title": "Rye", "flour": [1, {"a": None}]}
    assert kitchen.get(id, properties=["flour", "author", "water"]) == {"id": id, "flour": [1, {"a": None}]}
    error = kitchen.error("Recipe/get", {"accountId": "A", "properties": ["no name"]})
    assert error == "invalidArguments"


def test_unknown_names_are_those_that_no_row_takes(kitchen: Kitchen) -> None:
    answer = kitchen.set(create={"k": {"title": "Rye", "no name": 1}})
    assert answer["notCreated"]["k"]["properties"] == ["no name"]
    assert kitchen.set(create={"k": {"flour": 1}})["notCreated"]["k"]["properties"] == ["title"]


def test_what_the_hook_changes_is_told(kitchen: Kitchen) -> None:
    id = kitchen.new(title="Rye")
    answer = kitchen.set(update={id: {"title": " Bread ", "salt": 1}})
    assert answer["updated"] == {id: {"title": "Bread", "edits": 1}}
    assert kitchen.get(id) == {"id": id, "title": "Bread", "salt": 1, "edits": 1}
    assert kitchen.set(update={id: {"salt": 1}})["updated"] == {id: None}  # no change
    refused = kitchen.set(update={id: {"title": ""}})
    assert refused["notUpdated"][id]["properties"] == ["title"]
    assert kitchen.set(update={id: {"salt": None}})["updated"] == {id: {"edits": 2}}
    assert "salt" not in kitchen.get(id)


def test_what_must_be_unique(kitchen: Kitchen) -> None:
    id = kitchen.new(title="Rye")
    error = kitchen.set(create={"k": {"title": "Rye"}})["notCreated"]["k"]
    assert (error["type"], error["properties"], error["existingId"]) == ("invalidProperties", ["title"], id)


@pytest.mark.rfc("8620", "5.4")
def test_a_copy_has_what_the_table_does_not_name(kitchen: Kitchen) -> None:
    id = kitchen.new(title="Rye", flour=1)
    create = {"k": {"id": id, "salt": 2}}
    answer = kitchen.call("Recipe/copy", {"accountId": "B", "fromAccountId": "A", "create": create})
    copy = kitchen.stores["B"].records[answer["created"]["k"]["id"]]
    assert (copy["title"], copy["flour"], copy["salt"]) == ("Rye", 1, 2)


def test_what_a_successful_set_changes_beside(kitchen: Kitchen) -> None:
    id = kitchen.new(title="Rye")
    assert kitchen.set(onSuccessPrint=id)["updated"] == {id: {"isPrinted": True}}
    answer = kitchen.set(update={id: {"title": " Bread"}}, onSuccessPrint=id)
    assert answer["updated"] == {id: {"title": "Bread", "edits": 1, "isPrinted": True}}
    answer = kitchen.set(create={"k": {"title": "New"}}, onSuccessPrint="#k")
    assert answer["created"]["k"]["isPrinted"] is True and answer["updated"] is None
    other = kitchen.new(title="Other")
    answer = kitchen.set(destroy=["none"], onSuccessPrint=other)
    assert answer["updated"] is None and "isPrinted" not in kitchen.get(other)
