"""All object types of JSCalendar 2.0 (jscalendarbis-15) and their properties; those of jmap-calendars-27 5, tasks-06 4
and jscalendar-icalendar-25 5.1.1 too.

A row's type is the signature that the draft writes. What its values must look like beyond that is in forms.py.
"""

from jmapd.formats.jscalendar.recurrence_rule import FREQUENCIES, SKIPS, WEEKDAYS
from jmapd.formats.object_types.schema import Row

VERSIONS = ("2.0", "1.0")  # jscalendarbis-15 1.9.2; what is made here is of the first
_ORDER = Row("UnsignedInt", most=2**31 - 1)
_RESERVED = Row("Reserved")
_TEXT_TYPE = Row("String", form="text type")
_TYPE = Row("String", True)
_URI = Row("String", form="uri")
_ADDRESSES = Row("String[Boolean]", form="uri")
_LINKS = Row("Id[Link]")

_METADATA: dict[str, Row] = {  # jscalendarbis-15 3.1; 3.2 of what a Group has too
    "@type": _TYPE,
    "uid": Row("String", True, form="uid"),
    "version": Row("String", form="version"),
    "prodId": Row("String", form="text"),
    "created": Row("UTCDateTime"),
    "updated": Row("UTCDateTime"),
    "title": Row("String"),
    "description": Row("String"),
    "descriptionContentType": _TEXT_TYPE,
    "links": _LINKS,
    "locale": Row("String", form="language"),
    "keywords": Row("String[Boolean]", form="text"),
    "categories": _ADDRESSES,
    "color": Row("String", form="color"),
}
_COMMON: dict[str, Row] = {  # 3.1 to 3.6
    **_METADATA,
    "relatedTo": Row("String[Relation]", form="uid"),
    "sequence": Row("UnsignedInt"),
    "showWithoutTime": Row("Boolean"),
    "locations": Row("Id[Location]"),
    "mainLocationId": Row("Id"),
    "virtualLocations": Row("Id[VirtualLocation]"),
    "recurrenceId": Row("LocalDateTime"),
    "recurrenceIdTimeZone": Row("TimeZoneId"),
    "recurrenceRule": Row("RecurrenceRule"),
    "recurrenceOverrides": Row("LocalDateTime[PatchObject]"),
    "priority": Row("Int", most=9),
    "freeBusyStatus": Row("String", values=("free", "busy")),
    "privacy": Row("String", values=("public", "private", "secret")),
    "organizerCalendarAddress": _URI,
    "participants": Row("Id[Participant]"),
    "alerts": Row("Id[Alert]"),
    "timeZone": Row("TimeZoneId"),
    "localizations": Row("String[PatchObject]", form="language"),  # RFC 8984 4.6.1, tasks-06 4.7
    "useDefaultAlerts": Row("Boolean"),  # jmap-calendars-27 5
    "mayInviteSelf": Row("Boolean"),  # 5.1
    "mayInviteOthers": Row("Boolean"),
    "hideAttendees": Row("Boolean"),
    "recurrenceRules": Row("Obsolete"),  # jscalendarbis-15 A.2.1
    "excludedRecurrenceRules": Row("Obsolete"),
    # what JMAP says about the object (10.9), and what is of iTIP messages only (5)
    **dict.fromkeys(("id", "isDraft", "isOrigin", "utcStart", "method", "excluded"), _RESERVED),
}
TYPES: dict[str, dict[str, Row]] = {
    "Event": {  # jscalendarbis-15 4.1
        **_COMMON,
        "start": Row("LocalDateTime", True),
        "duration": Row("Duration"),
        "endTimeZone": Row("TimeZoneId"),
        "status": Row("String", values=("confirmed", "cancelled", "tentative")),
        **dict.fromkeys(("baseEventId", "calendarIds", "utcEnd"), _RESERVED),
    },
    "Task": {  # 4.2, tasks-06 4
        **_COMMON,
        "due": Row("LocalDateTime"),
        "start": Row("LocalDateTime"),
        "estimatedDuration": Row("Duration"),
        "percentComplete": Row("UnsignedInt", most=100),
        "progress": Row(  # "pending" is of tasks-06 2
            "String", values=("needs-action", "in-process", "completed", "failed", "cancelled", "pending")
        ),
        "sortOrder": _ORDER,
        "workflowStatus": Row("String", form="text"),
        "estimatedWork": Row("UnsignedInt"),
        "impact": Row("String"),
        "checklists": Row("Id[Checklist]"),
        "comments": Row("Id[Comment]"),
        **dict.fromkeys(("baseTaskId", "taskListId", "utcDue"), _RESERVED),
    },
    "Group": {  # 4.3
        **_METADATA,
        "entries": Row("(Event|Task|UnknownEntry)[]", True),
        "source": _URI,
    },
    "Relation": {  # 1.5.10, 3.5.1, tasks-06 4.1
        "relation": Row(
            "String[Boolean]",
            values=(
                "first", "next", "child", "parent", "snooze", "depends-on", "clone", "duplicate", "cause",
            ),
            is_open=True,
        ),
    },
    "Link": {  # 1.5.11; jmap-calendars-27 5.3: a blobId in place of the href
        "href": _URI,
        "blobId": Row("Id"),
        "contentType": Row("String", form="media type"),
        "size": Row("UnsignedInt"),
        "rel": Row("String", form="text"),
        "display": Row("String[Boolean]", values=("badge", "graphic", "fullsize", "thumbnail"), is_open=True),
        "title": Row("String"),
    },
    "Location": {  # 3.2.5; the description is of RFC 8984 4.2.5, and searched (jmap-calendars-27 5.11.1)
        "name": Row("String"),
        "description": Row("String"),
        "descriptionContentType": _TEXT_TYPE,
        "locationTypes": Row("String[Boolean]", form="text"),
        "coordinates": Row("String", form="geo"),
        "links": _LINKS,
    },
    "VirtualLocation": {  # 3.2.7
        "name": Row("String"),
        "description": Row("String"),
        "descriptionContentType": _TEXT_TYPE,
        "uri": Row("String", True, form="uri"),
        "features": Row(
            "String[Boolean]",
            values=("audio", "chat", "feed", "moderator", "phone", "screen", "video"),
            is_open=True,
        ),
    },
    "RecurrenceRule": {  # 3.3.3
        "frequency": Row("String", True, FREQUENCIES, is_closed=True),
        "interval": Row("UnsignedInt", least=1),
        "rscale": Row("String", form="calendar"),
        "skip": Row("String", values=SKIPS, is_closed=True),
        "firstDayOfWeek": Row("String", values=WEEKDAYS, is_closed=True),
        "byDay": Row("NDay[]"),
        "byMonthDay": Row("Int[]", least=-31, most=31),
        "byMonth": Row("String[]", form="month"),
        "byYearDay": Row("Int[]", least=-385, most=385),  # 385: of the longest year of any calendar system
        "byWeekNo": Row("Int[]", least=-55, most=55),
        "byHour": Row("UnsignedInt[]", most=23),
        "byMinute": Row("UnsignedInt[]", most=59),
        "bySecond": Row("UnsignedInt[]", most=60),
        "bySetPosition": Row("Int[]", least=-(2**53) + 1),
        "count": Row("UnsignedInt", least=1),
        "until": Row("LocalDateTime"),
    },
    "NDay": {"day": Row("String", True, WEEKDAYS, is_closed=True), "nthOfPeriod": Row("Int", least=-(2**53) + 1)},
    "Participant": {  # 3.4.5, jmap-calendars-27 5.2, tasks-06 4.5.2
        "name": Row("String"),
        "email": Row("String", form="email"),
        "description": Row("String"),
        "descriptionContentType": _TEXT_TYPE,
        "calendarAddress": _URI,
        "kind": Row("String", values=("individual", "group", "location", "resource"), is_open=True),
        "roles": Row(
            "String[Boolean]",
            # "attendee" is of RFC 8984, and what a JMAP client may add itself as (jmap-calendars-27 5.1.1)
            values=("owner", "optional", "informational", "chair", "required", "attendee", "contact", "assignee"),
            is_open=True,  # "roles that are unknown to the implementation MUST be preserved"
        ),
        "participationStatus": Row(
            "String", values=("needs-action", "accepted", "declined", "tentative", "delegated")
        ),
        "expectReply": Row("Boolean"),
        "sentBy": Row("String", form="email"),
        "delegatedTo": _ADDRESSES,
        "delegatedFrom": _ADDRESSES,
        "memberOf": _ADDRESSES,
        "links": _LINKS,
        "progress": Row("String", values=("in-process", "completed", "failed")),
        "percentComplete": Row("UnsignedInt", most=100),
        "scheduleSequence": Row("UnsignedInt"),
        "scheduleUpdated": Row("UTCDateTime"),
    },
    "Alert": {  # 3.5.1
        "trigger": Row("OffsetTrigger|AbsoluteTrigger|UnknownTrigger", True),
        "acknowledged": Row("UTCDateTime"),
        "relatedTo": Row("String[Relation]", form="text"),
        "action": Row("String", values=("display", "email")),
    },
    "OffsetTrigger": {
        "offset": Row("SignedDuration", True),
        "relativeTo": Row("String", values=("start", "end"), is_closed=True),
    },
    "AbsoluteTrigger": {"@type": _TYPE, "when": Row("UTCDateTime", True)},
    "Checklist": {"title": Row("String"), "checkItems": Row("CheckItem[]")},  # tasks-06 4.2.3
    "CheckItem": {
        "title": Row("String"),
        "sortOrder": _ORDER,
        "updated": Row("UTCDateTime"),
        "isComplete": Row("Boolean"),
        "assignee": Row("Person"),
        "assigneee": Row("Person"),  # as the draft spells it
    },
    "Person": {"name": Row("String"), "uri": _URI, "principalId": Row("String")},
    "Comment": {  # 4.2.4
        "message": Row("String", True),
        "created": Row("UTCDateTime"),
        "updated": Row("UTCDateTime"),
        "author": Row("Person"),
    },
    "ICalComponent": {  # jscalendar-icalendar-25 5.1.1
        "name": Row("String", True, form="iCalendar name"),
        "components": Row("JCalComponent[]"),
        "convertedProperties": Row("String[ICalProperty]"),
        "properties": Row("JCalProperty[]"),
    },
    "ICalProperty": {
        "name": Row("String", True, form="iCalendar name"),
        "valueType": Row("String", form="iCalendar name"),
        "parameters": Row("String[JCalParameter]", form="iCalendar name"),
    },
}  # fmt: skip
for _rows in TYPES.values():
    _rows.setdefault("@type", Row("String"))
    _rows["iCalendar"] = Row("ICalComponent")

# jmap-calendars-27 10.8.2: stored for each user
PER_USER = ("keywords", "color", "freeBusyStatus", "useDefaultAlerts", "alerts")
# jscalendarbis-15 3.4.3: what others may see of a private object
PRIVATE_SHOWN = (
    "@type", "created", "due", "duration", "estimatedDuration", "freeBusyStatus", "privacy", "recurrenceId",
    "recurrenceIdTimeZone", "recurrenceOverrides", "recurrenceRule", "sequence", "showWithoutTime", "start",
    "timeZone", "uid", "updated", "version",
)  # fmt: skip
# jmap-calendars-27 5, tasks-06 4: what JMAP says about the object
JMAP_OWN = (
    "id", "baseEventId", "baseTaskId", "calendarIds", "taskListId", "isDraft", "isOrigin", "utcStart", "utcEnd",
    "utcDue",
)  # fmt: skip
# 5, 5.1 and 5.9: must not be in recurrenceOverrides
OF_THE_BASE = (*JMAP_OWN, "mayInviteSelf", "mayInviteOthers", "hideAttendees")
