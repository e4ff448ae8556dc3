"""Components of a file: read whatever is there, and changed line by line."""

import pytest

from jmapd.formats.content_lines import make_line
from jmapd.formats.icalendar import Component, calendars, new_component, to_bytes, without

pytestmark = pytest.mark.rfc("5545", "3.4")

FILE = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\n"
    "X-LAST:a\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def shape(component: Component) -> list[object]:
    return [component.name, [item.name if not isinstance(item, Component) else shape(item) for item in component.items]]


def shapes(text: str) -> list[list[object]]:
    found = calendars(text.encode())
    assert to_bytes(found) == (text.encode() if found else b"")
    return [shape(each) for each in found]


def test_components_are_in_order_with_their_lines() -> None:
    assert shapes(FILE) == [["VCALENDAR", ["VERSION", ["VEVENT", ["UID", ["VALARM", ["ACTION"]], "X-LAST"]]]]]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_is_around_calendars_stays(newline: str) -> None:
    text = f"\ufeffhello\n{FILE}\n\nbetween\n{FILE}after".replace("\r\n", "\n").replace("\n", newline)
    first, second = calendars(text.encode())
    assert first.before.startswith("\ufeff")
    assert "between" in second.before
    assert second.after == "after"
    assert to_bytes([first, second]) == text.encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n", [["VCALENDAR", [["VEVENT", ["UID"]]]]]),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nBEGIN:VEVENT\nUID:2\nEND:VEVENT\nEND:VCALENDAR\n",
            [["VCALENDAR", [["VEVENT", ["UID"]], ["VEVENT", ["UID"]]]]],
        ),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nBEGIN:VALARM\nA:1\nEND:VEVENT\nEND:VCALENDAR\n",
            [["VCALENDAR", [["VEVENT", [["VALARM", ["A"]]]]]]],
        ),
        (
            "BEGIN:VCALENDAR\nA:1\nBEGIN:VCALENDAR\nB:1\nEND:VCALENDAR\n",
            [["VCALENDAR", ["A"]], ["VCALENDAR", ["B"]]],
        ),
        ("BEGIN:VCALENDAR\nEND:VEVENT\nA:1\nEND:VCALENDAR\n", [["VCALENDAR", ["END", "A"]]]),
        ("BEGIN:VEVENT\nUID:1\nEND:VEVENT\n", [["VCALENDAR", [["VEVENT", ["UID"]]]]]),
        ("begin:vcalendar\nbegin:vevent\nuid:1\nend:vevent\nend:vcalendar\n", [["VCALENDAR", [["VEVENT", ["UID"]]]]]),
        ("BEGIN:VCARD\nFN:a\nEND:VCARD\n", []),
        ("", []),
    ],
)
def test_missing_begins_and_ends(text: str, expected: list[object]) -> None:
    assert shapes(text) == expected


@pytest.mark.parametrize(
    ("text", "is_broken"),
    [
        (FILE, False),
        (FILE.replace("UID:1", "no colon"), True),
        (FILE.replace("END:VALARM\r\n", ""), True),
        (FILE.replace("END:VALARM", "END:VTODO"), True),
    ],
)
def test_a_fault_is_known(text: str, is_broken: bool) -> None:
    assert calendars(text.encode())[0].is_broken is is_broken


def test_vcalendar_1_with_quoted_printable() -> None:
    """The vCalendar of 1996: soft line breaks, and octets in CHARSET."""
    summary = "SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:a=\nb=C3=BC\n"
    text = f"BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VEVENT\n{summary}END:VEVENT\nEND:VCALENDAR\n"
    [found] = calendars(text.encode())
    assert [line.value for line in found.components[0].lines] == ["abü"]
    assert to_bytes([found]) == text.encode()


def test_components_deeper_than_any_standard_are_lines() -> None:
    text = "BEGIN:VCALENDAR\n" + "BEGIN:X-A\n" * 40 + "A:1\n" + "END:X-A\n" * 40 + "END:VCALENDAR\n"
    found = calendars(text.encode())
    assert to_bytes(found) == text.encode()
    assert found[0].is_broken


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_new_items_take_the_files_line_ends(newline: str) -> None:
    [made] = calendars(FILE.replace("\r\n", newline).encode())
    event = made.components[0]
    event.insert([make_line("SUMMARY", "ü" * 60), new_component("VALARM", [make_line("TRIGGER", "-PT5M")])])
    text = to_bytes([made]).decode()
    assert text.count("\n") == text.count(newline)
    [again] = calendars(text.encode())
    assert shape(again) == [
        "VCALENDAR",
        ["VERSION", ["VEVENT", ["UID", ["VALARM", ["ACTION"]], "X-LAST", "SUMMARY", ["VALARM", ["TRIGGER"]]]]],
    ]
    assert all(len(line.encode()) <= 75 for line in text.splitlines())


def test_replacing_keeps_places() -> None:
    [made] = calendars(FILE.encode())
    event = made.components[0]
    uid, alarm, last = event.items
    new = make_line("UID", "2")
    event.replace_all([([uid], [new]), ([alarm], []), ([], [make_line("A", "1")])])
    assert [item.name for item in event.items] == ["UID", "X-LAST", "A"]
    assert event.items[0] is new
    assert event.items[1] is last
    with pytest.raises(ValueError, match="not in the component"):
        event.replace([uid], [])


def test_lines_that_were_no_neighbours_are_not_read_as_one() -> None:
    cut = "BEGIN:VCALENDAR\nBEGIN:VEVENT\n  INDENTED:1\nX;ENCODING=QUOTED-PRINTABLE:a=\nEND:VEVENT\nEND:VCALENDAR"
    [made] = calendars(cut.encode())
    event = made.components[0]
    event.replace([], [make_line("A", "1")])
    event.replace([event.items[0]], [make_line("B", "1"), event.items[0]])
    [again] = calendars(to_bytes([made]))
    assert [line.name for line in again.components[0].lines] == ["B", "INDENTED", "X", "A"]


def test_a_calendar_taken_out_leaves_the_others() -> None:
    data = f"x\n{FILE}y\n{FILE}z".encode()
    found = calendars(data)
    assert to_bytes(without(found, found[0])).decode() == f"x\ny\n{FILE}z"
    found = calendars(data)
    assert to_bytes(without(found, found[1])).decode() == f"x\n{FILE}y\nz"
