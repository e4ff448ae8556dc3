"""What a data type declares: the vocabulary of the tables in datatypes/."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from pyroaring import BitMap

from jmapd.methods.context import Context, Limits
from jmapd.stores.base import Account, Store, Transaction
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.delta import Delta
from jmapd.wire.errors import AccountNotFound, MethodError

Array = np.ndarray[Any, Any]
PRINCIPAL = "Principal"
MISSING: Any = object()  # Property.default: the client must give it on create


class Shown(NamedTuple):
    """What the Session says of an account (RFC 8620 2); capability objects depend on it."""

    id: Id
    name: str
    is_personal: bool
    is_read_only: bool
    stores: frozenset[str]
    principals: Id | None = None  # the account in which the user finds its owner's Principal (RFC 9670 1.5.2)


def shown(user: str, accounts: Mapping[Id, Account]) -> tuple[Shown, ...]:
    """What the Session says of the accounts that a user sees."""
    own = next((each for each in accounts.values() if each.owner == user and PRINCIPAL in each.store_names), None)
    return tuple(
        Shown(
            each.id,
            each.name,
            each.owner == user,
            each.is_read_only,
            each.store_names,
            own.id if own is not None else None,
        )
        for each in accounts.values()
    )


class Known(NamedTuple):
    """What the objects in a Principal's `capabilities` depend on (RFC 9670 2)."""

    account: Shown | None  # the Principal's, if the user may see it
    addresses: tuple[str, ...]  # mail addresses, the best first
    has_availability: bool  # whether the user may know when the Principal is busy


@dataclass(frozen=True)
class Capability:
    """What the Session says of a capability (RFC 8620 2); nothing where a function is not given."""

    urn: str
    server: Callable[[Limits], dict[str, Any]] | None = None  # in `capabilities`
    account: Callable[[Limits, Shown], dict[str, Any] | None] | None = None  # in `accountCapabilities`; None: left out
    principal: Callable[[Known], dict[str, Any]] | None = None  # in `capabilities` of a Principal
    is_everywhere: bool = False  # else of the accounts that have a store of its data types
    stores: frozenset[str] | None = None  # or one of these instead
    is_of_accounts_only: bool = False  # not in the Session's `capabilities`, and not for `using`
    is_announced: bool = True  # False: the rows are there, but no client can ask for them yet


@dataclass(frozen=True)
class Property:
    """One property of a data type."""

    type: str  # the RFC's own signature, as "Id[Boolean]" or "String|null" (wire/signatures.py)
    default: Any = MISSING
    server_set: bool = False
    immutable: bool = False
    stored: bool = True  # False: not in the record; `computed` makes it
    computed: Callable[[Context, Record, str], Any] | None = None  # (context, record, name as asked for)
    by_default: bool = True  # in /get when no properties are named
    ref: str | None = None  # the data type an id refers to: creation order, "#id", foreign keys
    capability: str | None = None  # there only when this URN is in `using`
    dynamic: Callable[[str], bool] | None = None  # the row stands for all names this accepts, as "header:*"
    prepare: Callable[[Context, list[Id]], None] | None = None  # brings what /get will show of these up to date
    key: Callable[[str], str] | None = None  # how the keys of a map are normalised on the way in, as keywords are
    optional: bool = False  # a record may be without it, and is then shown without it


@dataclass(frozen=True)
class Filter:
    """One property of a FilterCondition. Give `match` (tried on each record), `rows` (looks them up), or both: then
    `rows` are candidates and `match` decides.
    """

    type: str
    match: Callable[[Context, Record, Any], bool] | None = None
    rows: Callable[[Context, Any], BitMap] | None = None  # beside `match`: the candidates that it decides on
    is_exact: Callable[[Any], bool] | None = None  # where both are given: for such a value `rows` is enough
    reads: tuple[str, ...] = ()  # the properties it depends on; () : /queryChanges cannot be calculated
    by_group: bool = False  # depends on other records of the collapse group, as allInThreadHaveKeyword
    capability: str | None = None  # there only when this URN is in `using`
    prepare: Callable[[Context], None] | None = None  # brings what `rows` looks up up to date, before any row is


@dataclass(frozen=True)
class Sort:
    """One property to sort by. Give `key` (of each record) or `keys` (a numeric array for an array of rows)."""

    key: Callable[[Context, Record, Arguments], Any] | None = None
    keys: Callable[[Context, Array, Arguments], Array] | None = None
    reads: tuple[str, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)  # further Comparator members: name -> signature
    by_group: bool = False
    collated: bool = False  # a String: `collation` applies; `key` answers the raw string


@dataclass
class Outcome:
    """What a /set did, for after_set."""

    created: dict[str, Record] = field(default_factory=dict)  # creation id -> the whole record
    updated: list[Id] = field(default_factory=list)
    destroyed: list[Id] = field(default_factory=list)


