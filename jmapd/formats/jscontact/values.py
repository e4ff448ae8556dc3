"""Value types between vCard and JSContact (RFC 9555 2.2): texts, URIs, moments, dates, media, places, time zones."""

import re
from datetime import UTC, datetime
from typing import Any

from jmapd.formats.jscontact.prop import Codec, Property, Written
from jmapd.formats.vcard import escape, unescape
from jmapd.wire import Record
from jmapd.wire.dates import parse_date, utc_date

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?=\S)").match
_URI_ESCAPE = re.compile(r"\\([,;:])")
_TIMESTAMP = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
).fullmatch
_DATE = re.compile(r"(?:(\d{4})|--)(?:-?(\d\d)(?:-?(\d\d))?)?(?:T00:?00:?00(?:\.0+)?)?", re.ASCII).fullmatch
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d\d?)(?::?(\d\d))?|Z", re.ASCII).fullmatch
_ETC = re.compile(r"Etc/(?:UTC|GMT([+-])(\d{1,2}))", re.ASCII).fullmatch
_NUMBER = r"([+-]?\d{1,3}(?:\.\d{1,15})?)"
_LAT_LON = re.compile(rf"(?:geo:)?\s*{_NUMBER}\s*[;,]\s*{_NUMBER}", re.ASCII).fullmatch
_DATA = re.compile(r"data:([^;,]*)((?:;[^;,]*)*?)(;base64)?,", re.IGNORECASE).match
_KEY_TYPES = {"pgp": "application/pgp-keys", "x509": "application/pkix-cert"}
_TYPE_OF_KEY = {value: name for name, value in _KEY_TYPES.items()}


def is_uri(value: str) -> bool:
    return _SCHEME(value) is not None


def _raw_uri(value: str) -> str:
    """RFC 6350 4.2 has no escapes in a URI, but commas, semicolons and colons are found escaped."""
    return _URI_ESCAPE.sub(r"\1", value.strip()) if "\\" in value else value.strip()


def text(member: str) -> Codec:
    """A TEXT value (RFC 9555 2.2.6)."""

    def read(prop: Property) -> Record | None:
        prop.take_value_type("text")
        value = unescape(prop.value)
        return {member: value} if value else None

    def write(record: Record, version: str) -> Written | None:
        value = record.get(member)
        return Written(escape(value)) if isinstance(value, str) and value else None

    return Codec(read, write)


def uri(member: str, is_lenient: bool = False) -> Codec:
    """A URI value (RFC 9555 2.2.7); a lenient one may lack the scheme, as people type web addresses."""

    def read(prop: Property) -> Record | None:
        prop.take_value_type("uri", "url")
        value = _raw_uri(prop.value)
        return {member: value} if is_uri(value) or (is_lenient and value) else None

    def write(record: Record, version: str) -> Written | None:
        value = record.get(member)
        return Written(value) if isinstance(value, str) and value.strip() else None

    return Codec(read, write)


def lower(member: str) -> Codec:
    """A value whose case has no meaning (RFC 9555 2.5.4)."""
    plain = text(member)

    def read(prop: Property) -> Record | None:
        found = plain.read(prop)
        return found and {member: found[member].strip().lower()}

    return Codec(read, plain.write)


def phone() -> Codec:
    """TEL (RFC 9555 2.7.6): a URI or free text, and the number says which."""

    def read(prop: Property) -> Record | None:
        is_address = prop.take_value_type("uri", "url", "text", "phone-number") in ("uri", "url")
        value = _raw_uri(prop.value) if is_address else unescape(prop.value).strip()
        return {"number": value} if value else None

    def write(record: Record, version: str) -> Written | None:
        value = record.get("number")
        if not isinstance(value, str) or not value.strip():
            return None
        if is_uri(value) and "\\" not in value:
            return Written(value, [("VALUE", ["uri"])])
        return Written(escape(value))

    return Codec(read, write)


def profile(user_param: str = "USERNAME") -> Codec:
    """SOCIALPROFILE and IMPP (RFC 9555 2.7.2, 2.7.5, RFC 9554 3.5): a URI, or with VALUE=text a user name."""

    def read(prop: Property) -> Record | None:
        is_text = prop.take_value_type("uri", "url", "text") == "text"
        if is_text or not is_uri(prop.value):
            return {"user": unescape(prop.value)} if prop.value else None
        return {"uri": _raw_uri(prop.value)}

    def write(record: Record, version: str) -> Written | None:
        address, user = record.get("uri"), record.get("user")
        if isinstance(address, str) and is_uri(address):
            return Written(address, [(user_param, [user])] if isinstance(user, str) and user else [])
        if isinstance(user, str) and user and address is None:
            return Written(escape(user), [("VALUE", ["text"])])
        return None

    return Codec(read, write)


