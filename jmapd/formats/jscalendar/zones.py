"""Local and absolute times (jscalendarbis 1.5.5, 1.5.8): in what a change skips or repeats the offset before holds."""

import zoneinfo
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from jmapd.formats.jscalendar import durations

UTC_NAME = "Etc/UTC"
_EPOCH = datetime(1970, 1, 1)
_NOT_ZONES = frozenset(("Factory", "localtime", "posixrules"))


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """The names of the IANA Time Zone Database that this system has, by themselves in lower case."""
    return {name.lower(): name for name in sorted(zoneinfo.available_timezones() - _NOT_ZONES)}


def is_zone(name: str) -> bool:
    """Whether it is a name of the database, by the letter."""
    return names().get(name.lower()) == name


@lru_cache(maxsize=1024)
def zone(name: str | None) -> tzinfo:
    """The rules of a zone; UTC for None and for what is no zone."""
    if name is None or name == UTC_NAME or not is_zone(name):
        return UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        return UTC


def utc(moment: datetime, name: str | None) -> int:
    """Microseconds since 1970 of a local time in a zone."""
    # PEP 495: fold=0 is the offset before the change, in gaps as in folds
    offset = moment.replace(tzinfo=zone(name), fold=0).utcoffset() or timedelta(0)
    return microseconds(moment.replace(tzinfo=None)) - (offset.days * 86400 + offset.seconds) * 1_000_000


def microseconds(moment: datetime) -> int:
    """Microseconds from 1970 to a naive datetime taken as UTC, or to one that has a zone."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    apart = moment - _EPOCH
    return (apart.days * 86400 + apart.seconds) * 1_000_000 + apart.microseconds


def moment(at: int) -> datetime:
    """The naive UTC datetime of microseconds since 1970; at most the edge of what the calendar has."""
    try:
        return _EPOCH + timedelta(microseconds=at)
    except OverflowError:
        return datetime.max if at > 0 else datetime.min


def local(at: datetime, name: str | None) -> str:
    """The LocalDateTime in a zone of a moment, naive ones being UTC."""
    return local_moment(at, name).replace(microsecond=0).isoformat()


def moved(text: str, name: str, other: str) -> str:
    """A LocalDateTime of one time zone in another."""
    return local(moment(utc(durations.local(text), name)), other)


def local_moment(at: datetime, name: str | None) -> datetime:
    """As `local`, a naive datetime."""
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    try:
        return at.astimezone(zone(name)).replace(tzinfo=None, fold=0)
    except OverflowError:
        return at.replace(tzinfo=None)


@lru_cache(maxsize=1)
def version() -> str:
    """The version of the database, as of "2026a"; "" when it does not say."""
    for folder in zoneinfo.TZPATH:
        if (Path(folder) / "Europe" / "London").is_file():
            return _version_in(Path(folder))
    try:
        return metadata.version("tzdata")
    except metadata.PackageNotFoundError:
        return ""


def _version_in(folder: Path) -> str:
    for name, prefix in (("+VERSION", ""), ("tzdata.zi", "# version ")):
        try:
            with (folder / name).open(encoding="utf-8", errors="replace") as file:
                line = file.readline(100).strip()
        except OSError:
            continue
        if line.startswith(prefix):
            return line.removeprefix(prefix)
    return ""