@dataclass(frozen=True)
class Hooks:
    """What a data type cannot declare. All optional; raise SetError from the first four."""

    validate: Callable[[Context, Transaction, Record | None, Record], None] | None = None  # old (None: create), new
    before_destroy: Callable[[Context, Transaction, Record], None] | None = None
    prepare_create: Callable[[Context, Record], Record] | None = None  # before the lock: parse, write blobs
    commit_create: Callable[[Context, Transaction, Record], Record] | None = None  # under it; answers what was set
    prepare_copy: Callable[[Context, Account, Record, Record], Any] | None = None
    # /copy, before the lock: the account it comes from, the original, what the client gives; what it answers goes to
    commit_copy: Callable[[Context, Transaction, Record, Any], Record] | None = None  # answers what was set
    arrange: Callable[[Context, list[Id], Arguments], list[Id]] | None = None  # sortAsTree, filterAsTree
    expand: Callable[[Context, BitMap, Arguments], Sequence[Id]] | None = None  # instead: ids for rows that match
    after_set: Callable[[Context, Arguments, Outcome], list[tuple[str, Arguments]]] | None = None  # calls that follow
    after_copy: Callable[[Context, list[Id]], None] | None = None  # the ids of what was made
    extra_changes: Callable[[Context, Delta], dict[str, Any]] | None = None  # updatedProperties
    prepare_get: Callable[[Context, Arguments], None] | None = None  # checks /get's further arguments
    shape_get: Callable[[Context, Arguments], Callable[[Record], Record] | None] | None = None
    # what /get makes of a stored record before its properties are picked
    prepare_set: Callable[[Context, Arguments], None] | None = None  # may refuse a whole /set before anything is done
    prepare_update: Callable[[Context, Record, Record], Record] | None = None  # old, new: the new one as it is kept
    on_success: Callable[[Context, Transaction, Arguments, Callable[[str], Id]], dict[Id, Record]] | None = None
    # when nothing of a /set failed, with its arguments and what makes ids of "#" ones: what changed of which records
    also_changed: Callable[[Context, Transaction, Iterable[Record]], dict[Id, Record]] | None = None
    # after all steps of a /set, with what it created: what changed of records beside what was asked for


@dataclass(frozen=True)
class DataType:
    """One data type of one RFC, as data."""

    name: str  # as on the wire: "Mailbox"
    capability: str
    store: str  # the name Account.store() knows
    methods: tuple[str, ...]  # of: get changes set copy query queryChanges
    properties: Mapping[str, Property]
    rfc: str  # where it is defined: "RFC 8621 2"
    sections: Mapping[str, str] = field(default_factory=dict)  # method -> RFC and section, when not that of `rfc`
    filters: Mapping[str, Filter] = field(default_factory=dict)
    sorts: Mapping[str, Sort] = field(default_factory=dict)
    arguments: Mapping[str, Mapping[str, tuple[str, Any]]] = field(default_factory=dict)
    # method -> further argument -> (signature, default)
    hooks: Hooks = field(default_factory=Hooks)
    capabilities: tuple[Capability, ...] = ()  # where the Session says more than {} of one
    extra_methods: Mapping[str, "Method"] = field(default_factory=dict)  # "Email/import" -> Method
    singleton: bool = False
    per_account: bool = True
    is_open: bool = False  # a record may have properties beside those of the table: a `dynamic` row takes them
    refuses: Mapping[str, str] = field(default_factory=dict)  # "create", "update" or "destroy", always: why (forbidden)
    unique: str | None = None  # the property in which no two records of an account are equal
    collapse: tuple[str, str] | None = None  # (argument, property): ("collapseThreads", "threadId")
    arranged: Callable[[Arguments], bool] | None = (
        None  # whether hooks.arrange or expand does anything for these arguments
    )
    view: Callable[[Context, Account, Store], Store] | None = None  # an account's store as this user sees it
    seen_by: Callable[[Context], bool] | None = None  # False: to this client there are no records (RFC 9425 4.1)
    arranged_by: tuple[str, ...] = ()  # the properties hooks.arrange reads; () : /queryChanges cannot be calculated


def store_of(context: Context, datatype: DataType, account: Account | None = None) -> Store:
    """The type's store in the call's account or in another, as the user sees it; for a type that is in none, the
    user's own. Raises KeyError.
    """
    account = account or context.account
    if account is None:
        return context.store(datatype.store)
    store = account.store(datatype.store)
    return datatype.view(context, account, store) if datatype.view is not None else store


@dataclass(frozen=True)
class Method:
    """One method as the dispatcher sees it."""

    name: str
    capability: str
    call: Callable[[Context, Arguments], Arguments]
    writes: bool
    rfc: str
    needs_account: bool = True
    store: str | None = None  # the account must have it, else accountNotSupportedByMethod
    prepare: Callable[[Context, Arguments], None] | None = None  # before the lock is taken; keeps what it did in memo
    needs_lock: bool = True  # False: writes what needs no lock, as uploads
    unknown_account: type[MethodError] = AccountNotFound  # what an account that cannot be found is answered with
    reads: Callable[[Arguments, Mapping[Id, Account], Mapping[Id, Account]], Iterable[Account]] | None = None
    # which accounts it looks into besides, of those that the user sees and of the others
