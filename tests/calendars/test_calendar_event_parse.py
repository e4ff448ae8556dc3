"""CalendarEvent/parse (jmap-calendars-27 5.13)."""

from typing import Any

import pytest

from tests.calendars.host import PARSE, USING, Calendars, vcalendar, vevent

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.13")
NULL = ("id", "baseEventId", "calendarIds", "isDraft", "isOrigin")


def parsed(host: Calendars, *texts: str, **more: Any) -> Any:
    ids = [host.upload(text.encode(), "text/calendar") for text in texts]
    return ids, host.call("CalendarEvent/parse", {"blobIds": ids, **more}, (*USING, PARSE))


def test_a_file_is_a_list_of_events(host: Calendars) -> None:
    text = vcalendar(vevent("u1", "SUMMARY:Lunch"), vevent("u2"), vevent("u1", "RECURRENCE-ID:20260112T090000Z"))
    (id,), answer = parsed(host, text)
    assert answer["notFound"] is None and answer["notParsable"] is None
    events = answer["parsed"][id]
    assert [each["uid"] for each in events] == ["u1", "u2"]
    assert (events[0]["@type"], events[0]["title"], events[0]["start"]) == ("Event", "Lunch", "2026-01-05T09:00:00")
    assert events[0].keys().isdisjoint({*NULL, "iCalendar"})
    assert host.files() == {} and host.events() == []


def test_one_event_is_a_list_of_one(host: Calendars) -> None:
    (id,), answer = parsed(host, vcalendar(vevent("u1")))
    assert len(answer["parsed"][id]) == 1


@pytest.mark.rfc("jmap-calendars-27", "8.5")
def test_the_method_is_told(host: Calendars) -> None:
    (id,), answer = parsed(host, vcalendar(vevent("u1")).replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:REQUEST"))
    assert answer["parsed"][id][0]["method"] == "request"


def test_properties(host: Calendars) -> None:
    (id,), answer = parsed(host, vcalendar(vevent("u1", "X-OWN:kept")), properties=["uid", "title", *NULL, "iCalendar"])
    (event,) = answer["parsed"][id]
    kept = event.pop("iCalendar")
    assert event == {"uid": "u1"} | dict.fromkeys(NULL) and "x-own" in str(kept).lower()
    wrong = {"blobIds": [id], "properties": ["a b"]}
    assert host.error("CalendarEvent/parse", wrong, (*USING, PARSE))["type"] == "invalidArguments"


def test_times_in_utc(host: Calendars) -> None:
    """5.13 does not have them among what is null."""
    text = vcalendar(vevent("u1", "DURATION:PT1H", start="20260105T090000Z"))
    (id,), answer = parsed(host, text, properties=["utcStart", "utcEnd"])
    assert answer["parsed"][id] == [{"utcStart": "2026-01-05T09:00:00Z", "utcEnd": "2026-01-05T10:00:00Z"}]


def test_nothing_of_icalendar_unless_it_is_asked_for(host: Calendars) -> None:
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT5M\r\nEND:VALARM"
    for names in ({}, {"properties": ["alerts"]}):
        (id,), answer = parsed(host, vcalendar(vevent("u1", alarm)), **names)
        assert answer["parsed"][id][0]["alerts"] and "iCalendar" not in str(answer)


def test_what_cannot_be_parsed(host: Calendars) -> None:
    texts = ("hello", "", "BEGIN:VCARD\r\nEND:VCARD\r\n", vcalendar("BEGIN:VTODO\r\nUID:1\r\nEND:VTODO\r\n"))
    ids, answer = parsed(host, *texts)
    assert sorted(answer["notParsable"]) == sorted(ids) and answer["parsed"] is None
    nothing = host.call("CalendarEvent/parse", {"blobIds": ["Gnothing"]}, (*USING, PARSE))
    assert nothing["notFound"] == ["Gnothing"] and nothing["parsed"] is None


@pytest.mark.rfc("jmap-calendars-27", "5.3")
def test_attachments_become_blobs_and_the_event_can_be_created(host: Calendars) -> None:
    attached = "ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=text/plain:aGVsbG8="
    (id,), answer = parsed(host, vcalendar(vevent("u1", attached)))
    (event,) = answer["parsed"][id]
    (link,) = event["links"].values()
    assert host.download(link["blobId"]) == b"hello" and "href" not in link
    made = host.created("CalendarEvent", event | {"calendarIds": {host.calendar(): True}})
    (kept,) = host.event(made["id"])["links"].values()
    assert host.download(kept["blobId"]) == b"hello"


@pytest.mark.rfc("jmap-calendars-27", "1.5.3")
def test_it_needs_its_capability(host: Calendars) -> None:
    assert host.error("CalendarEvent/parse", {"blobIds": []})["type"] == "unknownMethod"
    session = host.session()
    assert session["capabilities"][PARSE] == {}
    assert session["accounts"]["alice"]["accountCapabilities"][PARSE] == {}