def related() -> Codec:
    """RELATED (RFC 9555 2.9.5): the value is the key in relatedTo."""

    def read(prop: Property) -> Record | None:
        prop.take_value_type("uri", "url", "text")
        value = _raw_uri(prop.value) if is_uri(prop.value) else unescape(prop.value)
        return {"key": value} if value else None

    def write(record: Record, version: str) -> Written | None:
        value = record["key"]
        return Written(value) if is_uri(value) and "\n" not in value else Written(escape(value), [("VALUE", ["text"])])

    return Codec(read, write)


def read_timestamp(value: str) -> str | None:
    """RFC 9555 2.2.2: a TIMESTAMP as UTCDateTime. Without an offset it counts as UTC, without a time as midnight."""
    found = _TIMESTAMP(value.strip())
    if found is None:
        return None
    year, month, day = found[1], found[2], found[3]
    offset = (found[8] or "Z").upper()
    if offset != "Z":
        digits = offset[1:].replace(":", "")
        offset = f"{offset[0]}{digits[:2]}:{digits[2:] or '00'}"
    try:
        epoch, _ = parse_date(f"{year}-{month}-{day}T{found[4] or '00'}:{found[5] or '00'}:{found[6] or '00'}{offset}")
    except ValueError:
        return None
    fraction = (found[7] or "").rstrip("0")
    written = utc_date(epoch)
    return f"{written[:-1]}.{fraction}Z" if fraction else written


def has_offset(value: str) -> bool:
    """Whether it is a point in time on its own."""
    found = _TIMESTAMP(value)
    return found is not None and found[8] is not None


def write_timestamp(value: Any) -> str | None:
    """RFC 6350 4.3.5; a fraction is no TIMESTAMP of vCard, but is read by all who read the rest."""
    if not isinstance(value, str) or read_timestamp(value) != value:
        return None
    return value.replace("-", "").replace(":", "")


def timestamp(member: str) -> Codec:
    """A single moment (RFC 9555 2.2.2)."""

    def read(prop: Property) -> Record | None:
        prop.take_value_type("timestamp", "date-time", "date")
        value = read_timestamp(prop.value)
        return {member: value} if value else None

    def write(record: Record, version: str) -> Written | None:
        value = write_timestamp(record.get(member))
        if value and version == "3.0":  # RFC 2426 3.6.4, where REV is of ISO 8601's extended form
            value = str(record[member])
        return Written(value) if value else None

    return Codec(read, write)


def anniversary() -> Codec:
    """BDAY and its like (RFC 9555 2.5.1): a moment in UTC, or a whole or partial date."""

    def read(prop: Property) -> Record | None:
        prop.take_value_type("date", "date-time", "date-and-or-time", "timestamp")
        value = prop.value.strip()
        date = _read_date(value, prop.first("X-APPLE-OMIT-YEAR"))
        if date is None and has_offset(value) and (moment := read_timestamp(value)):
            date = {"@type": "Timestamp", "utc": moment}
        elif date is not None and (scale := prop.take("CALSCALE")):
            date["calendarScale"] = scale.lower()
        return date and {"date": date}

    def write(record: Record, version: str) -> Written | None:
        date = record.get("date")
        if not isinstance(date, dict):
            return None
        if moment := write_timestamp(date.get("utc")):
            return Written(date["utc"] if version in ("2.1", "3.0") else moment)
        value = _write_date(date, version, record)
        scale = date.get("calendarScale")
        params = [("CALSCALE", [scale])] if isinstance(scale, str) and scale else []
        return Written(value, params) if value else None

    return Codec(read, write)


def _read_date(value: str, omitted: str) -> Record | None:
    found = _DATE(value)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    if omitted and year is not None and omitted.isdigit() and int(omitted) == year:
        year = None  # Apple's way to leave the year out
    if month is not None and not 1 <= month <= 12 or day is not None and not _is_day(year, month, day):
        return None
    if year is None and day is None:
        return None  # RFC 9555 2.2.2: a month or a day alone has no form
    parts = (("year", year), ("month", month), ("day", day))
    return {name: part for name, part in parts if part is not None}


def _is_day(year: int | None, month: int | None, day: int) -> bool:
    try:
        datetime(year or 2000, month or 1, day, tzinfo=UTC)
    except ValueError:
        return False
    return True


