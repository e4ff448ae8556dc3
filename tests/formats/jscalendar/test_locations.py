"""LOCATION, GEO, VLOCATION and CONFERENCE."""

from typing import Any

import pytest

from jmapd.formats.jscalendar.codecs.locations import geo_uri, geo_value
from tests.formats.jscalendar.convert import again, changed, only, read, written

pytestmark = pytest.mark.rfc("jscalendar-icalendar-25", "2.3.25")
VENUE = ("BEGIN:VLOCATION", "UID:v1", "NAME:Venue", "X-A:1", "END:VLOCATION")
PARKING = ("BEGIN:VLOCATION", "UID:v2", "NAME:Parking", "END:VLOCATION")


def test_a_plain_location_both_ways() -> None:
    location = only(read("LOCATION:Room 1\\, upstairs")["locations"])
    assert location == {"@type": "Location", "name": "Room 1, upstairs"}
    assert written(locations={"a": location}) == ["LOCATION;JSID=a:Room 1\\, upstairs"]


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.21")
@pytest.mark.parametrize(
    ("geo", "uri", "back"),
    [
        ("45.5;-93.3", "geo:45.5,-93.3", "45.5;-93.3"),
        ("+1;+2", "geo:1,2", "1;2"),
        (" 1.0 ; 2 ", "geo:1.0,2", "1.0;2"),
        ("1", None, None),
        ("1;2;3", None, None),
        ("a;b", None, None),
        ("1." + "0" * 40 + ";2", None, None),
    ],
)
def test_geo(geo: str, uri: str | None, back: str | None) -> None:
    assert geo_uri(geo) == uri
    assert geo_value(uri) == back


@pytest.mark.parametrize("uri", ["geo:1,2,3", "geo:1,2;u=5", "geo:+1,2", None, 5])
def test_a_geo_uri_that_says_more_has_no_geo(uri: Any) -> None:
    assert geo_value(uri) is None


def test_location_and_geo_are_one() -> None:
    lines = ("LOCATION:Here", "GEO:1;2")
    [(identity, location)] = read(*lines)["locations"].items()
    assert location == {"@type": "Location", "name": "Here", "coordinates": "geo:1,2"}
    gone, new = changed(lines, lambda new: new["locations"][identity].update(coordinates="geo:3,4"))
    assert (gone, new) == (["GEO:1;2"], ["GEO:3;4"])
    gone, new = changed(lines, lambda new: new.pop("locations"))
    assert (gone, new) == (list(lines), [])


@pytest.mark.rfc("jscalendar-icalendar-25", "2.2.4")
def test_a_change_inside_of_a_vlocation() -> None:
    gone, new = changed(VENUE, lambda new: new["locations"]["v1"].update(name="Hall", locationTypes={"bar": True}))
    assert (gone, new) == (["NAME:Venue"], ["NAME:Hall", "LOCATION-TYPE:bar"])


def test_what_a_client_does_not_see_stays() -> None:
    gone, new = changed(VENUE, lambda new: new.update(locations={"v1": {"name": "Hall"}}))
    assert (gone, new) == (["NAME:Venue"], ["NAME:Hall"])


@pytest.mark.parametrize(
    ("lines", "main"),
    [
        ((*VENUE, *PARKING), None),
        (("LOCATION;DERIVED=TRUE:Parking", *VENUE, *PARKING), "v2"),
        (("LOCATION;DERIVED=TRUE:Elsewhere", *VENUE, *PARKING), None),
        (("LOCATION;DERIVED=TRUE:Venue", *VENUE), None),
        (("LOCATION;JSID=x:Here", *VENUE, *PARKING), "x"),
    ],
)
def test_main_location(lines: tuple[str, ...], main: str | None) -> None:
    assert read(*lines).get("mainLocationId") == main


@pytest.mark.rfc("jscalendar-icalendar-25", "3.5")
def test_the_main_location_is_changed() -> None:
    lines = ("LOCATION;DERIVED=TRUE:Parking", *VENUE, *PARKING)
    gone, new = changed(lines, lambda new: new.update(mainLocationId="v1"))
    assert (gone, new) == ([lines[0]], ["LOCATION;DERIVED=TRUE:Venue"])
    gone, new = changed(lines, lambda new: new["locations"]["v2"].update(name="Lot"))
    assert (gone, new) == ([lines[0], "NAME:Parking"], ["LOCATION;DERIVED=TRUE:Lot", "NAME:Lot"])
    gone, new = changed(lines, lambda new: new.pop("mainLocationId"))
    assert (gone, new) == ([lines[0]], [])


@pytest.mark.rfc("jscalendar-icalendar-25", "3.5")
def test_a_rich_location_is_a_component_and_repeated_for_others() -> None:
    location = {
        "@type": "Location",
        "name": "Hall",
        "coordinates": "geo:1,2",
        "links": {"m": {"href": "https://m.example"}},
    }
    assert written(locations={"a": location}) == [
        "LOCATION;DERIVED=TRUE:Hall",
        "GEO;DERIVED=TRUE:1;2",
        "BEGIN:VLOCATION",
        "UID:a",
        "NAME:Hall",
        "COORDINATES;VALUE=URI:geo:1,2",
        "LINK;VALUE=URI;JSID=m:https://m.example",
        "END:VLOCATION",
    ]


def test_several_locations_come_back() -> None:
    members = {
        "locations": {
            "a": {"@type": "Location", "name": "A"},
            "b": {"@type": "Location", "name": "B"},
            "c": {"@type": "Location", "coordinates": "geo:1,2"},
            "d": {"@type": "Location", "example.org:x": 1},
        },
        "mainLocationId": "b",
    }
    found = again(**members)
    for each in found["locations"].values():
        each.pop("iCalendar", None)
    assert found == members


def test_a_location_without_text_is_replaced() -> None:
    assert "locations" not in read("LOCATION:")
    gone, new = changed(("LOCATION:",), lambda new: new.update(locations={"a": {"name": "Here"}}))
    assert (gone, new) == (["LOCATION:"], ["LOCATION;JSID=a:Here"])


def test_apples_copy_of_the_location_goes_with_it() -> None:
    lines = ("LOCATION:Here", "X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=Here:geo:1,2")
    gone, new = changed(lines, lambda new: only(new["locations"]).update(name="There"))
    assert gone == list(lines)
    assert len(new) == 1


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.10")
def test_conferences() -> None:
    line = 'CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL="Code: 1";LANGUAGE=en:https://chat.example/1'
    [(identity, place)] = read(line)["virtualLocations"].items()
    assert place == {
        "@type": "VirtualLocation",
        "uri": "https://chat.example/1",
        "name": "Code: 1",
        "features": {"audio": True, "video": True},
    }
    gone, new = changed((line,), lambda new: new["virtualLocations"][identity].update(name="B"))
    assert new == ["CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=B;LANGUAGE=en:https://chat.example/1"]
    assert "virtualLocations" not in read("CONFERENCE;VALUE=TEXT:call me")
