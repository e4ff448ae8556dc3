"""Principal (RFC 9670 2): the users of this server, and the groups that accounts are shared as."""

import logging
from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from jmapd.datatypes.principals.principals_capability import CAPABILITY, OWNER, PRINCIPALS
from jmapd.methods.context import Context
from jmapd.methods.spec import PRINCIPAL as NAME
from jmapd.methods.spec import DataType, Filter, Hooks, Known, Property, Shown, Sort, shown
from jmapd.stores.base import Account, Transaction
from jmapd.stores.principals import principal_id
from jmapd.wire import Id, Record
from jmapd.wire.errors import Forbidden, InvalidProperties

log = logging.getLogger(__name__)

LONGEST = {"name": 255, "description": 1 << 16}  # octets
_MAY_CHANGE = ("name", "description", "timeZone")
_FIXED = "users and groups are up to the administrator"


def _account_of(context: Context, record: Record) -> tuple[Account, Shown] | None:
    """The Principal's account, if the user may see it."""
    by_owner: dict[str, tuple[Account, Shown]] | None = context.memo.get("by owner")
    if by_owner is None:
        every = zip(context.accounts.values(), shown(context.user, context.accounts), strict=True)
        by_owner = context.memo["by owner"] = {each[0].owner: each for each in every}
    return by_owner.get(record["user"])


def may_ask(context: Context, record: Record) -> bool:
    """Whether the user may know when the Principal is busy."""
    return _account_of(context, record) is not None or record["id"] in context.others


def _capabilities(context: Context, record: Record, name: str) -> dict[str, Any]:
    account = _account_of(context, record)
    known = Known(account and account[1], tuple(record["addresses"]), may_ask(context, record))
    every = context.registry.capabilities.values()
    return {each.urn: each.principal(known) for each in every if each.principal is not None}


def _accounts(context: Context, record: Record, name: str) -> dict[Id, Any] | None:
    account = _account_of(context, record)
    if account is None:
        return None
    return {account[0].id: context.registry.account_object(account[1], context.limits)}


def _validate(context: Context, transaction: Transaction, old: Record | None, new: Record) -> None:
    """2.3: a user may change what his own says of him. Raises SetError."""
    if old is None:
        raise Forbidden(_FIXED)
    if old["id"] != principal_id(context.user):
        raise Forbidden("it is not the Principal of the user")
    wrong = [name for name in ("type", "email") if old[name] != new[name]]
    if wrong:
        raise Forbidden(f"{', '.join(wrong)}: {_FIXED}", properties=wrong)
    for name, longest in LONGEST.items():
        text = new[name] or ""
        if len(text.encode("utf-8", "surrogatepass")) > longest:
            raise InvalidProperties([name], f"{name}: must have at most {longest} octets")
        if any(not each.isprintable() and (name == "name" or each not in "\n\t") for each in text):
            raise InvalidProperties([name], f"{name}: must not have control characters")
    if not new["name"].strip():
        raise InvalidProperties(["name"], "name: must have a character that can be seen")
    if new["timeZone"] not in (None, old["timeZone"]) and new["timeZone"] not in available_timezones():
        raise InvalidProperties(["timeZone"], f"timeZone: {new['timeZone'][:80]!r} is no time zone of IANA's")
    if new["name"] != old["name"]:  # 6.1: he may want to look like another
        log.info("%s: calls himself %r now, no more %r", context.user, new["name"], old["name"])


def _contains(*names: str) -> Filter:
    def match(context: Context, record: Record, value: str) -> bool:
        return any(value.casefold() in (record[name] or "").casefold() for name in names)

    return Filter("String", match=match, reads=names)


def _equals(name: str) -> Filter:
    return Filter("String", match=lambda context, record, value: record[name] == value, reads=(name,))


def _has_account(context: Context, record: Record, value: list[str]) -> bool:
    account = _account_of(context, record)
    return account is not None and account[0].id in value


def _by(name: str) -> Sort:
    key: Callable[[Context, Record, dict[str, Any]], Any] = lambda context, record, arguments: record[name]  # noqa: E731
    return Sort(key=key, reads=(name,), collated=True)


PRINCIPAL = DataType(
    NAME,
    PRINCIPALS,
    store=NAME,
    methods=("get", "changes", "set", "query", "queryChanges"),
    rfc="RFC 9670 2",
    sections={
        "get": "RFC 9670 2.1",
        "changes": "RFC 9670 2.2",
        "set": "RFC 9670 2.3",
        "query": "RFC 9670 2.4",
        "queryChanges": "RFC 9670 2.5",
    },
    properties={
        "id": Property("Id", server_set=True, immutable=True),
        "type": Property("String"),
        "name": Property("String"),
        "description": Property("String|null", default=None),
        "email": Property("String|null", default=None),
        "timeZone": Property("String|null", default=None),
        "capabilities": Property("String[Object]", server_set=True, stored=False, computed=_capabilities),
        "accounts": Property("Id[Account]|null", server_set=True, stored=False, computed=_accounts),
    },
    filters={
        # who sees what is in the configuration: it does not change while states hold
        "accountIds": Filter("String[]", match=_has_account, reads=("accounts",)),
        "email": _contains("email"),
        "name": _contains("name"),
        "text": _contains("name", "email", "description"),
        "type": _equals("type"),
        "timeZone": _equals("timeZone"),
    },
    sorts={"name": _by("name"), "email": _by("email"), "type": _by("type")},
    hooks=Hooks(validate=_validate),
    refuses={"create": _FIXED, "destroy": _FIXED},
    capabilities=(CAPABILITY, OWNER),
)
