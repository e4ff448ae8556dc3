"""An invented data type, Cake, over the store in memory: the standard methods without any mail in sight."""

from typing import Any

from pyroaring import BitMap

from jmapd.datatypes import core
from jmapd.methods.context import Context, Limits
from jmapd.methods.pending import Pending
from jmapd.methods.registry import Registry, methods
from jmapd.methods.spec import DataType, Filter, Hooks, Outcome, Property, Sort
from jmapd.protocol import dispatch
from jmapd.stores.memory import MemoryAccount, MemoryStore, MemoryTable
from jmapd.wire import Arguments, Id, Record, State
from jmapd.wire.errors import AlreadyExists, Forbidden

BAKERY, CORE, SPICE = "https://example.org/bakery", "urn:ietf:params:jmap:core", "https://example.org/spice"


def _name(record: Record) -> str:
    return str(record["name"])


def _base(record: Record) -> Id | None:
    return record["baseId"]


def _validate(context: Context, tx: Pending, old: Record | None, new: Record) -> None:
    for other in tx.having(_name, new["name"]):
        if other != new.get("id") and new["name"] != "":
            raise AlreadyExists(other)


def _before_destroy(context: Context, tx: Pending, record: Record) -> None:
    if tx.having(_base, record["id"]):
        raise Forbidden("another cake stands on it")


def _price(context: Context, record: Record, name: str) -> int:
    return int(record["layers"]) * 100 + len(record["keywords"])


def _letters(context: Context, record: Record, name: str) -> str:
    return str(record["name"])[: int(name.partition(":")[2])]


def _after_set(context: Context, args: Arguments, outcome: Outcome) -> list[tuple[str, Arguments]]:
    if not args["onSuccessEat"]:
        return []
    eaten = [record["id"] for record in outcome.created.values()] + outcome.updated
    return [("Cake/set", {"accountId": args["accountId"], "destroy": eaten})]


def _all_in_batch(context: Context, keyword: str) -> BitMap:
    table = context.store("Cake").table()
    records = {row: table.record(row) for row in table.live()}
    without = {each["batch"] for each in records.values() if keyword not in each["keywords"]}
    return BitMap(row for row, each in records.items() if each["batch"] not in without)


def _is_tree(args: Arguments) -> bool:
    return bool(args["stacked"])


def _stacked(context: Context, ids: list[Id], args: Arguments) -> list[Id]:
    """Each cake behind the one it stands on."""
    if not args["stacked"]:
        return ids
    bases = {record["id"]: record["baseId"] for record in context.store("Cake").scan()}
    out = [id for id in ids if bases[id] not in ids]
    for id in out:
        out.extend(above for above in ids if bases[above] == id and above not in out)
    return out


CAKE = DataType(
    "Cake",
    BAKERY,
    store="Cake",
    methods=("get", "changes", "set", "copy", "query", "queryChanges"),
    rfc="RFC 8620 5",
    properties={
        "id": Property("Id", server_set=True, immutable=True),
        "name": Property("String"),
        "flavour": Property("String", default="plain", immutable=True),
        "layers": Property("UnsignedInt", default=1),
        "keywords": Property("String[Boolean]", default={}, key=str.lower),
        "bakedAt": Property("UTCDate", default="2026-01-01T00:00:00Z", immutable=True),
        "batch": Property("String", default="", immutable=True),
        "baseId": Property("Id|null", default=None, ref="Cake"),
        "shopIds": Property("Id[Boolean]", default={}, ref="Shop"),
        "shape": Property("Object", default={"kind": "round", "size": {"height": 1}}),
        "price": Property("UnsignedInt", server_set=True, stored=False, computed=_price),
        "letters:*": Property(
            "String",
            immutable=True,
            stored=False,
            computed=_letters,
            by_default=False,
            dynamic=lambda name: name.startswith("letters:") and name[8:].isdigit(),
        ),
        "pepper": Property("Boolean", default=False, capability=SPICE),
    },
    filters={
        "name": Filter("String", match=lambda context, record, value: value in record["name"], reads=("name",)),
        "flavour": Filter(
            "String", match=lambda context, record, value: value == record["flavour"], reads=("flavour",)
        ),
        "minLayers": Filter(
            "UnsignedInt", match=lambda context, record, value: record["layers"] >= value, reads=("layers",)
        ),
        "hasKeyword": Filter(
            "String", match=lambda context, record, value: value in record["keywords"], reads=("keywords",)
        ),
        "allInBatchHaveKeyword": Filter("String", rows=_all_in_batch, reads=("keywords", "batch"), by_group=True),
        "smell": Filter("String", match=lambda context, record, value: True),
    },
    sorts={
        "name": Sort(key=lambda context, record, arguments: record["name"], reads=("name",), collated=True),
        "flavour": Sort(key=lambda context, record, arguments: record["flavour"], reads=("flavour",), collated=True),
        "layers": Sort(key=lambda context, record, arguments: record["layers"], reads=("layers",)),
        "bakedAt": Sort(key=lambda context, record, arguments: record["bakedAt"], reads=("bakedAt",)),
        "hasKeyword": Sort(
            key=lambda context, record, arguments: arguments["keyword"] in record["keywords"],
            reads=("keywords",),
            arguments={"keyword": "String"},
        ),
    },
    arguments={"query": {"stacked": ("Boolean", False)}, "set": {"onSuccessEat": ("Boolean", False)}},
    hooks=Hooks(validate=_validate, before_destroy=_before_destroy, arrange=_stacked, after_set=_after_set),
    collapse=("collapseBatches", "batch"),
    arranged=_is_tree,
    arranged_by=("baseId",),
)
SHOP = DataType(
    "Shop", BAKERY, "Shop", ("get", "set", "changes"), {"name": Property("String", default="")}, "RFC 8620 5"
)
REGISTRY: Registry = methods((*core.DATATYPES, CAKE, SHOP))


