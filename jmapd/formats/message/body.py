"""Body parts of a message (RFC 8621 4.1.4): the lists for display, their text, hasAttachment."""

import re
from typing import Any

from jmapd.formats.message import charset, transfer
from jmapd.formats.message.part import Part

EXCERPT = 512 * 1024  # octets of a part that preview and search look at

# A quoted value may hold ">"; a stray quote is looked after for so many characters only, so the work stays linear.
_TAG = re.compile(
    r"""<(?:[a-zA-Z/!?]|\Z)[^>"']*+(?:(?:"[^"]{0,1000}+(?:"|\Z)|'[^']{0,1000}+(?:'|\Z)|["'])[^>"']*+)*+(>)?"""
)
_SIGNATURES = frozenset(("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"))
_MEDIA = ("image/", "audio/", "video/")

Lists = tuple[list[Part], list[Part], list[Part]]


def body_lists(root: Part) -> Lists:
    """textBody, htmlBody and attachments."""
    text: list[Part] = []
    html: list[Part] = []
    attachments: list[Part] = []
    _collect([root], "mixed", False, html, text, attachments)
    return text, html, attachments


def _collect(
    parts: list[Part],
    multipart: str,
    in_alternative: bool,
    html: list[Part] | None,
    text: list[Part] | None,
    attachments: list[Part],
) -> None:
    """The algorithm of RFC 8621 4.1.4; a list that is None takes no more parts of this branch."""
    text_length = len(text) if text is not None else -1
    html_length = len(html) if html is not None else -1
    for index, part in enumerate(parts):
        if part.is_multipart:
            kind = part.type[10:]
            _collect(part.children, kind, in_alternative or kind == "alternative", html, text, attachments)
        elif not _is_inline(part, index, multipart):
            attachments.append(part)
        elif multipart == "alternative":
            # "attachments" has whatever is in neither body list, by its definition
            chosen = {"text/plain": text, "text/html": html}.get(part.type)
            (attachments if chosen is None else chosen).append(part)
        else:
            if in_alternative and part.type == "text/plain":
                html = None
            if in_alternative and part.type == "text/html":
                text = None
            _add(part, html, text, attachments)
    if multipart == "alternative" and text is not None and html is not None:
        _fill_gap(html, html_length, text, text_length)


def _add(part: Part, html: list[Part] | None, text: list[Part] | None, attachments: list[Part]) -> None:
    if text is not None:
        text.append(part)
    if html is not None:
        html.append(part)
    if (text is None or html is None) and part.type.startswith(_MEDIA):
        attachments.append(part)


def _fill_gap(html: list[Part], html_length: int, text: list[Part], text_length: int) -> None:
    """An alternative that had only one of the two kinds gives it to both lists."""
    if text_length == len(text) and html_length != len(html):
        text += html[html_length:]
    if html_length == len(html) and text_length != len(text):
        html += text[text_length:]


def _is_inline(part: Part, index: int, multipart: str) -> bool:
    """Is this a body part rather than an attachment?"""
    is_media = part.type.startswith(_MEDIA)
    if not (is_media or part.type in ("text/plain", "text/html")) or part.disposition == "attachment":
        return False
    return index == 0 or (multipart != "related" and (is_media or not part.name))


def decode_text(part: Part, limit: int | None = None) -> tuple[str, bool]:
    """Text of a part with LF line ends, and isEncodingProblem; of the first `limit` octets only if given."""
    encoding = part.encoding
    data = part.plain() if limit is None else transfer.decode(part.stored(limit), encoding)
    text, problem = charset.decode(data, part.parameters.get("charset"))
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    return text, problem or not transfer.is_known(encoding)


def excerpt(part: Part) -> str:
    """Text of the first EXCERPT octets; kept on the part."""
    if part.excerpt is None:
        part.excerpt = decode_text(part, EXCERPT)
    return part.excerpt[0]


def body_value(part: Part, max_bytes: int = 0) -> dict[str, Any]:
    """An EmailBodyValue; `max_bytes` is maxBodyValueBytes (RFC 8621 4.2), 0 for no limit."""
    text, problem = decode_text(part)
    is_truncated = False
    if max_bytes and len(text) * 4 > max_bytes:
        text, is_truncated = truncate(text, max_bytes, part.type == "text/html")
    return {"value": text, "isEncodingProblem": problem, "isTruncated": is_truncated}


def truncate(text: str, max_bytes: int, is_html: bool) -> tuple[str, bool]:
    """At most so many octets of UTF-8, cut neither within a character nor, in HTML, within a tag."""
    octets = text[: max_bytes + 1].encode()
    if len(octets) <= max_bytes:
        return text, False
    cut = octets[:max_bytes].decode("utf-8", "ignore")
    return (cut[: _outside_tag(cut)] if is_html else cut), True


def _outside_tag(text: str) -> int:
    """Length of `text` without a tag that is open at its end."""
    for tag in _TAG.finditer(text):
        if tag.end() == len(text) and not tag[1]:
            return tag.start()
    return len(text)


def has_attachment(root: Part) -> bool:
    """True if `attachments` holds a part that is not inline.

    Passed over, as RFC 8621 4.1.4 allows: signatures of multipart/signed and images that an HTML part shows by "cid:".
    """
    text, html, attachments = body_lists(root)
    return any_attachment(attachments, html)


def any_attachment(attachments: list[Part], html: list[Part]) -> bool:
    """`has_attachment` of lists already made."""
    offered = [part for part in attachments if part.disposition != "inline" and part.type not in _SIGNATURES]
    if not offered:
        return False
    if all(part.type.startswith("image/") and part.disposition is None and part.cid for part in offered):
        shown = " ".join(excerpt(part) for part in html if part.type == "text/html")
        return not all(f"cid:{part.cid}" in shown for part in offered[:100])
    return True
