"""Header properties of a new Email or EmailBodyPart (RFC 8621 4.1.2, 4.1.3, 4.6), checked and written."""

from typing import Any

from jmapd.datatypes.mail.email_header import CONVENIENCE, PREFIX, header_property
from jmapd.formats.message import header_write
from jmapd.wire.errors import InvalidProperties
from jmapd.wire.signatures import compiled

MAX_FIELDS = 1000  # of one part
MAX_PROBLEMS = 50  # told to the client

# 4.1.2.1 to 4.1.2.7
SIGNATURES = {
    "asRaw": "String",
    "asText": "String",
    "asAddresses": "EmailAddress[]",
    "asGroupedAddresses": "EmailAddressGroup[]",
    "asMessageIds": "String[]",
    "asDate": "Date",
    "asURLs": "String[]",
}
# The names of RFC 5322 with its capitals.
NAMES = {name: "-".join(map(str.capitalize, field.split("-"))) for name, (field, _) in CONVENIENCE.items()}
NAMES["messageId"] = "Message-ID"


class Problems:
    """What is wrong with a record, by property: a path as "bodyStructure/subParts/0/type" for one deep inside."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[str, str] = {}

    def add(self, path: str, why: str) -> None:
        """The first thing that is wrong with a property counts."""
        if len(self._found) < MAX_PROBLEMS:
            self._found.setdefault(path, why)

    def add_type(self, path: str, signature: str, value: Any) -> bool:
        """Notes a value that is not of that type; whether it is one."""
        wrong = compiled(signature)(value)
        if wrong is not None:
            self.add(path, wrong)
        return wrong is None

    def check(self) -> None:
        """Raises InvalidProperties when anything was wrong."""
        if self._found:
            text = "; ".join(f"{path!r:.200} {why}" for path, why in self._found.items())
            raise InvalidProperties(list(self._found), text[:2000])


class HeaderFields:
    """The header fields of one part, each written once; no two properties may stand for the same one (4.6)."""

    __slots__ = ("_count", "_path", "_problems", "by", "written")

    def __init__(self, path: str, problems: Problems) -> None:
        self._path, self._problems, self._count = path, problems, 0
        self.by: dict[str, str] = {}  # field name in lower case -> the path of the property that stands for it
        self.written: dict[str, list[bytes]] = {}

    def path(self, name: str) -> str:
        """Of a property of this part."""
        return f"{self._path}/{name}" if self._path else name

    def claim(self, field: str, name: str) -> bool:
        """Whether the property is the first that stands for this field."""
        path = self.path(name)
        first = self.by.setdefault(field, path)
        if first == path:
            return True
        for each in (first, path):
            self._problems.add(each, f"is given beside another property of the header field {field!r:.80}")
        return False

    def add(self, name: str, value: Any) -> None:
        """The property `header:*` or a convenience property; null and an empty list mean no such field."""
        row = CONVENIENCE.get(name)
        if row is not None:
            field, form = row
            written, is_all = NAMES[name], False
        else:
            asked = header_property(name)
            if asked is None:
                self._problems.add(self.path(name), "is no header property, or has a form that is forbidden")
                return
            field, form, is_all = asked.field, asked.form, asked.is_all
            written = name.split(":", 2)[1]
            signature = SIGNATURES[form] + ("[]" if is_all else "|null")
            if not self._problems.add_type(self.path(name), signature, value):
                return
        values = value if is_all else [value]
        values = [one for one in values if one is not None and one != []]
        if values and self.claim(field, name):
            self._write(name, written, form, values)

    def _write(self, name: str, field: str, form: str, values: list[Any]) -> None:
        self._count += len(values)
        if self._count > MAX_FIELDS:
            self._problems.add(self.path(name), f"is more than the {MAX_FIELDS} header fields a part may have")
            return
        try:
            lines = [header_write.field(field, form, value) for value in values]
        except ValueError as error:
            self._problems.add(self.path(name), f"{error}")
            return
        lines = [line for line in lines if line]
        if lines:
            self.written[field.lower()] = lines

    def lines(self) -> list[bytes]:
        """All fields, in the order they were given."""
        return [line for lines in self.written.values() for line in lines]


def is_header(name: str) -> bool:
    """Whether a property of an Email stands for a header field."""
    return name in CONVENIENCE or name.startswith(PREFIX)
