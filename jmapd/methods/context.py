"""The state of one request and of the call that runs in it. Nothing of a request lives anywhere else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jmapd.stores.base import Account, Store
from jmapd.wire import Arguments, Id


@dataclass(frozen=True)
class Limits:
    """The limits of RFC 8620 2 and of other capabilities, by their own names in snake_case; sizes in octets."""

    max_size_upload: int = 256 * 1024 * 1024
    max_concurrent_upload: int = 8
    max_size_request: int = 16 * 1024 * 1024
    max_concurrent_requests: int = 8
    max_calls_in_request: int = 64
    max_objects_in_get: int = 4096
    max_objects_in_set: int = 4096
    max_size_attachments_per_email: int = 50 * 1024 * 1024  # RFC 8621 1.3.1
    max_mailboxes_per_email: int = 0  # RFC 8621 1.3.1; 0: no limit
    max_delayed_send: int = 0  # RFC 8621 1.3.2; seconds
    application_server_key: str = ""  # RFC 9749 3
    submission_extensions: tuple[str, ...] = ()  # RFC 8621 1.3.2, as in an answer to EHLO: "SIZE 1000"


@dataclass
class Context:
    """One method call. `created_ids`, `accounts` and `memo` are the request's; the rest is the call's."""

    user: str
    using: frozenset[str]  # as the request means it: implied capabilities included
    limits: Limits
    accounts: Mapping[Id, Account]  # those this user may see
    created_ids: dict[str, Id] = field(default_factory=dict)  # creation id -> id, of the whole request
    options: Mapping[str, Any] = field(default_factory=dict)  # configuration a data type reads, as "mail.roles"
    datatypes: Mapping[str, Any] = field(default_factory=dict)  # by name, with all that later RFCs add to them
    registry: Any = None  # every method (methods/registry.py), and what the Session says of accounts
    others: Mapping[Id, Account] = field(default_factory=dict)  # by a Principal's id
    account: Account | None = None
    arguments: Arguments = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict)  # of this call: parsed messages and the like
    spent: dict[str, int] = field(default_factory=dict)  # of the whole request: work that is limited, by name
    own: Mapping[str, Callable[[], Any]] = field(default_factory=dict)  # stores of the user's that are in no account
    strict: bool = False  # [protocol] strict: the RFC's letter where the tolerant reading is the default
    follow_ups: list[tuple[str, Arguments]] = field(default_factory=list)  # calls to run next, under the same id

    def for_call(self, account: Account | None, arguments: Arguments) -> "Context":
        """A context for one call of the same request."""
        return replace(self, account=account, arguments=arguments, memo={}, follow_ups=[])

    def store(self, name: str) -> Store:
        """The store of that name in the call's account; for types that are in none, the user's own."""
        found: Store = self.own[name]() if self.account is None else self.account.store(name)
        return found