class GroupedTable(MemoryTable):
    """A table that knows which groups lost or got a member, as that of Email does."""

    def changed_groups(self, since: State, collapse: str) -> BitMap | None:
        """The rows of every group that had or has a record which changed since."""
        start = int(since.rpartition(".")[2])
        touched = {
            record[collapse]
            for modseq, *records in self._store.history
            if modseq > start
            for record in records
            if record is not None
        }
        return BitMap(row for row, record in enumerate(self._list) if record[collapse] in touched)

    def collapsed_total(self, rows: BitMap) -> int:
        """How many groups the rows are of."""
        return len(set(self.groups(list(rows), "batch").tolist()))


class CakeStore(MemoryStore):
    """Newest first at a page's cost, like Email; with `is_grouped` it can tell which batches changed."""

    def __init__(self, prefix: str = "C", natural_sort: str | None = "bakedAt", is_grouped: bool = True) -> None:
        super().__init__(prefix, natural_sort=natural_sort)
        self.is_grouped = is_grouped

    def table(self) -> MemoryTable:
        return GroupedTable(self) if self.is_grouped else MemoryTable(self)


class Bakery:
    """A server in little: two accounts of alice, one with cakes only readable, and no HTTP."""

    def __init__(self, limits: Limits | None = None, strict: bool = False, **cakes: Any) -> None:
        self.limits, self.strict = limits or Limits(), strict
        self.cakes = CakeStore(**cakes)
        self.accounts = {
            "A": MemoryAccount("A", {"Cake": self.cakes, "Shop": MemoryStore("S")}),
            "B": MemoryAccount("B", {"Cake": CakeStore("D"), "Shop": MemoryStore("T")}),
            "R": MemoryAccount("R", {"Cake": CakeStore("E")}, owner="bob", is_read_only=True),
            "N": MemoryAccount("N", {"Shop": MemoryStore("U")}),
        }

    def response(self, calls: list[Any], using: tuple[str, ...] = (CORE, BAKERY), **more: Any) -> dict[str, Any]:
        """The whole Response object."""
        request = {"using": list(using), "methodCalls": calls, **more}
        return dispatch.run(request, "alice", self.accounts, REGISTRY, self.limits, {}, self.strict)

    def request(self, calls: list[Any], using: tuple[str, ...] = (CORE, BAKERY)) -> list[Any]:
        """The method responses."""
        return list(self.response(calls, using)["methodResponses"])

    def call(self, method: str, arguments: Arguments | None = None, using: tuple[str, ...] = (CORE, BAKERY)) -> Any:
        """The arguments of the only response."""
        responses = self.request([[method, {"accountId": "A"} | (arguments or {}), "c"]], using)
        assert len(responses) == 1 and responses[0][0] == method, responses
        return responses[0][1]

    def error(self, method: str, arguments: Arguments, using: tuple[str, ...] = (CORE, BAKERY)) -> Any:
        """The type of the only response, an error."""
        responses = self.request([[method, {"accountId": "A"} | arguments, "c"]], using)
        assert len(responses) == 1 and responses[0][0] == "error", responses
        return responses[0][1]["type"]

    def bake(self, **more: Any) -> Id:
        """The id of a new cake."""
        answer = self.call("Cake/set", {"create": {"k": {"name": "", **more}}})
        assert answer["created"], answer["notCreated"]
        return str(answer["created"]["k"]["id"])

    def ids(self, **arguments: Any) -> list[Id]:
        """What Cake/query answers."""
        return list(self.call("Cake/query", arguments)["ids"])
