"""A message as plain JSON values: what golden and corpus tests compare."""

from typing import Any

from jmapd.formats.message import body, header_forms
from jmapd.formats.message.preview import preview
from jmapd.formats.message.structure import Part, parse
from jmapd.formats.message.summary import header_record


def properties(part: Part) -> dict[str, Any]:
    """An EmailBodyPart without blobId and headers; nulls left out."""
    found: dict[str, Any] = {
        "partId": part.part_id,
        "size": part.size,
        "name": part.name,
        "type": part.type,
        "charset": part.charset,
        "disposition": part.disposition,
        "cid": part.cid,
        "language": part.language,
        "location": part.location,
    }
    if part.is_multipart:
        del found["size"], found["charset"]
        found["subParts"] = [properties(child) for child in part.children]
    return {name: value for name, value in found.items() if value is not None}


def email(raw: bytes) -> dict[str, Any]:
    """The properties of an Email that come from the message."""
    root = parse(raw)
    text, html, attachments = body.body_lists(root)
    date = root.header("date")
    found = {name: value for name, value in header_record(root).items() if value is not None}
    return found | {
        "sentAt": None if date is None else header_forms.as_date(date),
        "bodyStructure": properties(root),
        "textBody": [part.part_id for part in text],
        "htmlBody": [part.part_id for part in html],
        "attachments": [part.part_id for part in attachments],
        "hasAttachment": body.has_attachment(root),
        "preview": preview(root),
        "bodyValues": {
            part.part_id: {name: value for name, value in body.body_value(part).items() if value is not False}
            for part in root.walk()
            if part.type.startswith("text/")
        },
    }


def header(raw: bytes, name: str) -> Any:
    """The value of a property "header:..."."""
    return header_of(parse(raw), name)


def header_of(root: Part, name: str) -> Any:
    _, field, *suffixes = name.split(":")
    is_all = suffixes[-1:] == ["all"]
    form = header_forms.FORMS[suffixes[0] if suffixes and suffixes[0] != "all" else "asRaw"]
    values = [form(value) for value in root.header_all(field)]
    return values if is_all else (values[-1] if values else None)
