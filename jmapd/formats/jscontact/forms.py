"""What strings of JSContact must look like beyond object_types/forms.py."""

from jmapd.formats.jscontact.schema import VERSIONS
from jmapd.formats.object_types import forms
from jmapd.formats.object_types.forms import matches
from jmapd.formats.object_types.schema import Form


def _version(value: str) -> str | None:
    return None if value in VERSIONS else f"must be one of {', '.join(VERSIONS)}"


_CALENDAR = matches("[a-z0-9]+(?:-[a-z0-9]+)*", "must be the name of a calendar system, in lower case")
_OWN: dict[str, Form] = {
    "calendar": lambda value: None if forms.is_vendor(value) else _CALENDAR(value),
    "country": matches("[A-Za-z]{2}", "must be a country code of two letters"),
    "script": matches("[A-Za-z]{4}", "must be a script subtag of four letters"),
    "vCard name": matches("[A-Za-z0-9_/+-]+", "must be the name of a vCard element"),  # "_", "/", "+" are met in files
    "version": _version,
}
FORMS = forms.FORMS | _OWN
STRICT_FORMS = (
    forms.STRICT_FORMS
    | _OWN
    | {
        "vCard name": matches("[A-Za-z0-9-]+", "must be the name of a vCard element"),  # RFC 6350 3.3
    }
)
