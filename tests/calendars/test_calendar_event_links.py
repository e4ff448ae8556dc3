"""Attachments of CalendarEvents by blobId (jmap-calendars-27 5.3)."""

from typing import Any

import pytest

from jmapd.datatypes.jscalendar import links
from tests.calendars.host import WEEKLY, Calendars, person, vcalendar, vevent
from tests.conftest import CORE

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.3")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
DATE = "2026-01-12T09:00:00"


def link(blob_id: str, **more: Any) -> dict[str, Any]:
    return {"@type": "Link", "rel": "enclosure", "blobId": blob_id, **more}


def test_a_blob_becomes_part_of_the_file(host: Calendars) -> None:
    blob_id = host.upload(PNG)
    told = host.created("CalendarEvent", host.draft(links={"1": link(blob_id, title="A picture")}))
    found = host.event(told["id"])["links"]["1"]
    assert (found["rel"], found["title"], found["contentType"]) == ("enclosure", "A picture", "image/png")
    assert "href" not in found and found["blobId"] != blob_id
    assert host.download(found["blobId"]) == PNG
    assert told["links"]["1"]["blobId"] == found["blobId"]
    (octets,) = host.files().values()
    assert b"ATTACH" in octets and b"ENCODING=BASE64" in octets


def test_the_type_given_counts(host: Calendars) -> None:
    id = host.new(links={"1": link(host.upload(b"a,b\r\n"), contentType="text/csv")})
    assert host.event(id)["links"]["1"]["contentType"] == "text/csv"


def test_what_a_file_has_is_a_blob(host: Calendars) -> None:
    host.write("a.ics", vcalendar(vevent("u1", "ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=text/plain:aGVsbG8=")))
    (event,) = host.events()
    (found,) = event["links"].values()
    assert host.download(found["blobId"]) == b"hello" and found["contentType"] == "text/plain"


def test_an_attachment_stays_when_something_else_changes(host: Calendars) -> None:
    id = host.new(links={"1": link(host.upload(PNG))})
    first = host.event(id)["links"]
    host.updated(id, {"title": "Other"})
    assert host.event(id)["links"] == first
    host.updated(id, {"links": first | {"2": link(host.upload(b"hello"))}})
    second = host.event(id)["links"]
    assert second["1"] == first["1"] and host.download(second["2"]["blobId"]) == b"hello"
    host.updated(id, {"links/1": None})
    assert host.event(id)["links"] == {"2": second["2"]}
    host.updated(id, {"links/2/blobId": host.upload(PNG)})
    assert host.download(host.event(id)["links"]["2"]["blobId"]) == PNG


def test_links_elsewhere(host: Calendars) -> None:
    blob_id = host.upload(PNG)
    people = {"b": person("bob@example.org", links={"1": link(blob_id)})}
    overrides = {DATE: {"links": {"2": link(blob_id)}}}
    id = host.new(participants=people, recurrenceRule=WEEKLY, recurrenceOverrides=overrides)
    event = host.event(id)
    assert host.download(event["participants"]["b"]["links"]["1"]["blobId"]) == PNG
    one = host.event(f"{id}_20260112T090000")
    assert host.download(one["links"]["2"]["blobId"]) == PNG


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"links": {"a": link("Gnothing")}}, "links/a/blobId"),
        ({"links": {"1": link("not an id")}}, "links/1/blobId"),
        (
            {"recurrenceRule": WEEKLY, "recurrenceOverrides": {DATE: {"links": {"1": link("Gnothing")}}}},
            f"recurrenceOverrides/{DATE}/links/1/blobId",
        ),
    ],
)
def test_a_blob_that_is_not_there(host: Calendars, given: dict[str, Any], pointer: str) -> None:
    wrong = host.refused("CalendarEvent", host.draft(**given))
    assert (wrong["type"], wrong["properties"]) == ("invalidProperties", [pointer])
    assert host.files() == {}


def test_a_blob_made_in_the_same_request(host: Calendars) -> None:
    upload = ["Blob/upload", {"accountId": "alice", "create": {"b": {"data": [{"data:asText": "hello"}]}}}]
    event = host.draft(links={"1": link("#b")})
    create = ["CalendarEvent/set", {"accountId": "alice", "create": {"e": event}}]
    blob, calendars = "urn:ietf:params:jmap:blob", "urn:ietf:params:jmap:calendars"
    answers = host.request([upload, create], (CORE, blob, calendars))
    id = answers[1][1]["created"]["e"]["id"]
    assert host.download(host.event(id)["links"]["1"]["blobId"]) == b"hello"


def test_what_is_too_large(host: Calendars, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MAX_BLOBS", 100)
    blob_id = host.upload(PNG)
    two = {"1": link(blob_id), "2": link(blob_id)}
    wrong = host.refused("CalendarEvent", host.draft(links=two))
    assert (wrong["type"], wrong["properties"]) == ("tooLarge", ["links/2/blobId"])
    assert host.new(links={"1": link(blob_id)})
