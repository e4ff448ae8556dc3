"""All that the index keeps of a message, in one pass: record, sort keys, thread keys and texts for search."""

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Any

from jmapd.formats.html_text import html_text
from jmapd.formats.message import body, date_time, header_forms, preview
from jmapd.formats.message.base_subject import base_subject
from jmapd.formats.message.part import Part
from jmapd.formats.message.structure import parse
from jmapd.formats.message.wire_form import wire_form
from jmapd.formats.smime.kind import find

INDEXED_HEADERS = (
    "list-id", "list-unsubscribe", "list-unsubscribe-post", "list-post", "list-help", "list-owner", "list-archive",
    "list-subscribe",
)  # fmt: skip
MAX_TEXT = 256 * 1024  # characters of body text for search
MAX_SORT_KEY = 256
_FIRST_REFERENCES, _LAST_REFERENCES = 10, 100
_MAX_NESTED = 1024 * 1024  # octets of an attached message that are searched

_ADDRESSES = {
    "sender": "sender", "from": "from", "to": "to", "cc": "cc", "bcc": "bcc", "replyTo": "reply-to",
}  # fmt: skip
_IDS = {"messageId": "message-id", "inReplyTo": "in-reply-to", "references": "references"}


@dataclass(slots=True)
class Summary:
    """`digest` and `size` are those of the wire form; `record` has the Email properties the message itself gives."""

    digest: str
    size: int
    record: dict[str, Any]
    thread_keys: list[int]
    header_names: list[str]
    sort: dict[str, Any]
    texts: dict[str, str]


def summarise(raw: bytes) -> Summary:
    """Never raises, whatever the octets are."""
    wire = wire_form(raw)
    root = parse(raw)
    text, html, attachments = body.body_lists(root)
    moment = None
    if (date := root.header("date")) is not None:
        moment = date_time.parse(date.decode("utf-8", "replace"))
    record = header_record(root)
    record["sentAt"] = None if moment is None else date_time.to_date(moment)
    record["preview"] = preview.preview_of(text, html)
    record["hasAttachment"] = body.any_attachment(attachments, html)
    if (signed := find(root)) is not None:
        record["smime"] = signed.kind
    names = root.header_names()
    present = set(names)
    record["headers"] = {
        name: [header_forms.as_raw(value) for value in root.header_all(name)]
        for name in INDEXED_HEADERS
        if name in present
    }
    subject = fold(base_subject(record["subject"] or ""))
    sort = {
        "subject": subject[:MAX_SORT_KEY],
        "from": _sort_key(record["from"]),
        "to": _sort_key(record["to"]),
        "sentAt": 0 if moment is None else date_time.to_epoch(moment),
    }
    return Summary(
        hashlib.sha256(wire).hexdigest(), len(wire), record, thread_keys(record, subject), names, sort,
        search_texts(root, record, text, html),
    )  # fmt: skip


def header_record(root: Part) -> dict[str, Any]:
    """The convenience properties of RFC 8621 4.1.3 but sentAt; null where the field is absent."""
    record: dict[str, Any] = {}
    for key, name in _IDS.items():
        value = root.header(name)
        record[key] = None if value is None else header_forms.as_message_ids(value)
    for key, name in _ADDRESSES.items():
        value = root.header(name)
        record[key] = None if value is None else header_forms.as_addresses(value)
    value = root.header("subject")
    record["subject"] = None if value is None else header_forms.as_text(value)
    return record


def fold(text: str) -> str:
    """Letters alike but for case or compatibility become the same (RFC 5051, in spirit)."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text[: 4 * MAX_SORT_KEY].casefold())


def _sort_key(addresses: list[dict[str, Any]] | None) -> str:
    """RFC 8621 4.4.2: the name, else the email, of the first address."""
    if not addresses:
        return ""
    return fold((addresses[0]["name"] or addresses[0]["email"])[: 2 * MAX_SORT_KEY])[:MAX_SORT_KEY]


def thread_keys(record: dict[str, Any], subject: str) -> list[int]:
    """RFC 8621 3: messages that share an id and the base subject are of one thread; a 63-bit number for each pair."""
    references = record["references"] or []
    if len(references) > _FIRST_REFERENCES + _LAST_REFERENCES:
        references = references[:_FIRST_REFERENCES] + references[-_LAST_REFERENCES:]
    ids = [
        *(record["messageId"] or [])[:_FIRST_REFERENCES],
        *(record["inReplyTo"] or [])[:_FIRST_REFERENCES],
        *references,
    ]
    tail = b"\0" + subject.encode("utf-8", "replace")
    keys: dict[int, None] = {}
    for one in dict.fromkeys(ids):
        digest = hashlib.blake2b(one.encode("utf-8", "replace") + tail, digest_size=8).digest()
        keys[int.from_bytes(digest) >> 1] = None
    return list(keys)


def search_texts(root: Part, record: dict[str, Any], text: list[Part], html: list[Part]) -> dict[str, str]:
    """Plain text by field, for the full-text index."""
    texts = {name: _address_text(record[name]) for name in ("from", "to", "cc", "bcc")}
    texts["subject"] = record["subject"] or ""
    collector = _Collector()
    collector.message(root, text, html)
    texts["body"] = "\n".join(collector.texts)
    texts["attachments"] = "\n".join(collector.names)
    return texts


def _address_text(addresses: list[dict[str, Any]] | None) -> str:
    if not addresses:
        return ""
    return ", ".join(f"{one['name']} {one['email']}" if one["name"] else one["email"] for one in addresses)


class _Collector:
    """Gathers the text of body parts, text attachments and attached messages, up to MAX_TEXT."""

    __slots__ = ("left", "names", "nested", "seen", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.names: list[str] = []
        self.seen: set[str] = set()
        self.left = MAX_TEXT
        self.nested = 3  # attached messages are opened so many times in all

    def message(self, root: Part, text: list[Part], html: list[Part]) -> None:
        plain = {id(part) for part in text}
        shown = plain | {id(part) for part in html}
        for part in root.walk():
            if part.is_multipart:
                continue
            if id(part) not in shown and (name := part.name):
                self.names.append(name)
            if self.left <= 0:
                continue
            if part.type.startswith("text/"):
                self.part(part, is_second=id(part) not in plain and id(part) in shown)
            elif part.type in ("message/rfc822", "message/global") and self.nested > 0:
                self.nested -= 1
                self.attached(part)

    def part(self, part: Part, is_second: bool) -> None:
        """`is_second`: the HTML form of a text that was added before."""
        found = body.excerpt(part)
        if part.type == "text/html":
            found = html_text(found, attributes=True)
        if is_second:
            found = self.unseen(found)
        elif part.type == "text/plain":
            self.seen.update(found.split())
        self.add(found)

    def unseen(self, text: str) -> str:
        """The words that are new; the whole text if they are many, so that phrases in it are found too."""
        words = text.split()
        fresh = [word for word in words if word not in self.seen]
        return text if len(fresh) * 8 > len(words) else " ".join(fresh)

    def add(self, text: str) -> None:
        if text:
            self.texts.append(text[: self.left])
            self.left -= len(text)

    def attached(self, part: Part) -> None:
        root = parse(part.decoded()[:_MAX_NESTED])
        subject = root.header("subject")
        if subject is not None:
            self.add(header_forms.as_text(subject))
        text, html, _ = body.body_lists(root)
        self.message(root, text, html)
