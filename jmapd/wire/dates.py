"""The Date and UTCDate data types (RFC 8620 1.4, RFC 3339)."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from jmapd.wire import UTCDate

_DATE_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII).fullmatch
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = -62135596800, 253402300799  # the years 1 and 9999: what the format can say


def utc_date(epoch: int) -> UTCDate:
    """A point in time as UTCDate; what lies outside the years 1 to 9999 becomes their edge."""
    days, second = divmod(min(max(int(epoch), _FIRST), _LAST), 86400)
    minute, second = divmod(second, 60)
    return f"{_day(days)}T{minute // 60:02}:{minute % 60:02}:{second:02}Z"


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return date.fromordinal(days + _EPOCH.toordinal()).isoformat()


def parse_date(text: str) -> tuple[int, timezone]:
    """The whole seconds since 1970 of a Date and its offset; raises ValueError when it is none."""
    found = _DATE_TIME(text)
    if found is None:
        raise ValueError(f"not a date-time of RFC 3339: {text[:40]!r}")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    offset = _offset(found[8])
    # RFC 3339 5.6 has second 60 for leap seconds, which no clock here counts
    moment = datetime(year, month, day, hour, minute, min(second, 59) if second <= 60 else second, tzinfo=UTC)
    return int((moment - _EPOCH).total_seconds()) - int(offset.utcoffset(None).total_seconds()), offset


def parse_utc_date(text: str) -> int:
    """The whole seconds since 1970 of a UTCDate, fractions cut off; raises ValueError when it is none."""
    if not text.endswith("Z"):
        raise ValueError(f"not a UTCDate: {text[:40]!r}")
    return parse_date(text)[0]


def microseconds(text: str) -> int:
    """A Date or UTCDate since 1970, what is finer cut off; raises ValueError when it is none."""
    whole, found = parse_date(text)[0], _DATE_TIME(text)
    fraction = (found[7] or "") if found else ""
    return whole * 1_000_000 + int(fraction[:6].ljust(6, "0"))


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 23 or minutes > 59:
        raise ValueError(f"not a time offset: {text!r}")
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))
