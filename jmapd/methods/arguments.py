"""Arguments against their signatures, defaults filled in (RFC 8620 3.5, 3.9)."""

from collections.abc import Mapping
from typing import Any

from jmapd.methods.spec import MISSING, DataType
from jmapd.wire import Arguments
from jmapd.wire.errors import InvalidArguments
from jmapd.wire.signatures import allows_null, compiled

Table = Mapping[str, tuple[str, Any]]  # name -> (signature, default); MISSING: must be given

_QUERY: Table = {"filter": ("FilterOperator|FilterCondition|null", None), "sort": ("Comparator[]|null", None)}
STANDARD: Mapping[str, Table] = {
    "get": {"ids": ("String[]|null", None), "properties": ("String[]|null", None)},
    "changes": {"sinceState": ("String", MISSING), "maxChanges": ("UnsignedInt|null", None)},
    "set": {
        "ifInState": ("String|null", None),
        "create": ("String[Object]|null", None),
        "update": ("String[PatchObject]|null", None),
        "destroy": ("String[]|null", None),
    },
    "copy": {
        "fromAccountId": ("Id", MISSING),
        "ifFromInState": ("String|null", None),
        "ifInState": ("String|null", None),
        "create": ("String[Object]", MISSING),
        "onSuccessDestroyOriginal": ("Boolean", False),
        "destroyFromIfInState": ("String|null", None),
    },
    "query": {
        **_QUERY,
        "position": ("Int", 0),
        "anchor": ("Id|null", None),
        "anchorOffset": ("Int", 0),
        "limit": ("UnsignedInt|null", None),
        "calculateTotal": ("Boolean", False),
    },
    "queryChanges": {
        **_QUERY,
        "sinceQueryState": ("String", MISSING),
        "maxChanges": ("UnsignedInt|null", None),
        "upToId": ("Id|null", None),
        "calculateTotal": ("Boolean", False),
    },
}


def table(datatype: DataType, verb: str) -> Table:
    """All arguments of one standard method of one type, accountId too."""
    account: Table = {"accountId": ("Id", MISSING)} if datatype.per_account else {}
    further, standard = dict(datatype.arguments.get(verb, {})), dict(STANDARD[verb])
    if not datatype.per_account:
        standard.pop("ifInState", None)  # RFC 8620 7.2.2
    if verb in ("query", "queryChanges"):
        further = dict(datatype.arguments.get("query", {})) | further
        if datatype.collapse:
            further[datatype.collapse[0]] = ("Boolean", False)
    return {**account, **standard, **further}


def check_arguments(table: Table, arguments: Arguments, strict: bool = False) -> Arguments:
    """The arguments with every default filled in; raises InvalidArguments.

    Some clients send arguments that no RFC knows, or null for a default: not refused unless `strict`.
    """
    out: Arguments = {}
    for name, (signature, default) in table.items():
        value = arguments.get(name, MISSING)
        if value is MISSING or value is None and default is not MISSING and not strict and not allows_null(signature):
            if default is MISSING:
                raise InvalidArguments(f"{name!r} is missing")
            out[name] = default
            continue
        wrong = compiled(signature)(value)
        if wrong:
            raise InvalidArguments(f"{name!r} {wrong}")
        out[name] = value
    if strict:
        unknown = next((name for name in arguments if name not in table), None)
        if unknown is not None:
            raise InvalidArguments(f"{unknown[:80]!r} is no argument of this method")
    return out
