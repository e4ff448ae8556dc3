"""The checks of JSContact: the schema of RFC 9553, with data types of RFC 9553 1.4 and RFC 9555 2.15."""

import re
from typing import Any

from jmapd.formats.jscontact.forms import FORMS, STRICT_FORMS
from jmapd.formats.jscontact.rules import RULES
from jmapd.formats.jscontact.schema import TYPES
from jmapd.formats.object_types import forms
from jmapd.formats.object_types.checks import Checks, Found, Path
from jmapd.formats.object_types.schema import Scalar, Schema
from jmapd.wire.dates import parse_utc_date

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d*[1-9])?Z", re.ASCII).fullmatch


def is_moment(value: Any) -> bool:
    """A UTCDateTime (RFC 9553 1.4.5)."""
    try:
        return isinstance(value, str) and _MOMENT(value) is not None and parse_utc_date(value) is not None
    except ValueError:
        return False


def property_name(name: str) -> str | None:
    """What is wrong with the name of a property that RFC 9553 does not define."""
    return forms.property_name(SCHEMA, name)


def _is_parameter(value: Any) -> bool:
    """A value of a jCard parameter (RFC 7095 3.4), or several; numbers are taken for their digits."""
    members = value if isinstance(value, list) else [value]
    return all(isinstance(each, str | int | float) for each in members)


def _property(value: Any, path: Path, found: Found) -> None:
    """A property of jCard (RFC 7095 3.3): name, parameters, type, values."""
    if not (isinstance(value, list) and len(value) > 3 and isinstance(value[0], str) and isinstance(value[2], str)):
        found.add(path, "must be an array of name, parameters, type and at least one value")
        return
    name = value[0]
    if FORMS["vCard name"](name) or name.lower() in ("begin", "end"):
        found.add((path, "0"), "must be the name of a vCard property")
    CHECKS.of["Card"]["vCardParams"](value[1], (path, "1"), found)


SCHEMA = Schema(
    TYPES,
    FORMS,
    STRICT_FORMS,
    scalars={
        "UTCDateTime": Scalar(is_moment, "must be a UTCDateTime"),
        "JCardParam": Scalar(_is_parameter, "must be a string, or an array of strings"),
    },
    rules=RULES,
    reserved=frozenset(("id", "addressBookIds")),  # RFC 9610 7.5.1 and 7.5.2: for what JMAP says about the card
)
CHECKS = Checks(SCHEMA, JCardProp=_property)