def _write_date(date: Record, version: str, record: Record) -> str | None:
    year, month, day = (date.get(name) for name in ("year", "month", "day"))
    if any(part is not None and (not isinstance(part, int) or part < 0) for part in (year, month, day)):
        return None
    kept = record.get("vCardParams")
    if year is None and isinstance(kept, dict) and str(kept.get("x-apple-omit-year", "")).isdigit():
        year = int(str(kept["x-apple-omit-year"]))
    if month is None:
        return f"{year:04}" if year is not None and day is None else None
    if day is None:
        return f"{year:04}-{month:02}" if year is not None else None
    if year is None:
        return f"--{month:02}-{day:02}" if version == "3.0" else f"--{month:02}{day:02}"
    # RFC 6350 4.3.1 has the basic form only; RFC 2426 3.1.5 and its readers the extended one
    return f"{year:04}-{month:02}-{day:02}" if version in ("2.1", "3.0") else f"{year:04}{month:02}{day:02}"


def media(kind: str) -> Codec:
    """PHOTO, LOGO, SOUND, KEY (RFC 9555 2.5.7 ...): a URI; inline Base64 of vCard 2.1 and 3.0 is a data URI."""

    def read(prop: Property) -> Record | None:
        encoding = prop.first("ENCODING").lower()
        value_type = prop.take_value_type("uri", "url", "binary", "inline")
        if encoding in ("b", "base64"):
            del prop.params["ENCODING"]
            return {"uri": f"data:{_media_type(prop, kind)};base64,{prop.value}"}  # no white space is left in it
        value = _raw_uri(prop.value)
        if not value or not (is_uri(value) or value_type in ("uri", "url")):
            return None
        return {"uri": value}

    def write(record: Record, version: str) -> Written | None:
        value = record.get("uri")
        if not isinstance(value, str) or not value:
            return None
        if version in ("2.1", "3.0"):
            found = _DATA(value[:400])
            if found and found[3] and not found[2]:
                token = _type_token(found[1].lower(), kind)
                params = [("ENCODING", ["b"])] + ([("TYPE", [token])] if token else [])
                return Written(value[found.end() :], params)
            return Written(value, [("VALUE", ["uri"])])
        return Written(value)

    return Codec(read, write)


def _media_type(prop: Property, kind: str) -> str:
    """The media type that a TYPE of vCard 3.0 stands for."""
    for token in prop.types:
        name = token.strip().lower()
        if name in _KEY_TYPES and kind == "application":
            found = _KEY_TYPES[name]
        elif re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", name):
            found = name
        elif kind != "application" and name.isalnum() and name not in ("home", "work", "pref"):
            found = f"{kind}/{name}"
        else:
            continue
        prop.types.remove(token)
        return found
    return prop.take("MEDIATYPE") or "application/octet-stream"


def _type_token(media_type: str, kind: str) -> str:
    if media_type in _TYPE_OF_KEY:
        return _TYPE_OF_KEY[media_type].upper()
    if media_type == "application/octet-stream":
        return ""
    family, _, name = media_type.partition("/")
    return name.upper() if family == kind and name.isalnum() else media_type


def geo_uri(value: str) -> str | None:
    """GEO (RFC 9555 2.8.1): the geo URI, also of the "37.1;-122.2" of vCard 3.0."""
    value = _raw_uri(value)
    if value[:4].lower() == "geo:":
        return value
    found = _LAT_LON(value)
    return f"geo:{found[1]},{found[2]}" if found else None


def write_geo(value: Any, version: str) -> str | None:
    if not isinstance(value, str) or value[:4].lower() != "geo:":
        return None
    found = _LAT_LON(value)
    return f"{found[1]};{found[2]}" if found and version in ("2.1", "3.0") else value


def time_zone(value: str, value_type: str) -> str | None:
    """TZ (RFC 9555 2.8.2): a zone's name, or an offset of whole hours as Etc/GMT with the sign turned."""
    value = unescape(value).strip()
    found = _OFFSET(value) if value_type != "text" else None
    if found is None:
        is_name = value[:1].isalpha() and value_type not in ("uri", "utc-offset")
        return value if is_name else None
    if not found[1]:
        return "Etc/UTC"
    hours = int(found[2]) * (-1 if found[1] == "-" else 1)
    if int(found[3] or 0) or not -12 <= hours <= 14:
        return None
    return "Etc/UTC" if hours == 0 else f"Etc/GMT{-hours:+d}"


def write_time_zone(value: Any, version: str) -> Written | None:
    if not isinstance(value, str) or not value:
        return None
    found = _ETC(value)
    if found:
        hours = -int((found[1] or "+") + (found[2] or "0"))
        if version in ("2.1", "3.0"):  # RFC 2426 3.4.1
            return Written(f"{hours:+03d}:00")
        return Written(f"{hours:+03d}00", [("VALUE", ["utc-offset"])])
    return Written(escape(value), [("VALUE", ["text"])] if version == "3.0" else [])
