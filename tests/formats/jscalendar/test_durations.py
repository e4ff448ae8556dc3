"""Duration, SignedDuration and LocalDateTime."""

from datetime import datetime, timedelta

import pytest

from jmapd.formats.jscalendar import durations

pytestmark = pytest.mark.rfc("jscalendarbis-15", "1.5.6")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P1D", (1, 0)),
        ("P1W2DT3H4M5S", (9, 11045)),
        ("PT0S", (0, 0)),
        ("-PT15M", (0, -900)),
        ("+P1D", (1, 0)),
        ("PT1H30S", (0, 3630)),
    ],
)
def test_nominal_days_and_exact_seconds(text: str, expected: tuple[int, int]) -> None:
    assert durations.parse(text) == expected


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "1D", "P1Y", "P-1D", "PT1.5H", "P١D", "P1D\n"])
def test_what_is_no_duration(text: str) -> None:
    assert not durations.is_duration(text, is_signed=True)
    with pytest.raises(ValueError):
        durations.parse(text)


@pytest.mark.parametrize("text", ["P1W", "P1W2D", "PT1H0M5S", "P0D", "P2DT1S"])
def test_the_grammar(text: str) -> None:
    assert durations.is_duration(text) and durations.from_icalendar(text) == text


@pytest.mark.rfc("jscalendarbis-15", "1.5.7")
def test_only_a_signed_duration_has_a_sign() -> None:
    assert durations.is_duration("-PT5M", is_signed=True) and not durations.is_duration("-PT5M")
    assert durations.from_icalendar("-PT5M") is None and durations.from_icalendar("-PT5M", is_signed=True) == "-PT5M"


def test_hours_and_seconds_need_minutes() -> None:
    assert not durations.is_duration("PT1H30S") and durations.from_icalendar("pt1h30s") == "PT1H0M30S"


@pytest.mark.parametrize("text", ["P1D", "P2W", "PT36H", "P1DT12H", "-PT15M", "PT0S", "PT1H0M30S", "P8DT1S"])
def test_written_as_read(text: str) -> None:
    assert durations.text(*durations.parse(text)) == text


def test_parts_of_two_signs_become_seconds() -> None:
    assert durations.text(1, -3600) == "PT23H"


@pytest.mark.rfc("5545", "3.3.6")
def test_weeks_stand_alone_in_icalendar() -> None:
    assert [durations.to_icalendar(text) for text in ("P1W", "P1W2D", "-P1WT5M", "PT1H")] == [
        "P1W",
        "P9D",
        "-P7DT5M",
        "PT1H",
    ]


def test_an_enormous_duration_is_read_in_no_time() -> None:
    days, seconds = durations.parse(f"P{'9' * 4000}DT{'9' * 5000}S")
    assert durations.moved(datetime(2024, 1, 1), timedelta(days=days, seconds=seconds)).year == 9999


@pytest.mark.rfc("jscalendarbis-15", "1.5.5")
@pytest.mark.parametrize("text", ["2024-02-30T00:00:00", "2024-01-01", "2024-01-01T00:00:00Z", "2024-01-01T24:00:00"])
def test_what_is_no_local_date_time(text: str) -> None:
    with pytest.raises(ValueError):
        durations.local(text)
