"""Date header fields."""

import pytest

from jmapd.formats.message import date_time
from jmapd.formats.message.header_forms import as_date

pytestmark = pytest.mark.rfc("8621", "4.1.2.6")


@pytest.mark.parametrize(
    ("value", "date"),
    [
        (" Tue, 1 Jul 2003 10:52:37 +0200", "2003-07-01T10:52:37+02:00"),
        ("1 Jul 2003 10:52:37 -0330", "2003-07-01T10:52:37-03:30"),
        ("Tue, 01 Jul 2003 10:52 +0000", "2003-07-01T10:52:00Z"),
        ("Tue, 1 Jul 2003 10:52:37 -0000", "2003-07-01T10:52:37Z"),
        ("Tue, 1 Jul 2003 10:52:37 +0200 (CEST)", "2003-07-01T10:52:37+02:00"),
        ("Tue (day),\r\n 1 (first) Jul 2003 10:52:37 +0200", "2003-07-01T10:52:37+02:00"),
        # obsolete (RFC 5322 4.3)
        ("Fri, 21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06Z"),
        ("21 Nov 49 09:55:06 UT", "2049-11-21T09:55:06Z"),
        ("21 Nov 50 09:55:06 EST", "1950-11-21T09:55:06-05:00"),
        ("21 Nov 103 09:55:06 PDT", "2003-11-21T09:55:06-07:00"),
        ("21 Nov 97 09(comment):   55  :  06 -0600", "1997-11-21T09:55:06-06:00"),
        ("21 Nov 1997 09:55:06 A", "1997-11-21T09:55:06Z"),
        ("21 Nov 1997 09:55:06 XYZ", "1997-11-21T09:55:06Z"),
        # what else is seen
        ("Tue, 1 July 2003 10:52:37 +0200", "2003-07-01T10:52:37+02:00"),
        ("Tue, 1-JUL-2003 10:52:37 +02:00", "2003-07-01T10:52:37+02:00"),
        ("Tue, 1 Jul 2003 10:52:37 GMT+0200", "2003-07-01T10:52:37+02:00"),
        ("Tue, 1 Jul 2003 10:52:37", "2003-07-01T10:52:37Z"),
        ("Tue, 1 Jul 2003 10:52:37.123 +0200", "2003-07-01T10:52:37+02:00"),
        ("Tue Jul  1 10:52:37 2003", "2003-07-01T10:52:37Z"),
        ("Tue Jul  1 10:52:37 MST 2003", "2003-07-01T10:52:37-07:00"),
        ("Tue Jul 1 2003 10:52:37 PM", "2003-07-01T22:52:37Z"),
        ("2003-07-01T10:52:37Z", "2003-07-01T10:52:37Z"),
        ("2003-07-01 10:52:37 +0200", "2003-07-01T10:52:37+02:00"),
        ("Tue, 1 Jul 2003", "2003-07-01T00:00:00Z"),
        ("Sat, 31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:59Z"),
        ("Tue, 1 Jul 2003 10:52:37 +9999", "2003-07-01T10:52:37Z"),
        ("", None),
        ("yesterday", None),
        ("Tue, 32 Jul 2003 10:52:37 +0200", None),
        ("Sat, 29 Feb 2003 10:52:37 +0200", None),
        ("Tue, 1 Jul 2003 25:52:37 +0200", None),
        ("Tue, 1 Foo 2003 10:52:37 +0200", None),
        ("Tue, 1 Jul 0000 10:52:37 +0200", None),
    ],
)
def test_dates(value: str, date: str | None) -> None:
    assert as_date(value.encode()) == date


def test_epoch() -> None:
    moment = date_time.parse("Tue, 1 Jul 2003 10:52:37 +0200")
    assert moment is not None
    assert date_time.to_epoch(moment) == 1057049557


def test_long_junk_is_no_date() -> None:
    for piece in ("1 ", "Tue, ", "(", "12:", "a" * 9 + " "):
        assert as_date(piece.encode() * 100_000) is None
