"""CalendarEvent/copy (jmap-calendars-27 5.10)."""

from typing import Any

import pytest

from tests.calendars.host import WEEKLY, Calendars, person

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.10")


@pytest.fixture
def host(make_host: Any) -> Calendars:
    """alice may write in the team's account."""
    made: Calendars = make_host({"team": ["alice"], "bob": ["alice"]})
    return made


def copied(host: Calendars, id: str, more: dict[str, Any], **arguments: Any) -> Any:
    create = {"new": {"id": id, **more}}
    given = {"accountId": "team", "fromAccountId": host.account, "create": create, **arguments}
    return host.request([["CalendarEvent/copy", given]])


def target(host: Calendars) -> dict[str, Any]:
    host.use("team")
    found = {"calendarIds": {host.calendar("shared"): True}}
    host.use("alice")
    return found


def test_an_event_is_copied(host: Calendars) -> None:
    people = {"a": person("alice@example.org", "owner")}
    overrides = {"2026-01-12T09:00:00": {"title": "Other"}}
    id = host.new(
        "Lunch", recurrenceRule=WEEKLY, recurrenceOverrides=overrides, participants=people, keywords={"a": True}
    )
    where, before = target(host), host.event(id)
    ((name, answer, _),) = copied(host, id, where | {"title": "Dinner"})
    assert name == "CalendarEvent/copy" and answer["notCreated"] is None, answer
    new = answer["created"]["new"]
    host.use("team")
    after = host.event(new["id"])
    assert after["title"] == "Dinner" and after["calendarIds"] == where["calendarIds"]
    same = ("uid", "start", "duration", "timeZone", "recurrenceRule", "recurrenceOverrides", "participants", "created")
    assert {name: after.get(name) for name in same} == {name: before.get(name) for name in same}
    assert new["isOrigin"] is after["isOrigin"] is False
    host.use("alice")
    assert host.event(id) == before


@pytest.mark.rfc("8620", "5.4")
def test_a_copy_may_be_another_event(host: Calendars) -> None:
    """Any other properties included are used instead of the original's."""
    id, where = host.new("Lunch", recurrenceRule=WEEKLY), target(host)
    copied(host, id, where)
    ((_, answer, _),) = copied(host, id, where | {"uid": "u2", "utcStart": "2026-02-02T09:00:00Z"})
    assert answer["notCreated"] is None, answer
    new = answer["created"]["new"]
    host.use("team")
    after = host.event(new["id"])
    assert (after["uid"], after["start"], after["title"]) == ("u2", "2026-02-02T10:00:00", "Lunch")
    assert new["start"] == after["start"]
    host.use("alice")
    one = {"uid": "u3", "recurrenceId": None, "recurrenceIdTimeZone": None}
    ((_, answer, _),) = copied(host, f"{id}_20260112T090000", where | one)
    host.use("team")
    after = host.event(answer["created"]["new"]["id"])
    assert (after["uid"], after["start"], after.get("recurrenceId")) == ("u3", "2026-01-12T09:00:00", None)


def test_attachments_go_along(host: Calendars) -> None:
    link = {
        "@type": "Link",
        "rel": "enclosure",
        "blobId": host.upload(b"hello", "text/plain"),
        "contentType": "text/plain",
    }
    id, where = host.new(links={"1": link}), target(host)
    ((_, answer, _),) = copied(host, id, where)
    assert answer["notCreated"] is None, answer
    host.use("team")
    found = host.event(answer["created"]["new"]["id"])["links"]["1"]
    assert found["blobId"].startswith("P") and host.download(found["blobId"]) == b"hello"


def test_the_original_is_destroyed_if_wanted(host: Calendars) -> None:
    id, where = host.new(), target(host)
    (_, answer, _), (name, follow, _) = copied(host, id, where, onSuccessDestroyOriginal=True)
    assert answer["notCreated"] is None and name == "CalendarEvent/set" and follow["destroyed"] == [id]


def test_what_is_there_already(host: Calendars) -> None:
    id, where = host.new(uid="u1"), target(host)
    copied(host, id, where)
    ((_, answer, _),) = copied(host, id, where)
    wrong = answer["notCreated"]["new"]
    assert (wrong["type"], wrong["properties"]) == ("invalidProperties", ["uid"])


@pytest.mark.rfc("jmap-calendars-27", "5.7")
def test_what_is_private_cannot_be_copied_out(host: Calendars) -> None:
    where = target(host)
    host.log_in("bob").use("bob")
    secret, private = host.new("Doctor", privacy="secret"), host.new("Doctor", privacy="private")
    host.log_in("alice")
    ((_, answer, _),) = copied(host, secret, where)
    assert answer["notCreated"]["new"]["type"] == "notFound"
    ((_, answer, _),) = copied(host, private, where)
    assert answer["notCreated"]["new"]["type"] == "invalidProperties"
