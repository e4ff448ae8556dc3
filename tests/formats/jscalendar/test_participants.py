"""ORGANIZER, ATTENDEE and PARTICIPANT."""

from typing import Any

import pytest

from tests.formats.jscalendar.convert import Record, again, changed, only, read, written

pytestmark = pytest.mark.rfc("jscalendar-icalendar-25", "2.3.4")
ALICE, BOB = "mailto:alice@example.org", "mailto:bob@example.org"
OWNER = f"ORGANIZER;CN=Bob:{BOB}"


def _person(record: Record, address: str) -> Any:
    return next(each for each in record["participants"].values() if each["calendarAddress"] == address)


@pytest.mark.parametrize(
    ("params", "member", "value"),
    [
        ("CN=Alice", "name", "Alice"),
        ("CUTYPE=ROOM", "kind", "location"),
        ("CUTYPE=resource", "kind", "resource"),
        ("ROLE=CHAIR", "roles", {"chair": True}),
        ("ROLE=OPT-PARTICIPANT", "roles", {"optional": True}),
        ("ROLE=NON-PARTICIPANT", "roles", {"informational": True}),
        ("ROLE=X-COOK", "roles", {"x-cook": True}),
        ("RSVP=FALSE", "expectReply", False),
        ("PARTSTAT=NEEDS-ACTION", "participationStatus", "needs-action"),
        ("EMAIL=a@example.org", "email", "a@example.org"),
        ('SENT-BY="mailto:c@example.org"', "sentBy", "c@example.org"),
        (f'DELEGATED-TO="{BOB}"', "delegatedTo", {BOB: True}),
        (f'MEMBER="{BOB}","mailto:g@example.org"', "memberOf", {BOB: True, "mailto:g@example.org": True}),
    ],
)
def test_parameters_both_ways(params: str, member: str, value: Any) -> None:
    person = _person(read(f"ATTENDEE;{params}:{ALICE}", f"ORGANIZER:{BOB}"), ALICE)
    assert person == {"@type": "Participant", "calendarAddress": ALICE, member: value}
    lines = written(participants={"a": person}, organizerCalendarAddress=BOB)
    assert f"ATTENDEE;{params.replace('resource', 'RESOURCE')};JSID=a:{ALICE}" in lines


@pytest.mark.parametrize(
    "params", ["CUTYPE=UNKNOWN", "PARTSTAT=COMPLETED", "SCHEDULE-STATUS=1.1", "LANGUAGE=de", "X-NUM-GUESTS=2"]
)
def test_parameters_without_a_form_are_kept(params: str) -> None:
    name, value = params.lower().partition("=")[::2]
    record = read(f"ATTENDEE;{params}:{ALICE}", OWNER)
    [identity] = [key for key, each in record["participants"].items() if each["calendarAddress"] == ALICE]
    told = record["iCalendar"]["convertedProperties"][f"participants/{identity}/calendarAddress"]
    assert told["parameters"][name].lower() == value
    gone, new = changed((f"ATTENDEE;{params}:{ALICE}", OWNER), lambda new: _person(new, ALICE).update(name="A"))
    assert (gone, new) == ([f"ATTENDEE;{params}:{ALICE}"], [f"ATTENDEE;CN=A;{params}:{ALICE}"])


@pytest.mark.parametrize("progress", ["completed", "in-process", "failed"])
def test_partstat_of_a_task(progress: str) -> None:
    line = f"ATTENDEE;PARTSTAT={progress.upper()}:{ALICE}"
    person = _person(read(line, OWNER, name="VTODO"), ALICE)
    assert (person["participationStatus"], person["progress"]) == ("accepted", progress)
    wanted = {"participants": {"a": person}, "organizerCalendarAddress": BOB}
    assert f"ATTENDEE;PARTSTAT={progress.upper()};JSID=a:{ALICE}" in written("VTODO", **wanted)


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.29")
@pytest.mark.parametrize(
    ("lines", "owners"),
    [
        ([f"ORGANIZER:{BOB}"], [BOB]),
        ([f"ORGANIZER:{BOB}", f"ATTENDEE:{BOB}"], [BOB]),
        ([f"ORGANIZER:{BOB}", f"ATTENDEE;ROLE=OWNER:{ALICE}"], [ALICE]),
        ([OWNER, f"ATTENDEE;ROLE=OWNER:{ALICE}"], [ALICE, BOB]),
        ([f"ORGANIZER:{BOB}", f"ATTENDEE:{BOB}", f"ATTENDEE;ROLE=OWNER:{ALICE}"], [ALICE]),
    ],
)
def test_who_is_owner(lines: list[str], owners: list[str]) -> None:
    people = read(*lines)["participants"]
    assert sorted(each["calendarAddress"] for each in people.values() if "owner" in each.get("roles", {})) == owners
    assert again(participants=people, organizerCalendarAddress=BOB)["participants"] == people


