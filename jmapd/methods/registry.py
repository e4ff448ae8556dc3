"""Every method by its name, made once at start from the declared data types."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from jmapd.methods.arguments import Table, check_arguments, table
from jmapd.methods.changes import foo_changes
from jmapd.methods.context import Context, Limits
from jmapd.methods.copy import foo_copy, prepare_copy
from jmapd.methods.get import foo_get
from jmapd.methods.query import foo_query
from jmapd.methods.query_changes import foo_query_changes
from jmapd.methods.set import foo_set, prepare_set
from jmapd.methods.spec import Capability, DataType, Method, Shown
from jmapd.stores.memory import MemoryAccount, MemoryStore
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
        stores: dict[str, set[str]] = {CORE: set()}
        declared: dict[str, Capability] = {}
        for datatype in self.datatypes.values():
            methods = {f"{datatype.name}/{verb}": _method(datatype, verb) for verb in datatype.methods}
            self.update(methods | dict(datatype.extra_methods))
            needed = {row.capability for row in datatype.properties.values() if row.capability}
            needed.update(method.capability for method in datatype.extra_methods.values())
            for urn in needed | {datatype.capability}:
                stores.setdefault(urn, set()).add(datatype.store)
            declared |= {each.urn: each for each in datatype.capabilities}
        found = {urn: declared.get(urn, Capability(urn)) for urn in sorted(stores.keys() | declared.keys())}
        shown = {urn: each for urn, each in found.items() if each.is_announced}
        self.capabilities = {urn: each for urn, each in shown.items() if not each.is_of_accounts_only}
        self.account_capabilities = shown
        # RFC 8620 2: what an account must have some of for a capability to be of use with it
        self.stores = {urn: frozenset(names) for urn, names in stores.items()}
        self.stores |= {urn: each.stores for urn, each in declared.items() if each.stores is not None}

    def account_object(self, shown: Shown, limits: Limits) -> dict[str, Any]:
        """An Account as the Session has it (RFC 8620 2), and a Principal's `accounts` (RFC 9670 2)."""
        found: dict[str, dict[str, Any]] = {}
        for urn, each in self.account_capabilities.items():
            if each.is_everywhere or shown.stores & self.stores.get(urn, frozenset()):
                told = each.account(limits, shown) if each.account else {}
                found |= {urn: told} if told is not None else {}
        return {
            "name": shown.name,
            "isPersonal": shown.is_personal,
            "isReadOnly": shown.is_read_only,
            "accountCapabilities": found,
        }

    __hash__ = object.__hash__  # type: ignore[assignment]  # made once and never changed: it may be a key

    def __eq__(self, other: object) -> bool:
        return self is other


def methods(datatypes: Iterable[DataType]) -> Registry:
    """The registry of these data types."""
    return Registry(datatypes)


def _method(datatype: DataType, verb: str) -> Method:
    arguments = table(datatype, verb)
    hooks = datatype.hooks
    prepare = {"set": hooks.prepare_create and prepare_set, "copy": hooks.prepare_copy and prepare_copy}.get(verb)
    return Method(
        f"{datatype.name}/{verb}",
        datatype.capability,
        _bound(STANDARD[verb], datatype, arguments),
        verb in WRITING,
        datatype.sections.get(verb, datatype.rfc),
        datatype.per_account,
        datatype.store if datatype.per_account else None,
        _prepared(prepare, datatype, arguments) if prepare else None,
    )


def _bound(algorithm: Algorithm, datatype: DataType, arguments: Table) -> Callable[[Context, Arguments], Arguments]:
    def call(context: Context, given: Arguments) -> Arguments:
        context.arguments = check_arguments(arguments, given, context.strict)
        if datatype.seen_by is not None and context.account is not None and not datatype.seen_by(context):
            context = replace(context, account=MemoryAccount(context.account.id, {datatype.store: MemoryStore("")}))
        return algorithm(context, datatype, context.arguments)

    call.__wrapped__ = algorithm  # type: ignore[attr-defined]  # for inspect.unwrap: where to find it
    return call


def _prepared(
    algorithm: Callable[[Context, DataType, Arguments], None], datatype: DataType, arguments: Table
) -> Callable[[Context, Arguments], None]:
    def prepare(context: Context, given: Arguments) -> None:
        context.arguments = check_arguments(arguments, given, context.strict)
        algorithm(context, datatype, context.arguments)

    return prepare
