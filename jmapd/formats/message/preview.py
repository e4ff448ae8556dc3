"""Preview of a message (RFC 8621 4.1.4): the first words of its body, quoted lines left out."""

import re

from jmapd.formats.html_text import html_text
from jmapd.formats.message import body
from jmapd.formats.message.part import Part

MAX_LENGTH = 256
_LOOK = 8192  # characters of plain text that are looked at
_LOOK_HTML = 65536
_ATTRIBUTION = re.compile(
    r"(?:.{0,200}\b(?:wrote|writes|schrieb|écrit|escribió|scrisse)[^:\n]{0,80}:|-{2,}.{0,60}-{2,})\s*"
)
_NOT_SHOWN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufffc]+")


def preview(root: Part) -> str:
    """At most 256 characters; "" if there is no text."""
    text, html, _ = body.body_lists(root)
    return preview_of(text, html)


def preview_of(text: list[Part], html: list[Part]) -> str:
    """`preview` of lists already made."""
    for part in (*text[:10], *html[:10]):
        if part.type == "text/html":
            found = shorten(html_text(body.excerpt(part)[:_LOOK_HTML])[:_LOOK])
        elif part.type.startswith("text/"):
            found = shorten(body.excerpt(part)[:_LOOK])
        else:
            continue
        if found:
            return found
    return ""


def shorten(text: str) -> str:
    """One line of text: what the sender wrote himself if there is any, else all."""
    own: list[str] = []
    length = 0
    for line in text.split("\n"):
        line = line.strip()
        if line == "--":  # signature, RFC 3676 4.3 (white space is stripped)
            break
        if not line or line[0] == ">" or (line[-1] in ":-" and _ATTRIBUTION.fullmatch(line[:300])):
            continue
        own.append(line)
        length += len(line)
        if length > MAX_LENGTH:
            break
    found = " ".join(" ".join(own).split()) or " ".join(text.split())
    if not found.isascii():
        found = _NOT_SHOWN.sub("", found)
        found = " ".join(found.split())
    elif not found.isprintable():
        found = _NOT_SHOWN.sub("", found)
    return found[:MAX_LENGTH].rstrip()
