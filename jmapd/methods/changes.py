"""Foo/changes (RFC 8620 5.2)."""

from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, store_of
from jmapd.wire import Arguments
from jmapd.wire.errors import CannotCalculateChanges, InvalidArguments


def foo_changes(context: Context, datatype: DataType, args: Arguments) -> Arguments:
    """Ids of what was created, updated and destroyed since a state, in pages of maxChanges."""
    since, limit = args["sinceState"], args["maxChanges"]
    if limit == 0:
        raise InvalidArguments("'maxChanges' must be greater than 0")
    delta = store_of(context, datatype).changes(since, limit)
    if delta is None:
        raise CannotCalculateChanges("the state is too old, or not one of this server's")
    answer: Arguments = {"accountId": args["accountId"]} if datatype.per_account else {}
    answer |= {
        "oldState": since,
        "newState": delta.new_state,
        "hasMoreChanges": delta.has_more,
        "created": delta.created,
        "updated": delta.updated,
        "destroyed": delta.destroyed,
    }
    if datatype.hooks.extra_changes:
        answer |= datatype.hooks.extra_changes(context, delta)
    return answer
