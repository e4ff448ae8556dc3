"""Names of time zones, and VTIMEZONE read and written."""

from datetime import UTC, datetime, timedelta

import pytest

from jmapd.formats.icalendar import Component, calendars, new_component
from jmapd.formats.icalendar import line as make
from jmapd.formats.jscalendar import observances, timezones

YEARS = [datetime(2021, 1, 1) + timedelta(days=n, hours=n % 24) for n in range(0, 1400, 3)]


def calendar(*zones: Component, start: str = "20240101T090000") -> Component:
    return new_component("VCALENDAR", [*zones, new_component("VEVENT", [make("DTSTART", start)])])


def zone(tzid: str, *observances: tuple[str, str, str, str, str], hint: str = "") -> Component:
    lines = [make("TZID", tzid), *([make("X-LIC-LOCATION", hint)] if hint else [])]
    parts = [
        new_component(
            name,
            [make("DTSTART", start), make("TZOFFSETFROM", before), make("TZOFFSETTO", after)]
            + ([make("RRULE", rule)] if rule else []),
        )
        for name, start, before, after, rule in observances
    ]
    return new_component("VTIMEZONE", [*lines, *parts])


BERLIN = (
    ("STANDARD", "19701025T030000", "+0200", "+0100", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
    ("DAYLIGHT", "19700329T020000", "+0100", "+0200", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
)


@pytest.mark.rfc("jscalendar-icalendar-25", "2.1.4")
@pytest.mark.parametrize(
    ("tzid", "expected"),
    [
        ("US-Eastern", "US/Eastern"),
        ("America-New_York", "America/New_York"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("US/Eastern", "US/Eastern"),  # a link is a name of the database too, and stays as it is
        ("europe/berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"),
        ("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("America_New_York", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(GMT+10:00) Hobart, Melbourne, Sydney", "Australia/Hobart"),
        ("Amsterdam, Belgrade, Berlin, Brussels, Budapest, Madrid, Paris, Prague, Stockholm", "Europe/Amsterdam"),
        ("(GMT+10:00)", "Etc/GMT-10"),
        ("UTC+01:00", "Etc/GMT-1"),
        ("GMT-0500", "Etc/GMT+5"),
        ("Custom", None),
        ("../../../etc/passwd", None),
        ("", None),
        ("a/" * 5000, None),
    ],
)
def test_names(tzid: str, expected: str | None) -> None:
    assert timezones.iana(tzid) == expected


@pytest.mark.rfc("jscalendar-icalendar-25", "2.1.4")
def test_a_zone_of_its_own_name_is_known_by_its_rules() -> None:
    found = timezones.iana("Our Office", calendar(zone("Our Office", *BERLIN)))
    assert found is not None and all(timezones.utc(at, found) == timezones.utc(at, "Europe/Berlin") for at in YEARS)


def test_of_zones_with_equal_rules_the_one_that_is_named_is_taken() -> None:
    assert timezones.iana("Office in Berlin", calendar(zone("Office in Berlin", *BERLIN))) == "Europe/Berlin"
    assert timezones.iana("X", calendar(zone("X", *BERLIN, hint="/x/Europe/Rome"))) == "Europe/Rome"


def test_rules_that_were_right_when_the_event_is() -> None:
    old = (
        ("STANDARD", "19671029T020000", "-0400", "-0500", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
        ("DAYLIGHT", "19870405T020000", "-0500", "-0400", "FREQ=YEARLY;BYMONTH=4;BYDAY=1SU"),
    )
    assert timezones.iana("Eastern", calendar(zone("Eastern", *old), start="20050411T090000")) == "America/New_York"


def test_rules_of_no_zone() -> None:
    odd = (("STANDARD", "19700101T000000", "+0317", "+0317", ""),)
    assert timezones.iana("Odd", calendar(zone("Odd", *odd))) is None
    assert timezones.iana("Empty", calendar(zone("Empty"))) is None
    assert timezones.iana("Missing", calendar(zone("Other", *BERLIN))) is None


@pytest.mark.rfc("jscalendarbis-15", "6.1")
@pytest.mark.parametrize("number", [1, 100, 3_000])
def test_a_bomb_of_observances_is_cut_off(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """And is of no zone: what cannot be worked out is not guessed."""
    bomb = [("STANDARD", "19000101T000000", "+0100", "+0200", "FREQ=SECONDLY;BYDAY=MO;COUNT=10000000")] * number
    steps = []
    original = observances.times

    def counted(*arguments: object) -> object:
        steps.append(arguments[4])
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(observances, "times", counted)
    assert timezones.iana("Bomb", calendar(zone("Bomb", *bomb))) is None
    assert sum(steps) <= 100_000  # type: ignore[arg-type]


@pytest.mark.rfc("5545", "3.6.5")
@pytest.mark.parametrize(
    "name",
    [
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Africa/Casablanca",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
    ],
)
@pytest.mark.parametrize(
    ("from_", "until"), [(datetime(2021, 1, 1), None), (datetime(2021, 1, 1), datetime(2024, 12, 1))]
)
def test_a_written_zone_has_the_offsets_of_the_database(name: str, from_: datetime, until: datetime | None) -> None:
    component = timezones.vtimezone(name, from_, until)
    assert [line.value for line in component.named("TZID")] == [name]
    again = calendars(new_component("VCALENDAR", [component]).alone())[0].inside("VTIMEZONE")[0]
    onsets = observances._all_onsets(again, datetime(2020, 1, 1), datetime(2025, 1, 1))
    for moment in YEARS:
        expected = moment.replace(tzinfo=UTC).astimezone(timezones.zone(name)).utcoffset()
        assert observances._offset_at(onsets, moment) == expected, moment


@pytest.mark.rfc("5545", "3.6.5")
def test_a_zone_is_written_by_rules_that_have_no_end() -> None:
    rules = [
        line.value
        for part in timezones.vtimezone("Europe/Berlin", datetime(2024, 1, 1)).components
        for line in part.named("RRULE")
    ]
    assert sorted(rules) == ["FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"]


def test_a_change_of_rules_is_in_the_zone() -> None:
    made = timezones.vtimezone("America/New_York", datetime(2005, 6, 1))
    assert sorted(line.value for part in made.components for line in part.named("RRULE")) == [
        "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20061029T060000Z",
        "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
        "FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T070000Z",
    ]


def test_local_and_absolute_times() -> None:
    at = datetime(2024, 7, 1, 12)
    assert timezones.local(at, "Europe/Berlin") == "2024-07-01T14:00:00"
    assert timezones.moment(timezones.utc(datetime(2024, 7, 1, 14), "Europe/Berlin")) == at
    assert timezones.version()
