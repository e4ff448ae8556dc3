"""Principal/getAvailability (jmap-calendars-27 2.2), and what else that capability adds to Principal (1.5.2, 2.3)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from pyroaring import BitMap

from jmapd.datatypes.calendars.busy import Period, busy_status, is_busy, merged, participation
from jmapd.datatypes.jscalendar.kind import MAX_DAYS, MAX_DURATION
from jmapd.datatypes.jscalendar.people import addresses
from jmapd.datatypes.jscalendar.shown import seen_people, without_icalendar
from jmapd.datatypes.jscalendar.synthetic import synthetic
from jmapd.formats.jscalendar import instances, zones
from jmapd.index.spans import NO_RECURRENCE, recurrence_text
from jmapd.methods.arguments import Table, check_arguments
from jmapd.methods.context import Context, Limits
from jmapd.methods.get import projection, whole
from jmapd.methods.properties import find
from jmapd.methods.spec import MISSING, PRINCIPAL, Capability, DataType, Filter, Method, Shown, store_of
from jmapd.stores.base import Account
from jmapd.stores.large import LargeStore
from jmapd.stores.principals import has_address, principal_id
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.dates import microseconds, utc_date
from jmapd.wire.errors import Forbidden, InvalidArguments, NotFound, TooLarge

AVAILABILITY = "urn:ietf:params:jmap:principals:availability"
PRINCIPALS = "urn:ietf:params:jmap:principals"
MOST_MEANT = 64  # accounts that a reference may stand for
HOUR = 3600 * 1_000_000
ARGUMENTS: Table = {
    "accountId": ("Id", MISSING),
    "id": ("String", MISSING),
    "utcStart": ("UTCDate", MISSING),
    "utcEnd": ("UTCDate", MISSING),
    "showDetails": ("Boolean", False),
    "eventProperties": ("String[]|null", None),
}


def principal_get_availability(context: Context, arguments: Arguments) -> Arguments:
    """The method. Raises NotFound, Forbidden, TooLarge, InvalidArguments."""
    args = check_arguments(ARGUMENTS, arguments, context.strict)
    record = context.store(PRINCIPAL).get([args["id"]]).get(args["id"])
    if record is None:
        raise NotFound("there is no such Principal, or it is not yours to see")
    start, end = microseconds(args["utcStart"]), microseconds(args["utcEnd"])
    if end < start:
        raise InvalidArguments("utcEnd: must not be before utcStart")
    if end - start > MAX_DAYS * 24 * HOUR:
        raise TooLarge(f"maxAvailabilityDuration is {MAX_DURATION}")
    visible = next((each for each in context.accounts.values() if each.owner == record["user"]), None)
    account = visible or context.others.get(record["id"])
    if account is None or "Calendar" not in account.store_names:
        raise Forbidden("you may not know when this Principal is busy")
    wanted = Wanted(context, account, visible is not None, record["timeZone"], start, end, args)
    return {"accountId": args["accountId"], "list": wanted.periods()}


@dataclass
class Wanted:
    """One question, and the account that answers it."""

    context: Context
    account: Account
    is_visible: bool
    time_zone: str | None
    start: int
    end: int
    args: Arguments
    calendars: dict[Id, Record] = field(default_factory=dict)  # whose events count

    def __post_init__(self) -> None:
        rights = {each["id"]: each["myRights"] for each in self.account.store("Calendar").scan()}
        self.rights: Mapping[Id, Record] = rights if self.is_visible else {}
        for each in self.account.as_owner("Calendar").scan():
            may = self.rights[each["id"]]["mayReadFreeBusy"] if self.is_visible and each["id"] in rights else True
            if may and each["isSubscribed"] and each["includeInAvailability"] != "none":
                self.calendars[each["id"]] = each
        self.events = cast(LargeStore, self.account.as_owner("CalendarEvent"))
        self.addresses = addresses(self.context, self.account)

    def periods(self) -> list[Record]:
        """The BusyPeriods, in order."""
        busy = list(self._busy())
        events = self._details([id for id, _ in busy]) if self.args["showDetails"] and self.is_visible else {}
        hidden = merged(period for id, period in busy if id not in events)
        found = [_shown(period) | {"event": None, "accountId": None} for period in hidden]
        found += [
            _shown(period) | {"event": events[id], "accountId": self.account.id} for id, period in busy if id in events
        ]
        return sorted(found, key=lambda each: str(each["utcStart"]))

    def _busy(self) -> Iterator[tuple[Id, Period]]:
        """Each occurrence that counts, and its time."""
        table = self.events.table()
        for row, start, end, recurrence in self._occurrences():
            event = table.record(row)
            if recurrence is not None and recurrence in (event.get("recurrenceOverrides") or {}):
                event = event | (instances.instance(event, recurrence) or {})
            status = participation(event, self.addresses)
            included = [
                self.calendars[id]["includeInAvailability"] for id in event["calendarIds"] if id in self.calendars
            ]
            if is_busy(event, status, included):
                id = event["id"] if recurrence is None else synthetic(event["id"], recurrence)
                yield id, Period(start, end, busy_status(event, status))

    def _occurrences(self) -> Iterator[tuple[int, int, int, str | None]]:
        """(row, start, end, recurrence id) of the events of all calendars; each is looked at in its calendar's zone."""
        done: set[tuple[int, int]] = set()
        for zone, among in self._rows().items():
            after, before = (zones.local(zones.moment(each), zone) for each in (self.start - HOUR, self.end + HOUR))
            found = self.events.occurrences(after, before, zone, among)
            columns = (found.rows, found.starts, found.ends, found.recurrences)
            for row, start, end, recurrence in zip(*(each.tolist() for each in columns), strict=True):
                if start < self.end and end > self.start and (row, recurrence) not in done:
                    done.add((row, recurrence))
                    yield row, start, end, None if recurrence == NO_RECURRENCE else recurrence_text(recurrence)

    def _rows(self) -> dict[str, BitMap]:
        """Rows of events by the zone in which those without one are."""
        found: dict[str, BitMap] = {}
        for id, calendar in self.calendars.items():
            zone = calendar["timeZone"] or self.time_zone or "Etc/UTC"
            found[zone] = found.get(zone, BitMap()) | self.events.with_key("book", id)
        return found

    def _details(self, ids: list[Id]) -> dict[Id, Record]:
        """The events as the user may see them, but not what is private, or in none of the calendars that he reads."""
        context, datatype = replace(self.context, account=self.account), self.context.datatypes["CalendarEvent"]
        if (names := self.args["eventProperties"]) is None:
            show = whole(context, datatype)
        else:
            show = projection(
                context, {name: row for name in names if (row := find(context, datatype, name)) is not None}
            )
        return {
            id: show(seen_people(context, without_icalendar(record)))
            for id, record in store_of(context, datatype).get(ids).items()
            if record.get("privacy", "public") == "public"
            and any(self.rights.get(each, {}).get("mayReadItems") for each in record["calendarIds"])
        }


