"""Id, Date and UTCDate."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.wire.dates import microseconds, parse_date, parse_utc_date, utc_date
from jmapd.wire.ids import are_ids, is_id, is_reference


@pytest.mark.rfc("8620", "1.2")
def test_ids() -> None:
    assert all(map(is_id, ("a", "A-b_9", "x" * 255, "-", "0")))
    assert not any(map(is_id, ("", "x" * 256, "a b", "a=", "a/b", "é", "#a", "a\n", None, 1, ["a"])))
    assert are_ids([]) and are_ids(["a", "x" * 255])
    assert not any(map(are_ids, ([""], ["a", ""], ["a b"], ["a\nb/"], ["x" * 256], ["a", "#b"], ["a\n"])))
    assert is_reference("#a") and is_reference("#") and not is_reference("a") and not is_reference(None)


@pytest.mark.rfc("8620", "1.4")
@pytest.mark.parametrize(
    ("text", "epoch"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2014-10-30T06:12:00Z", 1414649520),
        ("2014-10-30T14:12:00+08:00", 1414649520),
        ("2014-10-30T06:12:00.999Z", 1414649520),
        ("2014-10-30T00:42:00-05:30", 1414649520),
        ("2016-12-31T23:59:60Z", 1483228799),
        ("0001-01-01T00:00:00+23:59", -62135596800 - 86340),
    ],
)
def test_dates(text: str, epoch: int) -> None:
    assert parse_date(text)[0] == epoch


@pytest.mark.rfc("8620", "1.4")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "2014-10-30",
        "2014-10-30T06:12Z",
        "2014-10-30t06:12:00z",
        "2014-10-30 06:12:00Z",
        "2014-13-30T06:12:00Z",
        "2014-02-29T06:12:00Z",
        "2014-10-30T24:00:00Z",
        "2014-10-30T06:12:61Z",
        "2014-10-30T06:12:00",
        "2014-10-30T06:12:00+0800",
        "2014-10-30T06:12:00+24:00",
        "2014-10-30T06:12:00.Z",
        "2014-10-30T06:12:00Z\n",
        "２014-10-30T06:12:00Z",
    ],
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError):
        parse_date(text)


@pytest.mark.rfc("8620", "1.4")
def test_utc_dates_end_in_z() -> None:
    assert parse_utc_date("2014-10-30T06:12:00.5Z") == 1414649520
    with pytest.raises(ValueError):
        parse_utc_date("2014-10-30T06:12:00+00:00")


@pytest.mark.rfc("8620", "1.4")
@given(st.integers(-62135596800, 253402300799))
def test_there_and_back(epoch: int) -> None:
    text = utc_date(epoch)
    assert parse_utc_date(text) == epoch
    assert text == (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch)).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(
        20
    )


@pytest.mark.rfc("8620", "1.4")
def test_times_outside_the_format_become_its_edge() -> None:
    assert utc_date(10**18) == "9999-12-31T23:59:59Z" and utc_date(-(10**18)) == "0001-01-01T00:00:00Z"


@pytest.mark.rfc("8620", "1.4")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.5Z", 500_000),
        ("1970-01-01T01:00:01.0000019+01:00", 1_000_001),
        ("1969-12-31T23:59:59.9Z", -100_000),
    ],
)
def test_microseconds(text: str, expected: int) -> None:
    assert microseconds(text) == expected
    with pytest.raises(ValueError, match="not a date-time"):
        microseconds(text + "x")
