"""The Request object (RFC 8620 3.3) and the errors that refuse it as a whole (3.6.1)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from jmapd.methods.context import Limits
from jmapd.wire import Arguments, Id
from jmapd.wire.errors import LimitExceeded, NotRequest, UnknownCapability
from jmapd.wire.ids import is_id

CORE = "urn:ietf:params:jmap:core"
MAIL = "urn:ietf:params:jmap:mail"
WEB_SOCKET = "urn:ietf:params:jmap:websocket"
TICKET = "urn:jmapd:ticket"
CONNECTIONS = (WEB_SOCKET, TICKET)  # what they stand for is no method
IMPLIED = frozenset(  # by mail: several clients use these without asking for them
    f"urn:ietf:params:jmap:{name}" for name in ("submission", "vacationresponse", "quota")
)


@dataclass(frozen=True)
class Request:
    """A Request that was checked."""

    using: frozenset[str]  # with what the tolerant reading implies
    calls: list[tuple[str, Arguments, str]]
    created_ids: dict[str, Id] | None  # None: the client sent none and gets none


def check(given: Any, capabilities: Collection[str], limits: Limits, strict: bool) -> Request:
    """Raises NotRequest, UnknownCapability, LimitExceeded."""
    if not isinstance(given, dict):
        raise NotRequest("The Request must be an object.")
    using, calls, created_ids = given.get("using"), given.get("methodCalls"), given.get("createdIds")
    if not isinstance(using, list) or not all(isinstance(each, str) for each in using):
        raise NotRequest("'using' must be an array of strings.")
    if not isinstance(calls, list):
        raise NotRequest("'methodCalls' must be an array.")
    for call in calls:
        if not _is_invocation(call):
            raise NotRequest("Each method call must be an array of a name, an object of arguments and a call id.")
    if created_ids is not None or "createdIds" in given:
        _check_created_ids(created_ids)
    for capability in using:
        if capability not in capabilities and capability not in CONNECTIONS and (strict or capability not in IMPLIED):
            raise UnknownCapability(f"The server does not support the capability {capability[:200]!r}.")
    if len(calls) > limits.max_calls_in_request:
        raise LimitExceeded("maxCallsInRequest", f"At most {limits.max_calls_in_request} calls fit a request.")
    return Request(in_use(using, strict), [(call[0], call[1], call[2]) for call in calls], created_ids)


def in_use(using: Collection[str], strict: bool) -> frozenset[str]:
    """The capabilities in force: any other implies core, and mail what clients use along with it."""
    given = frozenset(using)
    if strict or not given:
        return given
    return given | {CORE} | (IMPLIED if MAIL in given else frozenset())


def _is_invocation(call: Any) -> bool:
    return (
        isinstance(call, list)
        and len(call) == 3
        and isinstance(call[0], str)
        and isinstance(call[1], dict)
        and isinstance(call[2], str)
    )


def _check_created_ids(created_ids: Any) -> None:
    if not isinstance(created_ids, dict) or not all(is_id(id) for id in created_ids.values()):
        raise NotRequest("'createdIds' must be an object whose values are Ids.")