def _shown(period: Period) -> Record:
    start, end = (utc_date(each // 1_000_000) for each in (period.start, period.end))
    return {"utcStart": start, "utcEnd": end, "busyStatus": period.status}


def _reads(arguments: Arguments, accounts: Mapping[Id, Account], others: Mapping[Id, Account]) -> Iterable[Account]:
    """The account of the Principal; all that might be meant where a reference stands for it."""
    if "#id" in arguments:
        few = list(others)[:MOST_MEANT] if len(others) <= MOST_MEANT else []
        return [*accounts.values(), *(others[each] for each in few)]
    id = arguments.get("id")
    found = [each for each in accounts.values() if principal_id(each.owner) == id]
    other = others.get(id) if isinstance(id, str) else None
    return found or ([] if other is None else [other])


def _account(limits: Limits, account: Shown) -> dict[str, Any]:
    return {"maxAvailabilityDuration": MAX_DURATION}


PRINCIPAL_AVAILABILITY = DataType(
    PRINCIPAL,
    PRINCIPALS,
    store=PRINCIPAL,
    methods=(),
    rfc="draft-ietf-jmap-calendars-27 2",
    properties={},
    filters={
        "calendarAddress": Filter(
            "String",
            match=lambda context, record, value: has_address(record, value),
            reads=("email",),
            capability=AVAILABILITY,
        )
    },
    extra_methods={
        f"{PRINCIPAL}/getAvailability": Method(
            f"{PRINCIPAL}/getAvailability",
            AVAILABILITY,
            principal_get_availability,
            writes=False,
            rfc="draft-ietf-jmap-calendars-27 2.2",
            store=PRINCIPAL,
            reads=_reads,
        )
    },
    capabilities=(Capability(AVAILABILITY, account=_account),),
)