@pytest.mark.rfc("jscalendar-icalendar-25", "3.6")
def test_a_participant_that_organizer_represents_has_no_attendee() -> None:
    owner = {"calendarAddress": BOB, "name": "Bob", "roles": {"owner": True}}
    assert written(participants={"o": owner}, organizerCalendarAddress=BOB) == [f"ORGANIZER;CN=Bob;JSID=o:{BOB}"]
    attending = owner | {"participationStatus": "accepted"}
    lines = written(participants={"o": attending}, organizerCalendarAddress=BOB)
    assert lines == [f"ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED;JSID=o:{BOB}", f"ORGANIZER;CN=Bob:{BOB}"]


def test_a_change_touches_one_line() -> None:
    lines = (OWNER, f"ATTENDEE;CN=Bob:{BOB}", f"ATTENDEE;CN=Alice;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:{ALICE}")
    gone, new = changed(lines, lambda new: _person(new, ALICE).update(participationStatus="accepted"))
    assert (gone, new) == ([lines[2]], [f"ATTENDEE;CN=Alice;PARTSTAT=ACCEPTED;RSVP=TRUE:{ALICE}"])
    gone, new = changed(lines, lambda new: _person(new, BOB).update(name="Robert"))
    assert (gone, new) == (list(lines[:2]), [each.replace("Bob", "Robert") for each in lines[:2]])


def test_the_same_address_in_another_case_is_the_same_participant() -> None:
    people = read("ORGANIZER:MAILTO:BOB@example.org", f"ATTENDEE;PARTSTAT=ACCEPTED:{BOB}")["participants"]
    assert only(people)["roles"] == {"owner": True}


def test_a_second_line_of_an_address_is_kept() -> None:
    record = read(f"ATTENDEE:{ALICE}", f"ATTENDEE;CN=Other:{ALICE}", OWNER)
    assert record["iCalendar"]["properties"] == [["attendee", {"cn": "Other"}, "cal-address", ALICE]]


PARTICIPANT = (
    "BEGIN:PARTICIPANT",
    "UID:p1",
    f"CALENDAR-ADDRESS:{ALICE}",
    "DESCRIPTION:cook",
    "X-A:1",
    "END:PARTICIPANT",
)


@pytest.mark.rfc("jscalendar-icalendar-25", "2.2.1")
def test_participant_and_attendee_are_one() -> None:
    lines = (f"ATTENDEE;RSVP=TRUE:{ALICE}", *PARTICIPANT, OWNER)
    person = _person(read(*lines), ALICE)
    assert (person["expectReply"], person["description"]) == (True, "cook")
    assert person["iCalendar"]["properties"] == [["uid", {}, "text", "p1"], ["x-a", {}, "unknown", "1"]]
    gone, new = changed(lines, lambda new: _person(new, ALICE).update(description="chef"))
    assert (gone, new) == (["DESCRIPTION:cook"], ["DESCRIPTION:chef"])
    gone, new = changed(lines, lambda new: _person(new, ALICE).update(expectReply=False))
    assert (gone, new) == ([lines[0]], [f"ATTENDEE;RSVP=FALSE:{ALICE}"])
    gone, new = changed(lines, lambda new: _person(new, ALICE).pop("description"))
    assert (gone, new) == (["DESCRIPTION:cook"], [])


def test_a_participant_without_address() -> None:
    guest = {"@type": "Participant", "name": "Carol", "percentComplete": 5, "example.org:x": [1]}
    assert written(participants={"c": guest}) == [
        'JSPROP;JSPTR="participants/c/example.org:x":[1]',
        "BEGIN:PARTICIPANT",
        "UID:c",
        "SUMMARY:Carol",
        "PERCENT-COMPLETE:5",
        "END:PARTICIPANT",
    ]
    found = again(participants={"c": guest})["participants"]["c"]
    assert {name: found[name] for name in guest} == guest


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.29")
def test_an_organizer_beside_another_owner_comes_back() -> None:
    people = {
        "b": {"@type": "Participant", "calendarAddress": BOB, "roles": {"owner": True}},
        "a": {"@type": "Participant", "calendarAddress": ALICE, "roles": {"owner": True}},
    }
    assert again(participants=people, organizerCalendarAddress=BOB)["participants"] == people
    named = {"b": people["b"] | {"name": "Bob"}, "a": people["a"]}
    lines = written(participants=named, organizerCalendarAddress=BOB)
    assert lines == [f"ATTENDEE;ROLE=OWNER;JSID=a:{ALICE}", f"ORGANIZER;CN=Bob;JSID=b:{BOB}"]


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.29")
def test_an_organizer_with_a_component_keeps_its_key() -> None:
    """ORGANIZER and PARTICIPANT of one address are one Participant; its key is the JSID of the line."""
    people = {
        "b": {"@type": "Participant", "calendarAddress": BOB, "description": "cook", "roles": {"owner": True}},
    }
    lines = written(participants=people, organizerCalendarAddress=BOB)
    assert lines == [
        f"ORGANIZER;JSID=b:{BOB}",
        "BEGIN:PARTICIPANT",
        "UID:b",
        f"CALENDAR-ADDRESS:{BOB}",
        "DESCRIPTION:cook",
        "END:PARTICIPANT",
    ]
    found = read(*lines)["participants"]
    assert list(found) == ["b"] and people["b"].items() <= found["b"].items()
