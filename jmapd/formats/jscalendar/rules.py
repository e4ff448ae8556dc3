"""What jscalendarbis-15 asks of an object as a whole, beyond the types of its properties: one row an object type.

A rule answers where (a member, "" for the object itself) and why. It is given what may be of wrong types. It looks
through no more than its members, so that many patches of one object cost no more than they are.
"""

from collections.abc import Iterator
from typing import Any

from jmapd.formats.object_types.schema import Fault, Rule, excludes, needs, none_of, not_empty, one_of
from jmapd.wire import Record

# 3.4.5: each says something of a scheduled participant
_SCHEDULED = (
    "kind", "roles", "participationStatus", "expectReply", "sentBy", "delegatedTo", "delegatedFrom", "memberOf",
    "progress",
)  # fmt: skip
_GREGORIAN = {"byYearDay": 366, "byWeekNo": 53}


def _instance(value: Record) -> Iterator[Fault]:
    """3.3.1, 3.3.2."""
    if "recurrenceId" in value:
        for name in ("recurrenceRule", "recurrenceOverrides"):
            if name in value:
                yield name, "must not be set beside recurrenceId"
    elif "recurrenceIdTimeZone" in value:
        yield "recurrenceIdTimeZone", "must not be set without recurrenceId"


def _main_location(value: Record) -> Iterator[Fault]:
    """3.2.6."""
    wanted = value.get("mainLocationId")
    if not isinstance(wanted, str):
        return
    locations = value.get("locations")
    location = locations.get(wanted) if isinstance(locations, dict) else None
    if not isinstance(location, dict):
        yield "mainLocationId", "must be the id of one of the locations"
    elif "name" not in location:
        yield "mainLocationId", "must be the id of a location that has a name"


def _organizer(value: Record) -> Iterator[Fault]:
    """3.4.5."""
    if "organizerCalendarAddress" not in value and any("calendarAddress" in each for each in _participants(value)):
        yield "organizerCalendarAddress", "must be given when a participant has a calendarAddress"


def _of_tasks_only(value: Record) -> Iterator[Fault]:
    """3.4.5."""
    if any("progress" in each or "percentComplete" in each for each in _participants(value)):
        yield "participants", "must not have progress or percentComplete but in a Task"


def _participants(value: Record) -> list[Record]:
    found = value.get("participants")
    return [each for each in found.values() if isinstance(each, dict)] if isinstance(found, dict) else []


def _times(task: Record) -> Iterator[Fault]:
    """4.2, 3.3.3."""
    if "due" in task or "start" in task:
        return
    for name in ("timeZone", "recurrenceRule", "recurrenceId"):
        if name in task:
            yield name, "must not be set without due or start"
    if task.get("showWithoutTime") is True:
        yield "showWithoutTime", "must not be true without due or start"


def _start(task: Record) -> Iterator[Fault]:
    """4.2.2; RFC 8984 and other programs have tasks that recur by their due date."""
    if "start" not in task and ("recurrenceRule" in task or "recurrenceId" in task):
        yield "start", "must be given with recurrenceRule and recurrenceId"


def _workflow(task: Record) -> Iterator[Fault]:
    if "workflowStatus" in task and "progress" in task:  # tasks-06 4
        yield "progress", "must not be set beside workflowStatus"


def _link(link: Record) -> Iterator[Fault]:
    if "href" not in link and "blobId" not in link:  # jmap-calendars-27 5.3
        yield "href", "must be given, or a blobId"


def _location(location: Record) -> Iterator[Fault]:
    if not location.keys() - {"@type"}:
        yield "", "must have a property"


def _participant(participant: Record) -> Iterator[Fault]:
    """3.4.5."""
    if "calendarAddress" not in participant:
        yield from ((name, "must not be set without calendarAddress") for name in _SCHEDULED if name in participant)
    if "progress" in participant and participant.get("participationStatus") != "accepted":
        yield "progress", "must not be set unless participationStatus is 'accepted'"


def _numbers(rule: Record) -> Iterator[Fault]:
    """3.3.3."""
    for name in ("byMonthDay", "byYearDay", "byWeekNo", "bySetPosition"):
        values = _numbers_of(rule.get(name))
        if 0 in values:
            yield name, "must not have 0"
        most = _GREGORIAN.get(name, 0) if rule.get("rscale", "gregorian") == "gregorian" else 0
        if most and any(abs(value) > most for value in values):
            yield name, f"must be from 1 to {most}, or from -{most} to -1"


def _months(rule: Record) -> Iterator[Fault]:
    """3.3.3; only other calendars have a thirteenth month, or a leap month."""
    months = rule.get("byMonth") if rule.get("rscale", "gregorian") == "gregorian" else None
    if isinstance(months, list) and any(each == "13" or str(each).endswith("L") for each in months):
        yield "byMonth", "must be from 1 to 12"


def _numbers_of(value: Any) -> list[int]:
    return [each for each in value if type(each) is int] if isinstance(value, list) else []


def _nth(day: Record) -> Iterator[Fault]:
    if day.get("nthOfPeriod") == 0:
        yield "nthOfPeriod", "must not be 0"


_COMMON = (
    Rule(("recurrenceId", "recurrenceIdTimeZone", "recurrenceRule", "recurrenceOverrides"), _instance),
    Rule(("mainLocationId", "locations"), _main_location),
    Rule(("participants",), _organizer),
    none_of("replyTo", "requestStatus", "sentBy"),
)
RULES: dict[str, tuple[Rule, ...]] = {
    "Event": (*_COMMON, needs("endTimeZone", "timeZone"), Rule(("participants",), _of_tasks_only)),
    "Task": (
        *_COMMON,
        Rule(("due", "start", "timeZone", "showWithoutTime", "recurrenceRule", "recurrenceId"), _times),
        Rule(("start", "recurrenceRule", "recurrenceId"), _start, is_strict=True),
        Rule(("workflowStatus", "progress"), _workflow),
    ),
    "Link": (Rule(("href", "blobId"), _link),),
    "Location": (Rule(("name", "locationTypes", "coordinates", "links"), _location), not_empty("links")),
    "RecurrenceRule": (
        excludes("until", "count"),
        Rule(("byMonthDay", "byYearDay", "byWeekNo", "bySetPosition"), _numbers),
        Rule(("byMonth",), _months),
        not_empty("byMonthDay", "byMonth", "byYearDay", "byWeekNo", "byHour", "byMinute", "bySecond", "bySetPosition"),
    ),
    "NDay": (Rule(("nthOfPeriod",), _nth),),
    "Participant": (
        Rule(("calendarAddress", "participationStatus", *_SCHEDULED), _participant),
        needs("descriptionContentType", "description"),
        none_of(
            "sendTo", "invitedBy", "participationComment", "scheduleAgent", "scheduleForceSend", "scheduleStatus"
        ),  # fmt: skip
        not_empty("roles", "delegatedTo", "delegatedFrom", "memberOf", "links"),
    ),
    "Person": (one_of("principalId", "uri"),),  # tasks-06 4.2.3
}
