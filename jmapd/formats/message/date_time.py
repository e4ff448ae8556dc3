"""Date header fields (RFC 5322 3.3 and 4.3, and what else mailers write) into the Date of RFC 8620 1.4."""

import re
from calendar import timegm
from datetime import date, datetime

from jmapd.formats.message.cfws import strip_comments

_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: number for number, name in enumerate(_NAMES.split(), 1)}
# RFC 5322 4.3; all other letters, military ones too, say nothing of the zone
_ZONES = {
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
    "CET": 60, "CEST": 120, "MET": 60, "MEST": 120, "EET": 120, "EEST": 180, "WEST": 60, "BST": 60, "MSK": 180,
    "JST": 540, "KST": 540, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "HST": -600, "AKST": -540, "AKDT": -480,
}  # fmt: skip
_TIME = r"(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d{1,9})?)?"
_ZONE = r"(?:\s*(?:GMT|UTC|UT)?\s*([+-]\d{1,2}:?\d{2}|[+-]\d{1,2}\b)|\s*([A-Za-z]{1,5})\b)?"
_USUAL = re.compile(
    rf"(?:[^\W\d_]{{2,15}}\.?,?\s*)?(\d{{1,2}})[\s/-]+([A-Za-z]{{3}})[a-z.]{{0,10}}[\s/,-]+(\d{{2,4}})[,\s]+{_TIME}{_ZONE}"
)
_ASCTIME = re.compile(
    rf"(?:[A-Za-z]{{2,10}},?\s+)?([A-Za-z]{{3}})[a-z.]{{0,10}}\s+(\d{{1,2}}),?(?:\s+(\d{{4}}),?)?\s+{_TIME}"
    rf"(?:\s*([AaPp][Mm])\b)?{_ZONE}(?:\s+(\d{{4}}))?"
)
_ISO = re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})[T\s]+{_TIME}(?:\s*([Zz])\b)?{_ZONE}")
_DATE_ONLY = re.compile(r"(?:[A-Za-z]{2,10}\.?,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3})[a-z.]{0,10}[\s-]+(\d{4})\s*\Z")
_MAX_LENGTH = 200

Moment = tuple[int, int, int, int, int, int, int]  # year, month, day, hour, minute, second, minutes east of UTC


def parse(text: str) -> Moment | None:
    """None when it is no date."""
    text = " ".join(strip_comments(text[: _MAX_LENGTH * 4]).split())[:_MAX_LENGTH]
    if " :" in text or ": " in text or " ," in text:
        text = text.replace(" :", ":").replace(": ", ":").replace(" ,", ",")
    for read in (_read_usual, _read_iso, _read_asctime, _read_date_only):
        moment = read(text)
        if moment is not None:
            return moment if _is_valid(moment) else None
    return None


def to_date(moment: Moment) -> str:
    """RFC 3339 text with the zone that was given; Z for UTC and for a zone not known."""
    year, month, day, hour, minute, second, offset = moment
    text = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    if not offset:
        return text + "Z"
    sign, minutes = ("-", -offset) if offset < 0 else ("+", offset)
    return f"{text}{sign}{minutes // 60:02}:{minutes % 60:02}"


def to_epoch(moment: Moment) -> int:
    """Seconds since 1970 in UTC."""
    return timegm((*moment[:6], 0, 0, 0)) - 60 * moment[6]


def _read_usual(text: str) -> Moment | None:
    found = _USUAL.match(text)
    if found is None:
        return None
    day, name, year, hour, minute, second, numeric, letters = found.groups()
    month = _MONTHS.get(name.lower())
    if month is None:
        return None
    return (_year(year), month, int(day), int(hour), int(minute), min(int(second or 0), 59), _offset(numeric, letters))


def _read_iso(text: str) -> Moment | None:
    found = _ISO.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, _, numeric, letters = found.groups()
    offset = _offset(numeric, letters)
    return (int(year), int(month), int(day), int(hour), int(minute), min(int(second or 0), 59), offset)


def _read_asctime(text: str) -> Moment | None:
    found = _ASCTIME.match(text)
    if found is None:
        return None
    name, day, year, hour, minute, second, half, numeric, letters, last = found.groups()
    month = _MONTHS.get(name.lower())
    if month is None or not (year or last):
        return None
    hours = int(hour) % 12 + 12 * (half.lower() == "pm") if half else int(hour)
    return (
        int(year or last),
        month,
        int(day),
        hours,
        int(minute),
        min(int(second or 0), 59),
        _offset(numeric, letters),
    )


def _read_date_only(text: str) -> Moment | None:
    found = _DATE_ONLY.match(text)
    month = _MONTHS.get(found[2].lower()) if found else None
    return (int(found[3]), month, int(found[1]), 0, 0, 0, 0) if found and month else None


def _year(digits: str) -> int:
    """RFC 5322 4.3: two digits up to 49 are of this century, all other short years count from 1900."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _offset(numeric: str | None, letters: str | None) -> int:
    if numeric is None:
        return _ZONES.get(letters.upper(), 0) if letters else 0
    digits = numeric[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if hours > 23 or minutes > 59:  # RFC 3339 has no such zone
        return 0
    return (-1 if numeric[0] == "-" else 1) * (60 * hours + minutes)


def _is_valid(moment: Moment) -> bool:
    year, month, day, hour, minute, second, _ = moment
    try:
        datetime(year, month, day, hour, minute, second)
    except ValueError:
        return False
    return date(1, 1, 2) <= date(year, month, day) <= date(9999, 12, 30)
