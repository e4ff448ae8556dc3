"""Every method by its name, made once at start from the declared data types."""

from collections.abc import Callable, Iterable, Mapping

from jmapd.methods.arguments import Table, check_arguments, table
from jmapd.methods.changes import foo_changes
from jmapd.methods.context import Context
from jmapd.methods.copy import foo_copy
from jmapd.methods.get import foo_get
from jmapd.methods.query import foo_query
from jmapd.methods.query_changes import foo_query_changes
from jmapd.methods.set import foo_set, prepare_set
from jmapd.methods.spec import DataType, Method
from jmapd.wire import Arguments

CORE = "urn:ietf:params:jmap:core"
Algorithm = Callable[[Context, DataType, Arguments], Arguments]

STANDARD: Mapping[str, Algorithm] = {
    "get": foo_get,
    "changes": foo_changes,
    "set": foo_set,
    "copy": foo_copy,
    "query": foo_query,
    "queryChanges": foo_query_changes,
}
WRITING = ("set", "copy")


class Registry(dict[str, Method]):
    """Method name -> Method; with the data types by name, and every capability that one of them needs."""

    def __init__(self, datatypes: Iterable[DataType]) -> None:
        super().__init__()
        self.datatypes = {datatype.name: datatype for datatype in datatypes}
        capabilities = {CORE}
        for datatype in self.datatypes.values():
            capabilities.add(datatype.capability)
            capabilities.update(row.capability for row in datatype.properties.values() if row.capability)
            self.update({f"{datatype.name}/{verb}": _method(datatype, verb) for verb in datatype.methods})
            self.update(datatype.extra_methods)
        capabilities.update(method.capability for method in self.values())
        self.capabilities = frozenset(capabilities)

    __hash__ = object.__hash__  # type: ignore[assignment]  # made once and never changed: it may be a key

    def __eq__(self, other: object) -> bool:
        return self is other


def methods(datatypes: Iterable[DataType]) -> Registry:
    """The registry of these data types."""
    return Registry(datatypes)


def _method(datatype: DataType, verb: str) -> Method:
    arguments = table(datatype, verb)
    has_prepare = verb == "set" and datatype.hooks.prepare_create is not None
    return Method(
        f"{datatype.name}/{verb}",
        datatype.capability,
        _bound(STANDARD[verb], datatype, arguments),
        verb in WRITING,
        datatype.sections.get(verb, datatype.rfc),
        datatype.per_account,
        datatype.store if datatype.per_account else None,
        _prepared(datatype, arguments) if has_prepare else None,
    )


def _bound(algorithm: Algorithm, datatype: DataType, arguments: Table) -> Callable[[Context, Arguments], Arguments]:
    def call(context: Context, given: Arguments) -> Arguments:
        context.arguments = check_arguments(arguments, given, context.strict)
        return algorithm(context, datatype, context.arguments)

    call.__wrapped__ = algorithm  # type: ignore[attr-defined]  # for inspect.unwrap: where to find it
    return call


def _prepared(datatype: DataType, arguments: Table) -> Callable[[Context, Arguments], None]:
    def prepare(context: Context, given: Arguments) -> None:
        context.arguments = check_arguments(arguments, given, context.strict)
        prepare_set(context, datatype, context.arguments)

    return prepare
