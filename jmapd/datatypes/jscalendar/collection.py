"""What Calendar (jmap-calendars-27 4) and TaskList (tasks-06 3) have in common: colour, zone, default alerts."""

from collections.abc import Collection
from typing import Any, Protocol, cast

from pyroaring import BitMap

from jmapd.formats.colors import is_color
from jmapd.formats.jscalendar.timezones import is_zone
from jmapd.formats.jscalendar.validate import problems
from jmapd.methods.context import Context
from jmapd.methods.named import check_named
from jmapd.methods.pending import Pending
from jmapd.stores.base import Transaction
from jmapd.wire import Id, Record
from jmapd.wire.errors import Forbidden, InvalidProperties

ALERTS = ("defaultAlertsWithTime", "defaultAlertsWithoutTime")
OWN = ("name", "color", "sortOrder", "isVisible", "timeZone", *ALERTS)  # of each user
MAX_ALERTS = 100  # in each map


class Items(Protocol):
    """A store of events or tasks."""

    def with_key(self, name: str, value: str) -> BitMap: ...


def check_private(context: Context, type: str, id: Id) -> None:
    """What is private only the owner destroys, also with all that is in its Calendar (5.9). Raises Forbidden."""
    assert context.account is not None
    items = cast(Items, context.store(type))
    if context.account.owner != context.user and items.with_key("book", id) & (
        items.with_key("privacy", "private") | items.with_key("privacy", "secret")
    ):
        raise Forbidden("it has what is private in it, which only its owner may destroy")


def check_collection(
    context: Context, transaction: Transaction, old: Record | None, new: Record, own: Collection[str]
) -> None:
    """`own`: the properties that are each user's. Raises SetError."""
    if old is not None:
        _check_rights(context, old, new, own)
    check_named(old, new)
    if new["color"] is not None and (old is None or old["color"] != new["color"]) and not is_color(new["color"]):
        raise InvalidProperties(["color"], "color: neither #rrggbb nor the name of a CSS colour")
    if new["timeZone"] is not None and (old is None or old["timeZone"] != new["timeZone"]):
        check_zone(new["timeZone"])
    for name in ALERTS:
        if new[name] and (old is None or old[name] != new[name]):
            _check_alerts(name, new[name])
            _check_ids(transaction, name, new)


def check_zone(name: str) -> None:
    """Raises InvalidProperties for what is no name of the IANA Time Zone Database."""
    if not is_zone(name):
        raise InvalidProperties(["timeZone"], f"timeZone: {name[:80]!r} is no time zone of IANA's")


def _check_rights(context: Context, old: Record, new: Record, own: Collection[str]) -> None:
    assert context.account is not None
    changed = {name for name in new.keys() | old.keys() if new.get(name) != old.get(name)}
    common = sorted(changed - set(own) - {"isSubscribed", "shareWith", "isDefault"})
    if common and not old["myRights"].get("mayWriteAll", True):
        raise Forbidden(f"you may not change {', '.join(common)}", properties=common)
    mine = sorted(changed & set(own))
    is_subscribed = old["isSubscribed"] or new["isSubscribed"] or context.account.owner == context.user
    if mine and not is_subscribed:
        raise Forbidden("only who is subscribed may change it for himself", properties=mine)


def _check_alerts(name: str, alerts: dict[Id, Any]) -> None:
    if len(alerts) > MAX_ALERTS:
        raise InvalidProperties([name], f"{name}: more than {MAX_ALERTS} alerts")
    event = {"@type": "Event", "uid": "a", "updated": "2000-01-01T00:00:00Z", "start": "2000-01-01T00:00:00"}
    found = [each for each in problems(event | {"alerts": alerts}) if each[0].split("/")[0] == "alerts"]
    if found:
        pointer, why = found[0]
        wrong = [f"{name}{each.removeprefix('alerts')}" for each, _ in found]
        raise InvalidProperties(wrong[:20], f"{name}{pointer.removeprefix('alerts')}: {why}")
    for id, alert in alerts.items():
        trigger = alert.get("trigger")
        if not isinstance(trigger, dict):
            raise InvalidProperties([f"{name}/{id}/trigger"], f"{name}/{id}/trigger must be an object")
        if trigger.get("@type") == "AbsoluteTrigger":
            raise InvalidProperties(
                [f"{name}/{id}/trigger"], f"{name}/{id}/trigger: an AbsoluteTrigger would fire for all events at once"
            )


def _has_alerts(record: Record) -> bool:
    return any(record.get(name) for name in ALERTS)


def _check_ids(transaction: Transaction, name: str, new: Record) -> None:
    """They are unique across all default alerts of the account."""
    having = cast(Pending, transaction).having(_has_alerts, True)
    records = (transaction.get(id) for id in having if id != new.get("id"))
    taken = {id for each in records if each is not None for map in ALERTS for id in each.get(map) or ()}
    taken.update(id for map in ALERTS if map != name for id in new[map] or ())
    twice = sorted(taken & new[name].keys())
    if twice:
        wrong = [f"{name}/{id}" for id in twice]
        raise InvalidProperties(wrong, f"{name}: another default alert of the account has the id {twice[0]!r}")
