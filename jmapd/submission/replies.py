"""Answers of an SMTP server as the strings of DeliveryStatus.smtpReply (RFC 8621 7, RFC 5321 4.2, RFC 3463)."""

import re
from dataclasses import dataclass

LONGEST = 1000  # characters of an answer that are kept
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?= |$)")


@dataclass(frozen=True)
class Reply:
    """A code and its text; `text` begins with the enhanced status code, where there is one."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code:03} {self.text}".rstrip()

    @property
    def is_ok(self) -> bool:
        return 200 <= self.code <= 299

    @property
    def is_final(self) -> bool:
        """Refused, and trying again does not help (RFC 5321 4.2.1)."""
        return self.code >= 500

    @property
    def delivered(self) -> str:
        """DeliveryStatus.delivered: relaying is no proof that a message arrived."""
        return "unknown" if self.is_ok else "no" if self.is_final else "queued"


class Failure(Exception):
    """The server cannot be used for this message, or at all; what is said of all its recipients."""

    def __init__(self, code: int, text: str) -> None:
        self.reply = Reply(code, text)
        super().__init__(str(self.reply))


class Unreachable(Failure):
    """No session came about: nothing is known of any message, and another one would fare no better now."""


def from_lines(code: int, octets: bytes) -> Reply:
    """The lines of an answer, without their codes, as one.

    RFC 8621 7: what later lines have in common with the first goes, so an enhanced status code stands there once.
    """
    lines = [_printable(line) for line in octets.decode("utf-8", "replace").split("\n")]
    found = _ENHANCED.match(lines[0])
    if found:
        lines[1:] = [f"{line} ".removeprefix(f"{found[0]} ").strip() for line in lines[1:]]
    text = " ".join(line for line in lines if line)
    # What is no reply code at all says nothing about the message.
    return Reply(code if 200 <= code <= 599 else 451, text[:LONGEST].rstrip())


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in line.replace("\t", " ")).strip()
