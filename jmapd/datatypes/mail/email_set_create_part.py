"""EmailBodyParts of a new Email (RFC 8621 4.1.4, 4.6): each checked by itself and against the others."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jmapd.datatypes.mail.email_header import PREFIX
from jmapd.datatypes.mail.email_set_create_header import HeaderFields, Problems
from jmapd.formats.message import header_write, parameter_write, parameters
from jmapd.formats.message.structure import MAX_DEPTH
from jmapd.wire.ids import is_id, is_reference

MAX_PARTS = 1000
MAX_NAME = 1000  # characters
MAX_CHARSET = 100

PROPERTIES = {
    "partId": "String|null",
    "blobId": "String|null",
    "size": "UnsignedInt",
    "name": "String|null",
    "type": "String",
    "charset": "String|null",
    "disposition": "String|null",
    "cid": "String|null",
    "language": "String[]|null",
    "location": "String|null",
    "subParts": "EmailBodyPart[]|null",
}
# The properties that stand for a header field: two for the same one must not be given (4.6)
FIELDS = {
    "type": "content-type",
    "charset": "content-type",
    "name": "content-disposition",
    "disposition": "content-disposition",
    "cid": "content-id",
    "language": "content-language",
    "location": "content-location",
}
SIMPLE: dict[str, Callable[[Any], bytes]] = {
    "cid": parameter_write.content_id,
    "language": parameter_write.language,
    "location": parameter_write.location,
}
_TOKEN = r"[!#-'*+.0-9A-Z^-~-]"  # RFC 2045 5.1
_TYPE = re.compile(rf"{_TOKEN}{{1,127}}/{_TOKEN}{{1,127}}")
_WORD = re.compile(rf"{_TOKEN}{{1,64}}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass(slots=True, eq=False)
class GivenPart:
    """One part as it was checked; its header fields are written but for Content-Type, which may need the content."""

    fields: HeaderFields
    type: str  # lower case
    charset: str | None = None
    name: str | None = None  # for Content-Type, when no Content-Disposition has it
    part_id: str | None = None
    blob_id: str | None = None
    children: list["GivenPart"] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        return self.type.startswith("multipart/")

    @property
    def content_type(self) -> bytes | None:
        """The client's own Content-Type header field."""
        found = self.fields.written.get("content-type")
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Place:
    """What is said of parts by where they stand."""

    implied: str | None = None  # type, where none is given
    disposition: str | None = None  # likewise
    has_html: bool = False  # that may show the part by its cid
    depth: int = 1


ROOT = Place()


