"""Header field properties by name, "header:List-Id:asText:all" (RFC 8621 4.1.3), of Emails and of body parts."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from jmapd.formats.message import header_forms
from jmapd.wire import Record

PREFIX = "header:"
CACHED_SIZE = 500  # octets: longer values are parsed each time, so the cache stays small

# RFC 8621 4.1.3: each has the value of this header field in this form.
CONVENIENCE = {
    "messageId": ("message-id", "asMessageIds"),
    "inReplyTo": ("in-reply-to", "asMessageIds"),
    "references": ("references", "asMessageIds"),
    "sender": ("sender", "asAddresses"),
    "from": ("from", "asAddresses"),
    "to": ("to", "asAddresses"),
    "cc": ("cc", "asAddresses"),
    "bcc": ("bcc", "asAddresses"),
    "replyTo": ("reply-to", "asAddresses"),
    "subject": ("subject", "asText"),
    "sentAt": ("date", "asDate"),
}
CONVENIENT = {row: name for name, row in CONVENIENCE.items()}


class HeaderProperty(NamedTuple):
    """What the name of such a property asks for."""

    field: str  # lower case: names are matched case-insensitively
    form: str  # "asRaw" when none is given
    parse: Callable[[bytes], Any]
    is_all: bool
    convenience: str | None  # the Email property with the same value

    def value(self, values: Sequence[bytes]) -> Any:
        """Of the field's values in the order of the message: all, or the last one, null when there is none."""
        if self.is_all:
            return [self.one(value) for value in values]
        return self.one(values[-1]) if values else None

    def one(self, value: bytes) -> Any:
        """One field value in the form asked for."""
        if len(value) > CACHED_SIZE:
            return self.parse(value)
        return _parsed(self.parse, value)


@lru_cache(maxsize=1024)
def header_property(name: str) -> HeaderProperty | None:
    """None when it is no such name, or the form may not be used for that field (RFC 8621 4.1.2.2 to 4.1.2.7)."""
    head, _, rest = name.partition(":")
    field, *suffixes = rest.split(":")
    if head != "header" or not field or not all("!" <= c <= "~" for c in field):
        return None
    is_all = suffixes[-1:] == ["all"]  # the form comes first, then "all"
    if is_all:
        suffixes.pop()
    form = suffixes.pop() if suffixes else "asRaw"
    parse = header_forms.FORMS.get(form)
    field = field.lower()
    if suffixes or parse is None or not header_forms.is_allowed(field, form):
        return None
    convenience = None if is_all else CONVENIENT.get((field, form))
    return HeaderProperty(field, form, parse, is_all, convenience)


def is_header_property(name: str) -> bool:
    """Whether it names a header field in a form that is allowed for it."""
    return header_property(name) is not None


def headers(fields: Sequence[tuple[str, bytes]]) -> list[Record]:
    """EmailHeader[] (RFC 8621 4.1.3): all, in the order of the message, with names as written there."""
    return [{"name": name, "value": header_forms.as_raw(value)} for name, value in fields]


@lru_cache(maxsize=2048)
def _parsed(parse: Callable[[bytes], Any], value: bytes) -> Any:
    # The same List-Id stands in thousands of messages. Answers are not changed after they were made.
    return parse(value)
