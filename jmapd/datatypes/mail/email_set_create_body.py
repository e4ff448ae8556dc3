"""The body of a new Email (RFC 8621 4.1.4, 4.6): bodyStructure, or textBody, htmlBody and attachments together."""

from collections.abc import Mapping
from typing import Any

from jmapd.datatypes.mail.email_set_create_header import HeaderFields, Problems
from jmapd.datatypes.mail.email_set_create_part import MAX_PARTS, GivenPart, PartReader, Place
from jmapd.formats.message import encode, parameter_write, parameters
from jmapd.formats.message.generate import NewPart, new_boundary
from jmapd.wire import Record

LISTS = ("textBody", "htmlBody", "attachments")
# RFC 2046 5.2: these take no encoding; message/global (RFC 6532 3.7) and reports do
_UNENCODED = ("message/rfc822", "message/partial", "message/external-body")


def read(record: Record, problems: Problems, created_ids: Mapping[str, str]) -> GivenPart:
    """The tree of parts that the client means; what is wrong goes to `problems`."""
    values = _values(record, problems)
    reader = PartReader(problems, values, created_ids)
    if "bodyStructure" in record:
        for name in LISTS:
            if name in record:
                problems.add(name, "must not be given beside bodyStructure")
        return reader.read(record["bodyStructure"], "bodyStructure")
    text = _only(record, "textBody", "text/plain", reader, problems)
    html = _only(record, "htmlBody", "text/html", reader, problems)
    place = Place(None, "attachment", html is not None)
    attached = record.get("attachments", ())[: MAX_PARTS + 1]
    attachments = [reader.read(each, f"attachments/{n}", place) for n, each in enumerate(attached)]
    for part in attachments:
        if part.is_multipart:
            problems.add(part.fields.path("type"), "must not be multipart in attachments")
    return _composed(text, html, attachments, problems)


def _values(record: Record, problems: Problems) -> dict[str, str]:
    """The texts of bodyValues; those that no part uses do no harm."""
    values: dict[str, str] = {}
    for part_id, given in record.get("bodyValues", {}).items():
        path = f"bodyValues/{part_id}"
        if not problems.add_type(path, "Object", given):
            continue
        for name, value in given.items():
            if name == "value":
                problems.add_type(f"{path}/value", "String", value)
            elif name not in ("isEncodingProblem", "isTruncated"):
                problems.add(f"{path}/{name}", "is no property of an EmailBodyValue")
            elif value is not False:
                problems.add(f"{path}/{name}", "must be false")
        if "value" not in given:
            problems.add(f"{path}/value", "must be given")
        values[part_id] = given.get("value", "")
    return values


def _only(record: Record, name: str, type: str, reader: PartReader, problems: Problems) -> GivenPart | None:
    """The one part of textBody or htmlBody; None when the property is not given."""
    if name not in record:
        return None
    if len(record[name]) != 1:
        problems.add(name, f"must have exactly one part, of type {type}")
        return None
    part = reader.read(record[name][0], f"{name}/0", Place(type))
    if part.type != type:
        problems.add(part.fields.path("type"), f"must be {type}")
    return part


def _composed(
    text: GivenPart | None, html: GivenPart | None, attachments: list[GivenPart], problems: Problems
) -> GivenPart:
    """Images and the like that the HTML shows lie beside it, what is attached beside the whole."""

    def multipart(subtype: str, children: list[GivenPart]) -> GivenPart:
        return GivenPart(HeaderFields("", problems), f"multipart/{subtype}", children=children)

    shown: list[GivenPart] = []
    if html is not None:
        shown = [part for part in attachments if _is_shown(part)]
        html = multipart("related", [html, *shown]) if shown else html
    body = [part for part in (text, html) if part is not None]
    if len(body) == 2:
        body = [multipart("alternative", body)]
    others = [part for part in attachments if part not in shown]
    if others:
        return multipart("mixed", body + others)
    # an Email without a body has an empty one
    return body[0] if body else GivenPart(HeaderFields("", problems), "text/plain")


def _is_shown(part: GivenPart) -> bool:
    lines = part.fields.written.get("content-disposition", [b""])
    is_inline = parameters.parse(lines[0][20:-2])[0].lower() == "inline"
    return is_inline and "content-id" in part.fields.written


class Builder:
    """Makes the parts of the message; the blobs have been read."""

    def __init__(self, record: Record, blobs: Mapping[str, bytes], problems: Problems) -> None:
        self._values: Mapping[str, Any] = record.get("bodyValues", {})
        self._blobs, self._problems = blobs, problems

    def build(self, part: GivenPart) -> NewPart:
        """The part with all below it."""
        if part.is_multipart:
            return self._multipart(part)
        charset, octets = self._content(part)
        wanted = {"charset": charset} if charset and part.type.startswith("text/") else {}
        if part.charset is not None:
            wanted = {"charset": part.charset}
        encoding, body = _encoded(part.type, octets)
        return NewPart([self._content_type(part, wanted), *_others(part)], encoding, body)

    def _content(self, part: GivenPart) -> tuple[str | None, bytes]:
        if part.blob_id is not None:
            octets = self._blobs[part.blob_id]
            return encode.charset_of(octets) if part.type.startswith("text/") else None, octets
        return encode.text_octets("" if part.part_id is None else self._values[part.part_id]["value"])

    def _multipart(self, part: GivenPart) -> NewPart:
        children = [self.build(child) for child in part.children]
        wanted = {"boundary": new_boundary()}
        if part.type == "multipart/related":
            wanted["type"] = part.children[0].type  # RFC 2387 3.1
        if part.charset is not None:
            wanted["charset"] = part.charset
        line = self._content_type(part, wanted)
        return NewPart([line, *_others(part)], boundary=wanted["boundary"].encode(), children=children)

    def _content_type(self, part: GivenPart, wanted: Mapping[str, str]) -> bytes:
        """The header field: the client's own where it gave one, with the parameters that this lacks."""
        own = part.content_type
        if part.name is not None:
            wanted = {**wanted, "name": part.name}
        if own is None:
            return self._written(part.type, wanted, part.fields.path("name" if part.name else "type"))
        type, given = parameters.parse(own[13:-2])
        path, charset = part.fields.by["content-type"], wanted.get("charset")
        label = given.get("charset", "utf-8").lower()
        if part.part_id is not None and label != "utf-8" and label != charset:
            self._problems.add(path, "must not have another charset than utf-8 beside partId")
        ours = ("boundary", "name") if part.charset is None else ("boundary", "name", "charset")
        missing = {name: value for name, value in wanted.items() if name in ours or name not in given}
        if charset == "us-ascii":  # is implied
            missing.pop("charset", None)
        return self._written(type, {**given, **missing}, path) if missing else own

    def _written(self, type: str, values: Mapping[str, str], path: str) -> bytes:
        try:
            return parameter_write.content_type(type, values)
        except ValueError as error:
            self._problems.add(path, f"{error}")
            return b""


def _others(part: GivenPart) -> list[bytes]:
    """The header fields but Content-Type."""
    return [line for name, lines in part.fields.written.items() if name != "content-type" for line in lines]


def _encoded(type: str, octets: bytes) -> encode.Encoded:
    if type in _UNENCODED:
        return encode.encode_message(octets)
    if type.startswith(("text/", "message/")):
        return encode.encode_text(octets)
    return encode.encode_binary(octets)
