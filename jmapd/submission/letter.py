"""A message with its envelope as SMTP commands: addresses and parameters (RFC 5321 4.1.2, 3461 4, 6152, 6531, 8689)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jmapd.submission.replies import Failure

# The extension that lets us send a parameter, where it is not called as that is.
EXTENSIONS = {"RET": "dsn", "ENVID": "dsn", "NOTIFY": "dsn", "ORCPT": "dsn", "BY": "deliverby"}
# Found from the message (RFC 1870, 6152, 6531), done by ourselves (RFC 4865), or not for a client to say (RFC 4954).
OURS = ("SIZE", "BODY", "SMTPUTF8", "HOLDFOR", "HOLDUNTIL", "AUTH")
_VALUE = re.compile(r"[!-<>-~]+", re.ASCII)  # RFC 5321 4.1.2: esmtp-value
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_DOT = re.compile(rb"^\.", re.MULTILINE)

Features = Mapping[str, str]  # of the server: keyword of EHLO in lower case -> parameters


@dataclass(frozen=True)
class Letter:
    """What is to be sent to one server at one time."""

    sender: dict[str, Any]  # an Address of RFC 8621 7
    recipients: list[dict[str, Any]]
    message: bytes = field(repr=False)
    envelope_id: str = ""

    @cached_property
    def is_8bit(self) -> bool:
        return not self.message.isascii()

    @cached_property
    def has_utf8_header(self) -> bool:
        return self.is_8bit and not self.message.partition(b"\r\n\r\n")[0].isascii()

    def wants_utf8(self) -> bool:
        """Whether it can be sent by SMTPUTF8 only, whoever receives it (RFC 6531 3.4)."""
        return self.has_utf8_header or address(self.sender["email"], is_utf8=False) is None

    def check(self, features: Features) -> bool:
        """Whether SMTPUTF8 is to be used. Raises Failure when this server can never take it."""
        limit = features.get("size", "").split(" ")[0]
        if limit.isdecimal() and 0 < int(limit) < len(self.message):
            # RFC 1870 6.1: the client may know before it asks
            raise Failure(552, f"5.3.4 The message has {len(self.message)} octets, the server takes {limit}")
        if self.is_8bit and "8bitmime" not in features:
            raise Failure(554, "5.6.3 The message is in 8-bit form, which the server does not take")
        if "smtputf8" in features:
            return self.wants_utf8() or any(address(each["email"], is_utf8=False) is None for each in self.recipients)
        if self.wants_utf8():
            code = "5.6.9 The header of the message is" if self.has_utf8_header else "5.6.7 The sender's address is"
            raise Failure(550, f"{code} not in ASCII, which the server does not take")
        return False

    def mail_command(self, features: Features, is_utf8: bool) -> str:
        """MAIL FROM with its parameters. Raises Failure."""
        given = _upper(self.sender)
        if "REQUIRETLS" in given and "requiretls" not in features:
            raise Failure(550, "5.7.30 REQUIRETLS is asked for, which the server does not offer")
        if self.envelope_id and self.sender["email"]:
            given["ENVID"] = self.envelope_id  # RFC 8621 7: by it a DSN finds its submission
        words = [f"SIZE={len(self.message)}"] if "size" in features else []
        words += ["BODY=8BITMIME"] if self.is_8bit else []
        words += ["SMTPUTF8"] if is_utf8 else []
        return " ".join([f"MAIL FROM:<{_sendable(self.sender, is_utf8)}>", *words, *_parameters(given, features)])

    def rcpt_command(self, recipient: Mapping[str, Any], features: Features, is_utf8: bool) -> str:
        """RCPT TO with its parameters. Raises Failure."""
        given = _upper(recipient)
        if self.envelope_id and self.sender["email"]:
            given.setdefault("ORCPT", f"{'rfc822' if recipient['email'].isascii() else 'utf-8'};{recipient['email']}")
        return " ".join([f"RCPT TO:<{_sendable(recipient, is_utf8)}>", *_parameters(given, features)])

    def octets(self) -> bytes:
        """What follows DATA: lines end in CRLF and nothing else does (RFC 5321 2.3.8), dots are doubled (4.5.2)."""
        data = _BARE.sub(b"\r\n", self.message) if _BARE.search(self.message) else self.message
        return _DOT.sub(b"..", data) + (b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n")


def address(email: str, is_utf8: bool) -> str | None:
    """The form that goes over the wire; None when there is none without SMTPUTF8."""
    local, at, domain = email.rpartition("@")
    if email.isascii() or (is_utf8 and not local.isascii()):
        return email
    if not local.isascii():
        return None
    try:
        return local + at + domain.encode("idna").decode("ascii")  # RFC 6531 3.2: an A-label needs no extension
    except UnicodeError:
        return None


def _sendable(given: Mapping[str, Any], is_utf8: bool) -> str:
    email: str = given["email"]
    if not email.isprintable():
        raise Failure(553, "5.1.3 The address has characters that no address may have")
    found = address(email, is_utf8)
    if found is None:
        raise Failure(553, "5.6.7 The address is not in ASCII, which the server does not take")  # RFC 6531 3.5
    return found


def _upper(given: Mapping[str, Any]) -> dict[str, str | None]:
    return {name.upper(): value for name, value in (given.get("parameters") or {}).items()}


def _parameters(given: Mapping[str, str | None], features: Features) -> list[str]:
    words = []
    for name, value in given.items():
        if name in OURS or EXTENSIONS.get(name, name.lower()) not in features:
            continue
        if value is None:
            words.append(name)
            continue
        text = xtext(value) if name == "ENVID" else _original(value) if name == "ORCPT" else value
        if _VALUE.fullmatch(text):
            words.append(f"{name}={text}")
    return words


def xtext(text: str) -> str:
    """RFC 3461 4."""
    return "".join(
        character if "!" <= character <= "~" and character not in "+=" else "".join(f"+{o:02X}" for o in octets)
        for character, octets in ((character, character.encode()) for character in text)
    )


def _original(value: str) -> str:
    """ORCPT: a type and an address (RFC 3461 4.2); what is not ASCII in the form that goes everywhere (RFC 6533 3)."""
    kind, _, email = value.partition(";")
    if kind.lower() != "utf-8":
        return f"{kind};{xtext(email)}"
    plain = (c if "!" <= c <= "~" and c not in "\\+=" else f"\\x{{{ord(c):02X}}}" for c in email)
    return f"{kind};{''.join(plain)}"
