"""Mail addresses by themselves, as in an envelope (RFC 5321 4.1.2, 4.5.3.1; RFC 6531 3.3 beyond ASCII)."""

import ipaddress
import re

LONGEST_LOCAL, LONGEST_DOMAIN, LONGEST = 64, 255, 254  # octets

_DOT_STRING = re.compile(r'[^\s"(),:;<>@\[\\\].\x00-\x1f\x7f]++(?:\.[^\s"(),:;<>@\[\\\].\x00-\x1f\x7f]++)*+')
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*+"')
_DOMAIN = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*", re.UNICODE)


def split(address: str) -> tuple[str, str]:
    """Local part and domain; "" for a domain that is not there."""
    local, at, domain = address.rpartition("@")
    return (local, domain) if at else (address, "")


def is_address(address: str) -> bool:
    """Whether it can stand in an envelope. Nothing that could end a line passes."""
    local, domain = split(address)
    if not address.isprintable() or not _fits(address, LONGEST) or not _fits(local, LONGEST_LOCAL):
        return False
    return bool(_DOT_STRING.fullmatch(local) or _QUOTED.fullmatch(local)) and is_domain(domain)


def is_domain(domain: str) -> bool:
    """A host name, or an address in brackets (RFC 5321 4.1.3)."""
    if not _fits(domain, LONGEST_DOMAIN):
        return False
    if domain.startswith("[") and domain.endswith("]"):
        return _is_literal(domain[1:-1])
    return all(len(label) <= 63 for label in domain.split(".")) and bool(_DOMAIN.fullmatch(domain))


def normalised(address: str) -> str:
    """The same for addresses that lead to the same place: case does not count, nor how a domain is written."""
    local, domain = split(address)
    return f"{local.lower()}@{normalised_domain(domain)}" if domain else local.lower()


def normalised_domain(domain: str) -> str:
    """In lower case, beyond ASCII in its ASCII form (RFC 5891)."""
    if domain.isascii() or len(domain) > LONGEST_DOMAIN:
        return domain.lower()
    try:
        return domain.lower().encode("idna").decode("ascii")
    except UnicodeError:
        return domain.lower()


def _is_literal(text: str) -> bool:
    try:
        if text[:5].lower() == "ipv6:":
            ipaddress.IPv6Address(text[5:])
        else:
            ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _fits(text: str, longest: int) -> bool:
    try:
        return len(text.encode()) <= longest
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
