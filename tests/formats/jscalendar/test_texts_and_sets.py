"""Titles, descriptions, categories and the properties that are one value."""

from typing import Any

import pytest

from tests.formats.jscalendar.convert import Record, again, changed, read, written

pytestmark = pytest.mark.rfc("jscalendar-icalendar-25", "3.2")


@pytest.mark.parametrize(
    ("line", "members"),
    [
        ("SUMMARY:A\\, b\\nc", {"title": "A, b\nc"}),
        ("SUMMARY;LANGUAGE=fr:A", {"title": "A", "locale": "fr"}),
        ("DESCRIPTION:A\\; b", {"description": "A; b"}),
        ("STATUS:CANCELLED", {"status": "cancelled"}),
        ("CLASS:CONFIDENTIAL", {"privacy": "secret"}),
        ("CLASS:PUBLIC", {"privacy": "public"}),
        ("TRANSP:TRANSPARENT", {"freeBusyStatus": "free"}),
        ("TRANSP:OPAQUE", {"freeBusyStatus": "busy"}),
        ("PRIORITY:0", {"priority": 0}),
        ("COLOR:turquoise", {"color": "turquoise"}),
        ("COLOR:#ffd755", {"color": "#ffd755"}),
        ("CATEGORIES:a,b\\,c", {"keywords": {"a": True, "b,c": True}}),
        ("CONCEPT:https://a.example/x,y", {"categories": {"https://a.example/x,y": True}}),
    ],
)
def test_both_ways(line: str, members: Record) -> None:
    assert read(line) == members
    assert written(**members) == [line]


@pytest.mark.parametrize(
    ("line", "members"),
    [
        ("STATUS:NEEDS-ACTION", {"progress": "needs-action"}),
        ("STATUS:FAILED", {"progress": "failed"}),
        ("PERCENT-COMPLETE:53", {"percentComplete": 53}),
        ("ESTIMATED-DURATION:P2D", {"estimatedDuration": "P2D"}),
    ],
)
def test_of_tasks_both_ways(line: str, members: Record) -> None:
    assert read(line, name="VTODO") == members
    assert written("VTODO", **members) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "STATUS:DRAFT",
        "CLASS:X-SECRET",
        "TRANSP:MAYBE",
        "PRIORITY:11",
        "PRIORITY:-1",
        "PRIORITY:a",
        "COLOR:",
        "CATEGORIES:,",
    ],
)
def test_other_values_are_kept(line: str) -> None:
    record = read(line)
    assert list(record) == ["iCalendar"]
    assert [each[0].upper() for each in record["iCalendar"]["properties"]] == [line.partition(":")[0]]


@pytest.mark.parametrize("value", [{"status": "example.org:maybe"}, {"privacy": "example.org:x"}, {"priority": "high"}])
def test_values_without_a_form_come_back(value: Record) -> None:
    assert written(**value)[0].startswith("JSPROP")
    assert again(**value) == value


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.42")
def test_the_language_of_the_title() -> None:
    line = 'SUMMARY;LANGUAGE=fr;ALTREP="https://a.example":A'
    gone, new = changed((line,), lambda new: new.pop("locale"))
    assert (gone, new) == ([line], ['SUMMARY;ALTREP="https://a.example":A'])
    gone, new = changed(("SUMMARY:A",), lambda new: new.update(locale="de"))
    assert (gone, new) == (["SUMMARY:A"], ["SUMMARY;LANGUAGE=de:A"])
    assert written(locale="de") == ['JSPROP;JSPTR="locale":"de"']


def test_a_second_form_of_a_text_goes_when_the_text_changes() -> None:
    lines = (
        'DESCRIPTION;ALTREP="data:text/html,old";X-A=1:old',
        "X-ALT-DESC;FMTTYPE=text/html:<p>old</p>",
        "SUMMARY:S",
    )
    gone, new = changed(lines, lambda new: new.update(description="new"))
    assert (gone, new) == (list(lines[:2]), ["DESCRIPTION;X-A=1:new"])
    gone, new = changed(lines, lambda new: new.update(title="T"))
    assert (gone, new) == (["SUMMARY:S"], ["SUMMARY:T"])


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.41")
@pytest.mark.parametrize(
    ("lines", "members"),
    [
        (["STYLED-DESCRIPTION;FMTTYPE=text/html:<b>a</b>", "DESCRIPTION;DERIVED=TRUE:a"], ("<b>a</b>", "text/html")),
        (["DESCRIPTION:a", "STYLED-DESCRIPTION;DERIVED=TRUE;FMTTYPE=text/html:<b>a</b>"], ("a", None)),
        (["DESCRIPTION:a", "STYLED-DESCRIPTION;VALUE=URI:https://a.example"], ("a", None)),
        (["DESCRIPTION:a", "STYLED-DESCRIPTION;FMTTYPE=application/rtf:x"], ("a", None)),
        (["STYLED-DESCRIPTION:plain"], ("plain", None)),
        (["DESCRIPTION;DERIVED=TRUE:a"], (None, None)),
    ],
)
def test_which_description(lines: list[str], members: tuple[Any, Any]) -> None:
    record = read(*lines)
    assert (record.get("description"), record.get("descriptionContentType")) == members
    assert changed(tuple(lines), lambda new: new.update(title="x")) == ([], ["SUMMARY:x"])


def test_a_styled_description_has_a_plain_one_beside_it() -> None:
    members = {"description": "<p>a<b>b</b>", "descriptionContentType": "text/html"}
    lines = written(**members)
    assert lines == ["STYLED-DESCRIPTION;VALUE=TEXT;FMTTYPE=text/html:<p>a<b>b</b>", "DESCRIPTION;DERIVED=TRUE:ab"]
    assert again(**members) == members
    gone, new = changed(tuple(lines), lambda new: new.update(description="<i>c"))
    assert (gone, new) == (
        lines,
        ["STYLED-DESCRIPTION;VALUE=TEXT;FMTTYPE=text/html:<i>c", "DESCRIPTION;DERIVED=TRUE:c"],
    )
    gone, new = changed(tuple(lines), lambda new: (new.update(description="d"), new.pop("descriptionContentType")))
    assert (gone, new) == (lines, ["DESCRIPTION:d"])


def test_categories_stay_on_their_lines() -> None:
    lines = ("CATEGORIES;LANGUAGE=en:a,b", "CATEGORIES:c")
    gone, new = changed(lines, lambda new: new["keywords"].pop("b"))
    assert (gone, new) == ([lines[0]], ["CATEGORIES;LANGUAGE=en:a"])
    gone, new = changed(lines, lambda new: new["keywords"].update(d=True))
    assert (gone, new) == ([lines[1]], ["CATEGORIES:c,d"])
    gone, new = changed(lines, lambda new: new.pop("keywords"))
    assert (gone, new) == (list(lines), [])


def test_completed_follows_the_progress() -> None:
    lines = ("STATUS:NEEDS-ACTION",)
    gone, new = changed(lines, lambda new: new.update(progress="completed"), "VTODO")
    assert (gone, new) == (list(lines), ["STATUS:COMPLETED", "COMPLETED:20260101T000000Z"])
    done = ("STATUS:COMPLETED", "COMPLETED:20251231T000000Z")
    assert changed(done, lambda new: new.update(title="x"), "VTODO") == ([], ["SUMMARY:x"])
    gone, new = changed(done, lambda new: new.update(progress="in-process"), "VTODO")
    assert (gone, new) == (list(done), ["STATUS:IN-PROCESS"])
