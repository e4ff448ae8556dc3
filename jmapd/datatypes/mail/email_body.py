"""EmailBodyPart and EmailBodyValue objects (RFC 8621 4.1.4) out of a parsed message."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from jmapd.datatypes.mail.email_header import PREFIX, header_property, headers
from jmapd.formats.message.body import body_lists, body_value
from jmapd.formats.message.structure import Part, parse
from jmapd.wire import Arguments, Record
from jmapd.wire.errors import InvalidArguments, RequestTooLarge

DEFAULT_PROPERTIES = (  # RFC 8621 4.2
    "partId",
    "blobId",
    "size",
    "name",
    "type",
    "charset",
    "disposition",
    "cid",
    "language",
    "location",
)
# The further arguments of Email/get and Email/parse (RFC 8621 4.2, 4.9).
ARGUMENTS: dict[str, tuple[str, Any]] = {
    "bodyProperties": ("String[]|null", None),
    "fetchTextBodyValues": ("Boolean", False),
    "fetchHTMLBodyValues": ("Boolean", False),
    "fetchAllBodyValues": ("Boolean", False),
    "maxBodyValueBytes": ("UnsignedInt", 0),
}
MAX_VALUES_SIZE = 256 * 1024 * 1024  # characters of body values in one answer

Getter = Callable[[Part, str], Any]  # (part, what its blob id begins with)


class Message:
    """A parsed message with what is worked out once of it."""

    __slots__ = ("_lists", "blob_id", "leaves", "prefix", "root")

    def __init__(self, blob_id: str, raw: bytes) -> None:
        self.blob_id, self.root, self.prefix = blob_id, parse(raw), part_prefix(blob_id)
        self.leaves: dict[str, Record] = {}  # EmailBodyParts by number, as the one call's arguments ask for them
        self._lists: tuple[list[Part], list[Part], list[Part]] | None = None

    def lists(self) -> tuple[list[Part], list[Part], list[Part]]:
        """The parts of textBody, htmlBody and attachments."""
        if self._lists is None:
            self._lists = body_lists(self.root)
        return self._lists


class BodyOptions(NamedTuple):
    """The arguments of ARGUMENTS, made ready once per call."""

    getters: tuple[tuple[str, Getter], ...]
    has_sub_parts: bool
    fetch_text: bool
    fetch_html: bool
    fetch_all: bool
    max_bytes: int

    def parts(self, message: Message, parts: Sequence[Part]) -> list[Record]:
        """The EmailBodyParts of a flat list: none of these has subParts (RFC 8621 4.1.4)."""
        return [self.leaf(message, part) for part in parts]

    def leaf(self, message: Message, part: Part) -> Record:
        """One that is not multipart/*; made once, for it stands in several lists and its size may need decoding."""
        record = message.leaves.get(part.number)
        if record is None:
            prefix = message.prefix
            record = message.leaves[part.number] = {name: getter(part, prefix) for name, getter in self.getters}
            if self.has_sub_parts:
                record["subParts"] = None
        return record

    def structure(self, message: Message, part: Part) -> Record:
        """The full tree; subParts belong to it whatever bodyProperties says. structure.parse() bounds its depth."""
        if not part.is_multipart:
            return self.leaf(message, part)
        record = {name: getter(part, message.prefix) for name, getter in self.getters}
        record["subParts"] = [self.structure(message, child) for child in part.children]
        return record

    def wanted(self, message: Message) -> Iterator[Part]:
        """The text/* parts whose values are to be fetched (RFC 8621 4.2); a part may come twice."""
        if self.fetch_all:
            yield from text_parts(message.root.walk())
            return
        if self.fetch_text:
            yield from text_parts(message.lists()[0])
        if self.fetch_html:
            yield from text_parts(message.lists()[1])

    def body_values(self, message: Message, spent: int) -> tuple[Record, int]:
        """bodyValues, and how many characters the call has answered with them so far, `spent` before this message.

        Raises RequestTooLarge: a call for thousands of huge messages must not take the server's memory.
        """
        out: Record = {}
        for part in self.wanted(message):
            if part.number not in out:
                value = body_value(part, self.max_bytes)
                spent += len(value["value"])
                if spent > MAX_VALUES_SIZE:
                    raise RequestTooLarge("The body values are too large together; ask for fewer Emails at a time.")
                out[part.number] = value
        return out, spent


def part_prefix(blob_id: str) -> str:
    """What the blob ids of its parts begin with: parts of a part follow a "-", as G<digest>_2-1."""
    return blob_id + ("-" if "_" in blob_id else "_")


def body_options(arguments: Arguments) -> BodyOptions:
    """Raises InvalidArguments for a body property that does not exist, or has a form not allowed (RFC 8621 4.2)."""
    names = arguments.get("bodyProperties")
    names = dict.fromkeys(DEFAULT_PROPERTIES if names is None else names)
    getters = tuple((name, _getter(name)) for name in names if name != "subParts")
    return BodyOptions(
        getters,
        "subParts" in names,
        arguments.get("fetchTextBodyValues", False),
        arguments.get("fetchHTMLBodyValues", False),
        arguments.get("fetchAllBodyValues", False),
        arguments.get("maxBodyValueBytes", 0),
    )


def text_parts(parts: Iterable[Part]) -> Iterator[Part]:
    """Those of type text/*: only they have body values."""
    return (part for part in parts if part.type.startswith("text/"))


def _getter(name: str) -> Getter:
    getter = _GETTERS.get(name)
    if getter is not None:
        return getter
    header = header_property(name)
    if header is None:
        what = "a form that is not allowed for this field" if name.startswith(PREFIX) else "no property of a body part"
        raise InvalidArguments(f"bodyProperties: {name!r:.80} is {what}.", arguments=["bodyProperties"])
    return lambda part, prefix: header.value(part.header_all(header.field))


def _blob_id(part: Part, prefix: str) -> str | None:
    return None if part.is_multipart else prefix + part.number.replace(".", "_")


_GETTERS: dict[str, Getter] = {
    "partId": lambda part, prefix: part.part_id,
    "blobId": _blob_id,
    "size": lambda part, prefix: part.size,
    "headers": lambda part, prefix: headers(part.headers),
    "name": lambda part, prefix: part.name,
    "type": lambda part, prefix: part.type,
    "charset": lambda part, prefix: part.charset,
    "disposition": lambda part, prefix: part.disposition,
    "cid": lambda part, prefix: part.cid,
    "language": lambda part, prefix: part.language,
    "location": lambda part, prefix: part.location,
    "subParts": lambda part, prefix: None,  # a name that exists; BodyOptions makes it
}
