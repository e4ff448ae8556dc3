"""A MIME part: where its header and body lie in the message, and what its header says (RFC 8621 4.1.4)."""

import re
from collections.abc import Iterator

from jmapd.formats.message import parameters, transfer
from jmapd.formats.message.cfws import strip_comments, unfold
from jmapd.formats.message.wire_form import wire_form, wire_size

Field = tuple[bytes, bytes]

_TYPE = re.compile(r"[!#-'*+.0-9A-Z^-~-]++/[!#-'*+.0-9A-Z^-~-]++")


class Part:
    """Offsets are those in `raw`: the header block is raw[start:body], the body raw[body:end]."""

    __slots__ = (
        "_disposition",
        "_last",
        "_plain",
        "body",
        "children",
        "end",
        "excerpt",
        "fields",
        "number",
        "parameters",
        "raw",
        "start",
        "type",
    )

    def __init__(self, raw: bytes, start: int, body: int, end: int, fields: list[Field], default: str) -> None:
        self.raw, self.start, self.body, self.end = raw, start, body, end
        self.fields = fields  # name and value as written, values up to but without the final line end
        self._last: dict[bytes, bytes] = {name.lower(): value for name, value in fields}
        self.children: list[Part] = []
        self.number = ""  # as in IMAP: "1.2"; "" for a multipart that is the message itself
        self.excerpt: tuple[str, bool] | None = None  # kept by body.excerpt
        self._plain: bytes | None = None  # kept by plain()
        self._disposition: tuple[str, dict[str, str]] | None = None
        value = self._last.get(b"content-type")
        self.parameters: dict[str, str] = {}
        if value is None:
            self.type = default
            return
        written, self.parameters = parameters.parse(value)
        # RFC 2045 5.2: a value that is no type at all counts as text/plain
        self.type = written.lower() if _TYPE.fullmatch(written) else _first_type(written)

    @property
    def is_multipart(self) -> bool:
        return self.type.startswith("multipart/")

    @property
    def part_id(self) -> str | None:
        """Null if, and only if, the part is of type multipart/*."""
        return None if self.is_multipart else self.number

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """All header fields in order, names as written."""
        return [(name.decode("ascii", "replace"), value) for name, value in self.fields]

    def header(self, name: str) -> bytes | None:
        """Raw value of the last header field of that name (RFC 8621 4.1.3), None if there is none."""
        return self._last.get(name.lower().encode("utf-8", "replace"))

    def header_all(self, name: str) -> list[bytes]:
        """Raw values of all header fields of that name, in order."""
        wanted = name.lower().encode("utf-8", "replace")
        return [value for field, value in self.fields if field.lower() == wanted] if wanted in self._last else []

    def header_names(self) -> list[str]:
        """Distinct names in lower case."""
        return [name.decode("ascii", "replace") for name in self._last]

    @property
    def charset(self) -> str | None:
        """The charset parameter; "us-ascii" where the MIME standard implies it; else null."""
        given = self.parameters.get("charset")
        if given:
            return given
        if b"content-type" not in self._last or self.type.startswith("text/"):
            return "us-ascii"
        return None

    def _content_disposition(self) -> tuple[str, dict[str, str]]:
        if self._disposition is None:
            value = self._last.get(b"content-disposition")
            self._disposition = ("", {}) if value is None else parameters.parse(value)
        return self._disposition

    @property
    def disposition(self) -> str | None:
        return self._content_disposition()[0].lower() or None

    @property
    def name(self) -> str | None:
        """The file name of Content-Disposition, else the name of Content-Type."""
        return self._content_disposition()[1].get("filename") or self.parameters.get("name") or None

    @property
    def cid(self) -> str | None:
        value = self._text("content-id")
        return None if value is None else value.strip().removeprefix("<").removesuffix(">").strip() or None

    @property
    def language(self) -> list[str] | None:
        value = self._text("content-language")
        return None if value is None else [tag for tag in re.split(r"[\s,;]+", value) if tag] or None

    @property
    def location(self) -> str | None:
        """RFC 2557 4.4.1: white space that folding put in is no part of the URI."""
        value = self.header("content-location")
        if value is None:
            return None
        return re.sub(r"\s+", "", value.decode("utf-8", "replace").replace("\0", "")).strip('"') or None

    def _text(self, name: str) -> str | None:
        value = self.header(name)
        return None if value is None else strip_comments(unfold(value.decode("utf-8", "replace").replace("\0", "")))

    @property
    def encoding(self) -> str:
        """Content-Transfer-Encoding; a multipart has none, whatever it says (RFC 2045 6.4)."""
        return "" if self.is_multipart else transfer.encoding_of(self._last.get(b"content-transfer-encoding"))

    def stored(self, limit: int | None = None) -> bytes:
        """The body as it lies in the file, or the first `limit` octets of it."""
        end = self.end if limit is None else min(self.end, self.body + limit)
        return self.raw[self.body : end]

    def plain(self) -> bytes:
        """The body decoded, with line ends as they lie in the file; kept, as its size and its text are made of it."""
        if self._plain is None:
            self._plain = transfer.decode(self.stored(), self.encoding)
        return self._plain

    def decoded(self) -> bytes:
        """The content as a client downloads it: decoded; in wire form where no encoding says the octets."""
        encoding = self.encoding
        if encoding == "base64":
            return transfer.decode_base64(self.stored())
        return transfer.decode(wire_form(self.stored()), encoding)

    @property
    def size(self) -> int:
        """Octets of `decoded`."""
        encoding = self.encoding
        if encoding == "base64":
            return transfer.base64_size(self.stored())
        if encoding == "quoted-printable":
            ends = transfer.hard_line_ends(self.stored())
            return len(self.decoded()) if ends is None else len(self.plain()) + ends
        return wire_size(self.stored())

    def walk(self) -> "Iterator[Part]":
        """This part and all below it, depth first."""
        todo = [self]
        while todo:
            part = todo.pop()
            yield part
            todo += reversed(part.children)


def _first_type(written: str) -> str:
    found = _TYPE.match(written)
    return found[0].lower() if found else "text/plain"