class PartReader:
    """Reads all EmailBodyParts of one Email; what is wrong goes to `problems`."""

    def __init__(self, problems: Problems, values: Mapping[str, Any], created_ids: Mapping[str, str]) -> None:
        self._problems, self._values, self._created_ids = problems, values, created_ids
        self._left = MAX_PARTS
        self._part_ids: set[str] = set()

    def read(self, given: Any, path: str, place: Place = ROOT) -> GivenPart:
        """One part with all below it."""
        fields = HeaderFields(path, self._problems)
        self._left -= 1
        if self._left < 0 or place.depth > MAX_DEPTH:
            self._problems.add(path, f"is more than {MAX_PARTS} parts, or deeper than {MAX_DEPTH}")
            return GivenPart(fields, "text/plain")
        if not isinstance(given, dict):
            self._problems.add(path, "must be an object (EmailBodyPart)")
            return GivenPart(fields, "text/plain")
        values = self._values_of(given, fields)
        self._claim(values, fields)
        part = GivenPart(fields, self._type(values, fields, place), values.get("charset"))
        # any name: a part of a message that says something odd can be sent on as it is
        if part.charset and (len(part.charset) > MAX_CHARSET or _CONTROLS.search(part.charset)):
            self._problems.add(fields.path("charset"), "must be the name of a charset")
        self._disposition(values, part, place)
        for name, write in SIMPLE.items():
            if name in values:
                self._write(part, name, write, values[name])
        if part.is_multipart:
            self._sub_parts(values, part, place)
        else:
            self._content(values, part)
        return part

    def _values_of(self, given: dict[str, Any], fields: HeaderFields) -> dict[str, Any]:
        """The properties that have a value; header fields go to `fields`.

        An empty string is none: browsers have it for the type of a file they do not know.
        """
        values: dict[str, Any] = {}
        for name, value in given.items():
            signature = PROPERTIES.get(name)
            if signature is not None:
                is_given = value is not None and (value != "" or name == "partId")
                if self._problems.add_type(fields.path(name), signature, value) and is_given:
                    values[name] = value
            elif name.startswith(PREFIX):
                self._header(name, value, fields)
            elif name == "headers":
                self._problems.add(fields.path(name), "must not be given; give each header field by itself")
            else:
                self._problems.add(fields.path(name), "is no property of an EmailBodyPart that can be set")
        return values

    def _header(self, name: str, value: Any, fields: HeaderFields) -> None:
        asked = name.split(":", 2)[1].lower()
        if asked == "content-transfer-encoding":
            self._problems.add(fields.path(name), "must not be given; the server chooses")
        elif asked.startswith("content-") and isinstance(value, list) and name.endswith(":all") and len(value) > 1:
            self._problems.add(fields.path(name), "must be one header field (RFC 2045 3)")
        else:
            fields.add(name, value)

    def _claim(self, values: dict[str, Any], fields: HeaderFields) -> None:
        """4.6: no two properties for one header field."""
        by_header = dict(fields.by)
        for name, stands_for in FIELDS.items():
            if name in values and stands_for in by_header:
                fields.claim(stands_for, name)
            elif name in values:
                fields.by.setdefault(stands_for, fields.path(name))

    def _type(self, values: dict[str, Any], fields: HeaderFields, place: Place) -> str:
        written = values.get("type")
        if written is not None and ";" in written:
            self._typed(written, fields)
        if "content-type" in fields.written:
            written = parameters.parse(fields.written["content-type"][0][13:-2])[0]
        if written is None:
            if values.get("subParts"):
                return "multipart/mixed"
            return place.implied or ("text/plain" if "blobId" not in values else "application/octet-stream")
        if not _TYPE.fullmatch(written):
            path = fields.by.get("content-type", fields.path("type"))
            self._problems.add(path, "must be a media type as text/plain")
        return str(written).lower()

    def _typed(self, written: str, fields: HeaderFields) -> None:
        """A type with parameters, as uploads have it (RFC 8620 6.1), is what the whole header field says."""
        try:
            line = header_write.field("Content-Type", "asText", written)
        except ValueError as error:
            self._problems.add(fields.path("type"), f"{error}")
        else:
            fields.written.setdefault("content-type", [line])

    def _disposition(self, values: dict[str, Any], part: GivenPart, place: Place) -> None:
        """The name goes where a Content-Disposition is, else to Content-Type, so that null stays null."""
        disposition, name = values.get("disposition"), values.get("name")
        if name is not None:  # that of a part that is sent on may have any character
            name = _CONTROLS.sub(" ", name).strip() or None
        if name is not None and len(name) > MAX_NAME:
            self._problems.add(part.fields.path("name"), f"must not have more than {MAX_NAME} characters")
            return
        if disposition is None and "content-disposition" not in part.fields.written:
            disposition = place.disposition
            if disposition and place.has_html and "content-id" in part.fields.by:
                disposition = "inline"
        if disposition is None:
            part.name = name
            return
        parameter = {} if name is None else {"filename": name}
        blamed = "name" if _WORD.fullmatch(disposition) else "disposition"
        self._write(part, blamed, lambda value: parameter_write.disposition(value, parameter), disposition)

    def _write(self, part: GivenPart, name: str, write: Callable[[Any], bytes], value: Any) -> None:
        try:
            line = write(value)
        except ValueError as error:
            self._problems.add(part.fields.path(name), f"{error}")
        else:
            part.fields.written[FIELDS[name]] = [line]

    def _sub_parts(self, values: dict[str, Any], part: GivenPart, place: Place) -> None:
        fields = part.fields
        for name in ("partId", "blobId"):
            if name in values:
                self._problems.add(fields.path(name), "must be null for a multipart")
        given = values.get("subParts", ())[: MAX_PARTS + 1]
        if not given:
            self._problems.add(fields.path("subParts"), "must have a part at least, in a multipart (RFC 2046 5.1)")
            return
        implied = "message/rfc822" if part.type == "multipart/digest" else None
        below = Place(implied, depth=place.depth + 1)
        part.children = [self.read(each, fields.path(f"subParts/{n}"), below) for n, each in enumerate(given)]

    def _content(self, values: dict[str, Any], part: GivenPart) -> None:
        """Where the content of a part that is no multipart comes from."""
        fields, problems = part.fields, self._problems
        if values.get("subParts"):
            problems.add(fields.path("subParts"), f"must be null for {part.type!r:.100}")
        part_id, blob_id = values.get("partId"), values.get("blobId")
        if blob_id is not None and part_id in self._values:
            for name in ("partId", "blobId"):
                problems.add(fields.path(name), "must not be given both")
        elif blob_id is not None:
            # another partId is of the message that the blob is a part of: Email/get answers both
            part.blob_id = self._blob(blob_id, fields)
        elif part_id is not None:
            part.part_id = part_id
            self._value(values, part_id, fields)
        else:
            problems.add(fields.path("partId"), "or blobId must be given")

    def _blob(self, given: str, fields: HeaderFields) -> str:
        """RFC 9404 4.1: a "#" reference to what Blob/upload made in the same request is one, too."""
        blob_id = self._created_ids.get(given[1:], given) if is_reference(given) else given
        if not is_id(blob_id):
            self._problems.add(fields.path("blobId"), "must be an Id")
        return blob_id

    def _value(self, values: dict[str, Any], part_id: str, fields: HeaderFields) -> None:
        if part_id not in self._values:
            self._problems.add(fields.path("partId"), "is not in bodyValues")
        if part_id in self._part_ids:
            self._problems.add(fields.path("partId"), "is the partId of another part, too")
        self._part_ids.add(part_id)
        for name in ("charset", "size"):
            if name in values:
                self._problems.add(fields.path(name), "must not be given beside partId")
