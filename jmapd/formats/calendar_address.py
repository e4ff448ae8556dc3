"""The URIs that stand for people in calendars (jmap-calendars-27 3), made comparable as RFC 3986 6.2.2 says."""

import re
from posixpath import normpath
from urllib.parse import quote, unquote

from jmapd.formats.mail_address import is_address
from jmapd.formats.mail_address import normalised as normalised_mail

LONGEST = 2000  # octets
MAILTO = "mailto:"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:").match
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]").fullmatch
_ALLOWED = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2}|[^\x00-\x7f])+").fullmatch
_ATEXT = "@!$'*+,;=:/?._~-"  # what may stand in mailto: as it is (RFC 6068 2)


def is_uri(text: str) -> bool:
    """Whether it has a scheme, and nothing that no URI (or IRI) can have."""
    scheme = _SCHEME(text)
    if scheme is None or len(text.encode("utf-8", "surrogatepass")) > LONGEST:
        return False
    return bool(_ALLOWED(text[scheme.end() :])) and text.isprintable()


def normalised_uri(uri: str) -> str:
    """Equal for equivalent ones: case of scheme and host, escapes, dots in a path; of a mail address all case."""
    scheme = _SCHEME(uri)
    if scheme is None:
        return uri
    head, rest = scheme[0].lower(), uri[scheme.end() :]
    if head == MAILTO:
        return head + normalised_mail(unquote(rest))
    rest = _ESCAPE.sub(_plain, rest)
    if not rest.startswith("//"):
        return head + rest
    authority, slash, path = rest[2:].partition("/")
    user, at, host = authority.rpartition("@")
    return f"{head}//{user}{at}{host.lower()}{_without_dots(slash + path)}"


def mail_address(uri: str) -> str | None:
    """The mail address of a mailto: URI; None where there is none, or more than that."""
    if uri[: len(MAILTO)].lower() != MAILTO:
        return None
    address = unquote(uri[len(MAILTO) :])
    return address if is_address(address) else None


def mailto(address: str) -> str:
    """The URI of a mail address."""
    return MAILTO + quote(address, safe=_ATEXT)


def _plain(escape: re.Match[str]) -> str:
    character = chr(int(escape[0][1:], 16))
    return character if _UNRESERVED(character) else escape[0].upper()


def _without_dots(path: str) -> str:
    """RFC 3986 6.2.2.3."""
    before, mark, query = path.partition("?")
    if "/." not in before:
        return path
    kept = normpath(before).replace("//", "/", 1) + ("/" if before.endswith(("/", "/.", "/..")) else "")
    return (kept if kept != "//" else "/") + mark + query
