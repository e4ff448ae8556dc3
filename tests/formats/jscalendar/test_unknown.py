"""What one format has and the other has not: the iCalendar property, and JSPROP."""

import json
from typing import Any

import pytest

from jmapd.formats.icalendar import calendars, to_bytes
from jmapd.formats.jscalendar.to_icalendar import to_icalendar
from tests.formats.jscalendar.convert import Record, again, changed, converted, read, written

pytestmark = pytest.mark.rfc("jscalendar-icalendar-25", "5.1.1")


def properties(*lines: str) -> Any:
    return read(*lines)["iCalendar"]["properties"]


def test_the_example_of_the_draft() -> None:
    found = read("SUMMARY;X-FOO=bar:test", "X-BAR:bam", "BEGIN:X-BAZ", "UID:507A08F9", "END:X-BAZ")
    assert found["iCalendar"] == {
        "@type": "ICalComponent",
        "name": "vevent",
        "convertedProperties": {
            "title": {"@type": "ICalProperty", "name": "summary", "parameters": {"x-foo": "bar"}},
        },
        "properties": [["x-bar", {}, "unknown", "bam"]],
        "components": [["x-baz", [["uid", {}, "text", "507A08F9"]], []]],
    }


@pytest.mark.parametrize(
    ("line", "jcal"),
    [
        ("COMMENT:one\\, two", ["comment", {}, "text", "one, two"]),
        ("RESOURCES;LANGUAGE=en:a\\,b,c", ["resources", {"language": "en"}, "text", "a,b", "c"]),
        ("X-A;VALUE=INTEGER;X-P=1,2:5", ["x-a", {"x-p": ["1", "2"]}, "integer", 5]),
        ("X-A;VALUE=DATE:20260102", ["x-a", {}, "date", "2026-01-02"]),
        ("X-A;VALUE=DATE-TIME:20260102T030405Z", ["x-a", {}, "date-time", "2026-01-02T03:04:05Z"]),
        ("X-A;VALUE=BOOLEAN:TRUE", ["x-a", {}, "boolean", True]),
        ("X-A;VALUE=URI:http://example.org/a,b", ["x-a", {}, "uri", "http://example.org/a,b"]),
        ("X-A:a\\,b;c", ["x-a", {}, "unknown", "a\\,b;c"]),
        ("X-A;VALUE=float:1.50", ["x-a", {"value": "float"}, "unknown", "1.50"]),
        ("CLASS:X-OWN", ["class", {}, "text", "X-OWN"]),
        ("PRIORITY:50", ["priority", {}, "integer", 50]),
        ("SEQUENCE:-1", ["sequence", {}, "integer", -1]),
        ("CREATED:never", ["created", {}, "unknown", "never"]),
        ("RRULE:INTERVAL=2", ["rrule", {}, "unknown", "INTERVAL=2"]),
    ],
)
def test_properties_as_jcal_and_back(line: str, jcal: list[Any]) -> None:
    """RFC 7265 3.4, 3.5: the line comes back as it was, in a new file too."""
    assert properties(line) == [jcal]
    made = written(iCalendar={"@type": "ICalComponent", "name": "vevent", "properties": [jcal]})
    assert made == [line]
    assert properties(*made) == [jcal]


@pytest.mark.parametrize(
    "jcal",
    [
        None,
        1,
        [],
        ["x"],
        ["x", {}, "text"],
        ["begin", {}, "text", "a"],
        ["a b", {}, "text", "a"],
        ["jsprop", {}, "text", "a"],
    ]
    + [["x", [], "text", "a"], ["x", {}, 5, "a"], [5, {}, "text", "a"], ["x", {}, "text", None]],
)
def test_what_is_no_jcal_is_not_written(jcal: Any) -> None:
    assert written(iCalendar={"name": "vevent", "properties": [jcal], "components": [jcal]}) == []


def test_line_breaks_cannot_be_smuggled_in() -> None:
    made = written(
        iCalendar={"name": "vevent", "properties": [["x-a", {"x-p": "1\nEND:VEVENT"}, "unknown", "a\r\nEND:VEVENT"]]}
    )
    assert made == ["X-A;X-P=1^nEND:VEVENT:a\\nEND:VEVENT"] or made == ['X-A;X-P="1^nEND:VEVENT":a\\nEND:VEVENT']


def test_properties_are_added_and_removed_one_by_one() -> None:
    lines = ("X-A:1", "X-B:2", "X-A:1", "BEGIN:X-C", "END:X-C")

    def change(record: Record) -> None:
        kept = record["iCalendar"]
        kept["properties"] = [["x-a", {}, "unknown", "1"], ["x-d", {}, "unknown", "4"]]
        del kept["components"]

    gone, come = changed(lines, change)
    assert gone == ["X-B:2", "BEGIN:X-C", "END:X-C"]  # and the second X-A, whose text is still there once
    assert come == ["X-D:4"]


def test_told_parameters_are_written() -> None:
    told = {"title": {"name": "summary", "valueType": "x-own", "parameters": {"x-foo": ["a", "b"]}}}
    assert written(title="t", iCalendar={"name": "vevent", "convertedProperties": told}) == [
        "SUMMARY;VALUE=X-OWN;X-FOO=a,b:t"
    ]


def test_only_told_parameters_change() -> None:
    def change(record: Record) -> None:
        record["iCalendar"]["convertedProperties"]["title"]["parameters"] = {"x-foo": "2"}

    assert changed(("SUMMARY;X-FOO=1:t", "X-A:1"), change) == (["SUMMARY;X-FOO=1:t"], ["SUMMARY;X-FOO=2:t"])


