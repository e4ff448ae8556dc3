"""What strings of JSCalendar must look like: dates, durations, zones (jscalendarbis-15 1.5), colours, media types."""

import re
from typing import Any

from jmapd.formats import colors
from jmapd.formats.jscalendar import durations, zones
from jmapd.formats.jscalendar.schema import VERSIONS
from jmapd.formats.object_types import forms
from jmapd.formats.object_types.forms import matches
from jmapd.formats.object_types.schema import Form, Scalar
from jmapd.wire.dates import parse_utc_date

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII).fullmatch
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\";\s]*)", re.IGNORECASE).search


def is_moment(value: Any) -> bool:
    """A UTCDateTime: without fractions (1.5.4)."""
    try:
        return isinstance(value, str) and _MOMENT(value) is not None and parse_utc_date(value) is not None
    except ValueError:
        return False


def is_local(value: Any) -> bool:
    """A LocalDateTime (1.5.5)."""
    try:
        return isinstance(value, str) and durations.local(value) is not None
    except ValueError:
        return False


def _is_parameter(value: Any) -> bool:
    members = value if isinstance(value, list) else [value]
    return all(isinstance(each, str) and forms.text(each) is None for each in members)


def _text_type(value: str) -> str | None:
    """3.2.3."""
    if not value.lower().startswith("text/") or forms.FORMS["media type"](value):
        return "must be a media type of text"
    charset = _CHARSET(value)
    return None if charset is None or charset[1].lower() == "utf-8" else "must have the charset utf-8"


_CALENDAR = matches("[a-z0-9]+(?:-[a-z0-9]+)*", "must be the name of a calendar system, in lower case")
_OWN: dict[str, Form] = {
    "calendar": lambda value: None if forms.is_vendor(value) else _CALENDAR(value),
    # 3.2.12; the three digits are of RFC 8984
    "color": lambda value: (
        None
        if colors.is_color(value) and not (value[0] == "#" and len(value) == 4)
        else "must be a CSS3 colour or #rrggbb"
    ),
    "iCalendar name": matches("[A-Za-z0-9-]+", "must be the name of an iCalendar element"),
    "month": matches("(?:[1-9]|1[0-3])L?", "must be the number of a month"),
    "text type": _text_type,
    "version": lambda value: None if value in VERSIONS else f"must be one of {', '.join(VERSIONS)}",
}
FORMS = forms.FORMS | _OWN
STRICT_FORMS = forms.STRICT_FORMS | _OWN
SCALARS = {
    "UTCDateTime": Scalar(is_moment, "must be a UTCDateTime"),
    "LocalDateTime": Scalar(is_local, "must be a LocalDateTime"),
    "Duration": Scalar(lambda value: isinstance(value, str) and durations.is_duration(value), "must be a Duration"),
    "SignedDuration": Scalar(
        lambda value: isinstance(value, str) and durations.is_duration(value, True), "must be a SignedDuration"
    ),
    "TimeZoneId": Scalar(
        lambda value: isinstance(value, str) and zones.is_zone(value), "must be a name of the IANA Time Zone Database"
    ),
    "JCalParameter": Scalar(_is_parameter, "must be a string, or an array of strings"),
    "Obsolete": Scalar(lambda value: False, "is obsolete; only a single recurrenceRule can be set"),
    "Reserved": Scalar(lambda value: False, "is reserved"),
}
