"""LocalDateTime, Duration and SignedDuration (jscalendarbis 1.5.5 to 1.5.7; RFC 5545 3.3.6)."""

import re
from datetime import datetime, timedelta

_DURATION = re.compile(
    r"([+-]?)P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII | re.IGNORECASE
).fullmatch
# The grammar has minutes wherever there are hours and seconds.
_STRICT = re.compile(r"[+-]?P(?:\d+W)?(?:\d+D)?(?:T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S))?", re.ASCII).fullmatch
_LOCAL = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)", re.ASCII).fullmatch
_MOST = 4_000_000  # days: more than all of the years 1 to 9999
_MOST_DIGITS = 16


def parse(text: str) -> tuple[int, int]:
    """Nominal days and exact seconds of a duration, both with its sign; raises ValueError when it is none.

    What is longer than any calendar becomes that long.
    """
    found = _DURATION(text)
    if found is None:
        raise ValueError(f"not a duration: {text[:40]!r}")
    weeks, days, hours, minutes, seconds = (
        int(part) if len(part or "0") <= _MOST_DIGITS else 10**_MOST_DIGITS if part.strip("0") else 0
        for part in (each or "0" for each in found.groups()[1:])
    )
    sign = -1 if found[1] == "-" else 1
    exact = hours * 3600 + minutes * 60 + seconds
    return sign * min(weeks * 7 + days, _MOST), sign * min(exact, _MOST * 86400)


def is_duration(text: str, is_signed: bool = False) -> bool:
    """Whether a text is a Duration, or SignedDuration, by the letter of the grammar."""
    return bool(_STRICT(text)) and text[-1] not in "PT" and (is_signed or text[0] == "P")


def text(days: int, seconds: int) -> str:
    """The duration of nominal days and exact seconds of one sign; what is not becomes seconds."""
    if days * seconds < 0:
        days, seconds = 0, days * 86400 + seconds
    sign = "-" if days < 0 or seconds < 0 else ""
    days, seconds = abs(days), abs(seconds)
    date = (f"{days // 7}W" if days % 7 == 0 and not seconds else f"{days}D") if days else ""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    time = f"{hours}H" if hours else ""
    if minutes or (hours and rest):
        time += f"{minutes}M"
    if rest or not (date or time):
        time += f"{rest}S"
    return f"{sign}P{date}T{time}" if time else f"{sign}P{date}"


def from_icalendar(value: str, is_signed: bool = False) -> str | None:
    """A DURATION value as a Duration or SignedDuration, its own text where the grammar allows; None when neither."""
    value = value.strip().upper()
    try:
        days, seconds = parse(value)
    except ValueError:
        return None
    if not is_signed and (days < 0 or seconds < 0):
        return None
    value = value.removeprefix("+")
    if is_duration(value, is_signed):
        return value
    return text(days, seconds)


def to_icalendar(value: str) -> str:
    """A Duration or SignedDuration as DURATION, which has weeks only alone (RFC 5545 3.3.6)."""
    found = _DURATION(value)
    if found is None or not found[2] or not (found[3] or "T" in value.upper()):
        return value
    days = int(found[2]) * 7 + int(found[3] or 0)
    rest = value.upper().partition("T")
    return f"{found[1]}P{days}D{rest[1]}{rest[2]}"


def local(text: str) -> datetime:
    """The naive datetime of a LocalDateTime; raises ValueError when it is none."""
    found = _LOCAL(text)
    if found is None:
        raise ValueError(f"not a LocalDateTime: {text[:40]!r}")
    year, month, day, hour, minute, second = map(int, found.groups())
    return datetime(year, month, day, hour, minute, second)


def local_text(moment: datetime) -> str:
    """The LocalDateTime of a datetime, fractions and zone left out."""
    return moment.replace(microsecond=0, tzinfo=None).isoformat()


def moved(moment: datetime, by: timedelta) -> datetime:
    """A datetime moved, at most to the edge of what the calendar has."""
    try:
        return moment + by
    except OverflowError:
        edge = datetime.max if by > timedelta(0) else datetime.min
        return edge.replace(microsecond=0, tzinfo=moment.tzinfo)