def test_what_cannot_be_read_gives_way_to_what_is_set() -> None:
    assert changed(("PRIORITY:50",), lambda record: record.update(priority=5)) == (["PRIORITY:50"], ["PRIORITY:5"])


def test_a_second_line_does_not_take_the_place_of_one_that_is_removed() -> None:
    gone, come = changed(("PRIORITY:1", "PRIORITY:2"), lambda record: record.pop("priority"))
    assert (gone, come) == (["PRIORITY:1", "PRIORITY:2"], [])


JSPROP = pytest.mark.rfc("jscalendar-icalendar-25", "4.1.2")


@JSPROP
@pytest.mark.parametrize(
    ("member", "line"),
    [
        ({"example.com:foo": True}, 'JSPROP;JSPTR="example.com:foo":true'),
        ({"example.com:foo": {"bar": 1234, "baz": "bam"}}, 'JSPROP;JSPTR="example.com:foo":{"bar":1234\\,"baz":"bam"}'),
        ({"example.com:a/b~": [1]}, 'JSPROP;JSPTR="example.com:a~1b~0":[1]'),
        ({"status": "example.com:open"}, 'JSPROP;JSPTR="status":"example.com:open"'),
        ({"x": "ü\n;"}, 'JSPROP;JSPTR="x":"ü\\\\n\\;"'),
    ],
)
def test_a_property_of_no_line(member: Record, line: str) -> None:
    assert written(**member) == [line]
    assert again(**member) == member
    assert read(line) == member


@JSPROP
def test_a_property_within_an_object_of_a_line() -> None:
    """The pointer is the event's, and JSID makes it hold."""
    link = {"mylink1": {"@type": "Link", "href": "https://example.org/a", "rel": "enclosure", "example.com:foo": "bar"}}
    lines = written(links=link)
    assert lines == ["ATTACH;JSID=mylink1:https://example.org/a", 'JSPROP;JSPTR="links/mylink1/example.com:foo":"bar"']
    assert again(links=link) == {"links": link}


@JSPROP
def test_a_property_within_a_component() -> None:
    alert = {
        "a": {"@type": "Alert", "action": "display", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}, "x:y": 1}
    }
    lines = written(alerts=alert)
    assert lines[lines.index("BEGIN:VALARM") :].count('JSPROP;JSPTR="x:y":1') == 1
    assert again(alerts=alert)["alerts"]["a"]["x:y"] == 1


@JSPROP
@pytest.mark.parametrize(
    "line",
    [
        'JSPROP;JSPTR="title":"other"',  # only new properties are allowed to be set
        'JSPROP;JSPTR="title/x":1',
        'JSPROP;JSPTR="nothing/x":1',
        'JSPROP;JSPTR="x":null',
        'JSPROP;JSPTR="x":{',
        'JSPROP;JSPTR="x~":1',
        'JSPROP;JSPTR="":1',
        "JSPROP:1",
        'JSPROP;JSPTR="@type":"Task"',
        'JSPROP;JSPTR="iCalendar":{}',
        'JSPROP;JSPTR="recurrenceOverrides":{}',
        'JSPROP;JSPTR="x":' + "[" * 5000,
        'JSPROP;JSPTR="x":' + "[" * 100 + "]" * 100,
    ],
)
def test_a_jsprop_that_is_ignored(line: str) -> None:
    assert read("SUMMARY:t", line) == {"title": "t"}


@JSPROP
def test_jsprop_goes_when_a_line_says_it() -> None:
    lines = ("SUMMARY:t", 'JSPROP;JSPTR="status":"x:open"', 'JSPROP;JSPTR="x":1')
    gone, come = changed(lines, lambda record: record.update(status="confirmed"))
    assert (gone, come) == (['JSPROP;JSPTR="status":"x:open"'], ["STATUS:CONFIRMED"])
    gone, come = changed(lines, lambda record: record.update(title="u"))
    assert (gone, come) == (["SUMMARY:t"], ["SUMMARY:u"])


@JSPROP
@pytest.mark.parametrize(
    "member",
    [
        {"title": 5},
        {"priority": "high"},
        {"keywords": {"a,b;c\n": True, "d": False}},
        {"locations": {"1": {"@type": "Location", "rel": "x"}, "2": 7}},
        {"participants": {"p": {"@type": "Participant", "name": "no address"}}},
        {"virtualLocations": {"v": {"@type": "VirtualLocation", "name": "no uri"}}},
        {"relatedTo": {"": {"@type": "Relation"}, "b": {"@type": "Relation", "relation": {"next": True}}}},
        {"links": {"l": {"@type": "Link", "href": "a b\nc"}}},
        {"recurrenceRule": {"@type": "RecurrenceRule", "frequency": "daily", "x:y": [1, {"a": 2}]}},
        {"recurrenceRule": {"@type": "RecurrenceRule", "frequency": 5}},
        {"duration": "never"},
        {"created": "2026-01-01T00:00:00.5Z"},
        {"color": "no color\n"},
        {"privacy": "x:y"},
        {"sequence": -5},
        {"locale": "de"},
    ],
)
def test_whatever_a_client_sets_comes_back(member: Record) -> None:
    assert json.dumps(_plain(again(**member)), sort_keys=True) == json.dumps(_plain(member), sort_keys=True)


def _plain(value: Any) -> Any:
    """Without what JSCalendar does not need: types, and a component's own UID."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name not in ("@type", "iCalendar")}
    return value


def test_a_record_of_no_use_still_makes_a_calendar() -> None:
    for record in ({}, {"@type": "Event"}, {"@type": "Task"}, {"start": 5, "recurrenceOverrides": 7, "iCalendar": 9}):
        data = to_bytes([to_icalendar(record)])
        assert converted(calendars(data)[0]).record["@type"] == record.get("@type", "Event")
