"""Attachments out of .ics files, and whole events, as blobs (jmap-calendars 5.3)."""

import base64
import hashlib

import pytest

from jmapd.formats import data_uri
from jmapd.stores.base import NotStorable
from tests.stores.ics_files import Calendars, calendar, component, vevent

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
ATTACH = f"ATTACH;FMTTYPE=image/png;ENCODING=BASE64;VALUE=BINARY:{base64.b64encode(PNG).decode()}"


def find(calendars: Calendars, blob_id: str) -> bytes | None:
    with calendars.account.session():
        return calendars.account.blobs.open(blob_id)


def folded(text: str) -> str:
    return "\r\n".join("\r\n ".join(line[n : n + 74] for n in range(0, len(line), 74)) for line in text.split("\r\n"))


@pytest.mark.rfc("jmap-calendars-27", "5.3")
def test_an_attachment_is_a_blob(calendars: Calendars) -> None:
    calendars.write("work/a.ics", before := folded(vevent("a", "Meeting", ATTACH)))
    event = calendars.all("CalendarEvent")["Meeting"]
    ((key, link),) = event["links"].items()
    assert link["contentType"] == "image/png" and link["size"] == len(PNG) and "href" not in link
    assert link["blobId"] == f"P{event['id']}_{hashlib.sha256(PNG).hexdigest()}"
    assert find(calendars, link["blobId"]) == PNG and find(calendars, link["blobId"][:-1] + "g") is None
    with calendars.account.session():
        assert base64.b64encode(PNG).decode() not in str(
            calendars.account.index.objects.get("CalendarEvent", event["id"])
        )
        assert calendars.account.blobs.item(link["blobId"]) == ("CalendarEvent", event["id"])
    calendars.update("CalendarEvent", event["id"], title="Talk")
    assert calendars.files()["work/a.ics"] == before.replace("SUMMARY:Meeting", "SUMMARY:Talk")
    # named again beside a new one it stays; a blob that is in no event does not
    new = {"@type": "Link", "rel": "enclosure", "href": data_uri.make("text/plain", b"hello")}
    calendars.update("CalendarEvent", event["id"], links={key: link, "new": new})
    links = calendars.all("CalendarEvent")["Talk"]["links"]
    assert links[key]["blobId"] == link["blobId"] and find(calendars, links["new"]["blobId"]) == b"hello"
    wrong = link | {"blobId": "PE" + "0" * 24 + "_" + "0" * 64}
    with pytest.raises(NotStorable):
        calendars.update("CalendarEvent", event["id"], links={key: wrong})
    calendars.update("CalendarEvent", event["id"], links=None)
    assert find(calendars, link["blobId"]) is None and "ATTACH" not in calendars.files()["work/a.ics"]


@pytest.mark.rfc("jmap-calendars-27", "5.3")
def test_in_an_override_too(calendars: Calendars) -> None:
    main = component("VEVENT", "a", "Daily", "DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY;COUNT=5")
    override = component("VEVENT", "a", "Moved", "RECURRENCE-ID:20260107T090000Z", ATTACH)
    calendars.write("work/a.ics", folded(calendar(main, override)))
    event = calendars.all("CalendarEvent")["Daily"]
    patch = event["recurrenceOverrides"]["2026-01-07T09:00:00"]
    (link,) = [link for links in patch.values() if isinstance(links, dict) for link in links.values()]
    assert find(calendars, link["blobId"]) == PNG


@pytest.mark.rfc("jmap-calendars-27", "5")
def test_the_event_itself_is_a_blob(calendars: Calendars) -> None:
    parts = component("VEVENT", "a", "A"), component("VTODO", "b", "B")
    calendars.write("work/all.ics", calendar(*parts))
    for type, name, part in (("CalendarEvent", "A", parts[0]), ("Task", "B", parts[1])):
        record = calendars.all(type)[name]
        with calendars.account.session():
            blob_id = calendars.store(type).whole(record["id"])
        assert blob_id[:2] == f"V{record['id'][0]}" and find(calendars, blob_id) == calendar(part).encode()
        calendars.update(type, record["id"], title="Other")
        assert find(calendars, blob_id) is None
