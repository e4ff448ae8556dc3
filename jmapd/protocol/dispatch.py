"""Runs the calls of a Request in order (RFC 8620 3): find, resolve, account, lock, call, follow-ups."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from jmapd.index import IndexDamaged
from jmapd.methods.context import Context, Limits
from jmapd.methods.registry import Registry
from jmapd.methods.spec import Method
from jmapd.protocol.references import Invocation, resolved
from jmapd.protocol.request import check
from jmapd.protocol.session import listed, session_state
from jmapd.stores.base import Account, Overtaken, StoreError, StoreUnavailable
from jmapd.wire import Arguments, Id, ijson
from jmapd.wire.errors import (
    AccountNotSupportedByMethod,
    AccountReadOnly,
    InvalidArguments,
    MethodError,
    RequestTooLarge,
    ServerFail,
    ServerUnavailable,
    TypedError,
    UnknownMethod,
)

log = logging.getLogger(__name__)

TRIES = 3  # of a call that another program overtakes


@dataclass
class Entered:
    """What went wrong around the accounts of a request."""

    ids: frozenset[Id] = frozenset()
    broken: dict[Id, Exception] = field(default_factory=dict)  # could not be entered, and why
    faults: list[Exception] = field(default_factory=list)  # of calls; the accounts are told when they are left


def run(
    request: bytes | dict[str, Any],
    user: str,
    accounts: Mapping[Id, Account],
    registry: Registry,
    limits: Limits,
    options: Mapping[str, Any],
    strict: bool,
    others: Mapping[Id, Account] = MappingProxyType({}),
    own: Mapping[str, Callable[[], Any]] = MappingProxyType({}),
) -> dict[str, Any]:
    """The Response object. `others`: what the user does not see but may learn something of, by its owner's Principal;
    `own`: his stores that are in no account.

    Raises RequestError when the Request is refused as a whole.
    """
    given = ijson.loads(request) if isinstance(request, bytes) else request
    asked = check(given, registry.capabilities, limits, strict)
    created_ids = dict(asked.created_ids or {})
    context = Context(user, asked.using, limits, accounts, created_ids, options, registry.datatypes, registry, others)
    context.own, context.strict = own, strict
    responses: list[Invocation] = []
    with _entered(_mentioned(asked.calls, registry, accounts, others)) as entered:
        for name, arguments, call_id in asked.calls:
            _answer(context, registry, entered, (name, arguments, call_id), responses)
    out: dict[str, Any] = {"methodResponses": responses}
    if asked.created_ids is not None:
        out["createdIds"] = created_ids
    out["sessionState"] = session_state(user, listed(user, accounts, strict), limits, registry)
    return out


def _answer(
    context: Context, registry: Registry, entered: Entered, call: Invocation, responses: list[Invocation]
) -> None:
    """Runs one call and what follows from it; adds the responses."""
    calls, is_implied = [call[:2]], False
    while calls:
        name, arguments = calls.pop(0)
        try:
            method = _method(context, registry, name, is_implied)
            arguments = arguments if is_implied else resolved(arguments, responses)
            answer, more = _call(context, method, arguments, entered)
        except TypedError as error:
            responses.append(("error", error.wire(), call[2]))
        except Exception as error:
            entered.faults.append(error)
            responses.append(("error", _failure(name, error).wire(), call[2]))
        else:
            responses.append((name, answer, call[2]))
            calls = [*more, *calls]
        is_implied = True


def _method(context: Context, registry: Registry, name: str, is_implied: bool) -> Method:
    method = registry.get(name)
    if method is None:
        raise UnknownMethod(f"there is no method {name[:80]!r}")
    # RFC 8621 7.5: a call the server makes by itself does not depend on what the client opted into
    if method.capability not in context.using and not is_implied:
        raise UnknownMethod(f"{name!r} needs {method.capability!r} in 'using'")
    return method


def _call(
    context: Context, method: Method, arguments: Arguments, entered: Entered
) -> tuple[Arguments, list[tuple[str, Arguments]]]:
    account = _account(context, method, arguments, entered.broken) if method.needs_account else None
    context = context.for_call(account, arguments)
    if method.writes and account is not None and account.is_read_only:
        raise AccountReadOnly
    if account is not None and method.store is not None:
        _check_store(account, method.store)
    for each in method.reads(arguments, context.accounts, context.others) if method.reads else ():
        if each.id in entered.broken:
            raise entered.broken[each.id]
        if each.id not in entered.ids:
            raise RequestTooLarge("too many accounts may be meant by a reference: name it in a request of its own")
    if method.prepare is not None:
        method.prepare(context, arguments)
    needs_lock = method.writes and method.needs_lock
    with account.lock() if needs_lock and account is not None else nullcontext():
        answer = _ran(context, method, arguments, account)
    return answer, context.follow_ups


def _ran(context: Context, method: Method, arguments: Arguments, account: Account | None) -> Arguments:
    """The answer; tried again when another program was faster, so that only one who goes on and on is in the way."""
    for _ in range(TRIES - 1):
        try:
            return method.call(context, arguments)
        except Overtaken as error:
            assert account is not None
            log.info("%s is tried again: %s", method.name, error)
            with account.session():  # looks at the files anew
                pass
    return method.call(context, arguments)


def _check_store(account: Account, name: str) -> None:
    try:
        account.store(name)
    except KeyError as error:
        raise AccountNotSupportedByMethod(f"the account has no {name!r}") from error


def _account(context: Context, method: Method, arguments: Arguments, broken: Mapping[Id, Exception]) -> Account:
    id = arguments.get("accountId")
    if not isinstance(id, str):
        raise InvalidArguments("'accountId' is missing" if id is None else "'accountId' must be an Id")
    account = context.accounts.get(id)
    if account is None:
        raise method.unknown_account("'accountId': there is no such account, or it is not yours to see")
    for each in (id, arguments.get("fromAccountId")):
        if isinstance(each, str) and each in broken:
            raise broken[each]
    return account


def _failure(name: str, error: Exception) -> MethodError:
    """What went wrong inside, as the client may know it; the log has the rest."""
    is_our_fault = not isinstance(error, StoreUnavailable)
    log.error("%s failed: %s", name, error, exc_info=error if is_our_fault else None)
    if isinstance(error, StoreUnavailable | IndexDamaged):
        return ServerUnavailable("the account's files cannot be reached now")
    if isinstance(error, StoreError | OSError):
        return ServerFail(f"the account's files could not be read or written ({type(error).__name__})")
    return ServerFail(f"an unexpected error ({type(error).__name__}); the log of the server has more")


def _mentioned(
    calls: Sequence[Invocation], registry: Registry, accounts: Mapping[Id, Account], others: Mapping[Id, Account]
) -> dict[Id, Account]:
    """The accounts these calls may touch, in the one order that all requests enter them in."""
    found: set[Any] = set()
    more: dict[Id, Account] = {}
    methods = [(registry.get(name), arguments) for name, arguments, _ in calls]
    for method, arguments in methods:
        if method is not None and method.reads is not None:
            more |= {each.id: each for each in method.reads(arguments, accounts, others)}
    for method, arguments in methods:
        if method is None or not method.needs_account:
            continue
        if "#accountId" in arguments or "#fromAccountId" in arguments:
            found = set(accounts)  # known only once the results are there
            break
        found.update(arguments[key] for key in ("accountId", "fromAccountId") if isinstance(arguments.get(key), str))
    wanted = {id: accounts[id] for id in found & accounts.keys()} | more
    return dict(sorted(wanted.items()))


@contextmanager
def _entered(accounts: Mapping[Id, Account]) -> Iterator[Entered]:
    """Holds all accounts for the whole request. They see the faults of calls, so that one can mend its index."""
    entered = Entered(frozenset(accounts))
    with ExitStack() as stack:
        for id, account in accounts.items():
            try:
                stack.enter_context(account.session())
            except (StoreError, OSError) as error:
                entered.broken[id] = error
        yield entered
        if entered.faults:
            fault = entered.faults[0]
            with suppress(Exception):  # it is answered and logged already
                stack.__exit__(type(fault), fault, fault.__traceback__)
