"""SMTP extensions a client may use in an envelope (RFC 8621 1.3.2 submissionExtensions), and their parameters."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from jmapd.wire.dates import parse_date

Extensions = Mapping[str, list[str]]  # EHLO name -> its arguments


class Parameter(NamedTuple):
    """One that RFCs define. `is_right` is asked about the value, null where there is none."""

    extension: str
    is_of_sender: bool  # of MAIL FROM, else of RCPT TO
    is_right: Callable[[str | None], bool]


def announced(lines: Iterable[str], max_delayed_send: int, max_size: int) -> dict[str, list[str]]:
    """The extensions that the Session names; FUTURERELEASE is ours: messages are held before they are sent."""
    found = {name.upper(): arguments for name, *arguments in map(str.split, lines)}
    found.pop("FUTURERELEASE", None)
    if max_delayed_send:
        found["FUTURERELEASE"] = [str(max_delayed_send)]
    if "SIZE" in found:
        found["SIZE"] = [str(max_size)]
    return dict(sorted(found.items()))


def _matches(pattern: str) -> Callable[[str | None], bool]:
    found = re.compile(pattern, re.I | re.A)
    return lambda value: value is not None and found.fullmatch(value) is not None


def _is_date(value: str | None) -> bool:
    try:
        return value is not None and parse_date(value) is not None
    except ValueError:
        return False


def _is_original(value: str | None) -> bool:
    """ORCPT: a type and an address (RFC 3461 4.2, RFC 6533 3), without the encoding it has on the wire."""
    kind, mark, address = (value or "").partition(";")
    return (
        bool(mark and kind and address) and kind.isascii() and (value or "").isprintable() and len(value or "") <= 500
    )


PARAMETERS: Mapping[str, Parameter] = {
    "SIZE": Parameter("SIZE", True, _matches(r"[0-9]{1,20}")),  # RFC 1870 6
    "BODY": Parameter("8BITMIME", True, _matches("7BIT|8BITMIME")),  # RFC 6152 3
    "SMTPUTF8": Parameter("SMTPUTF8", True, lambda value: value is None),  # RFC 6531 3.4
    "RET": Parameter("DSN", True, _matches("FULL|HDRS")),  # RFC 3461 4.3
    "ENVID": Parameter("DSN", True, _matches("[ -~]{1,100}")),  # 4.4
    "NOTIFY": Parameter("DSN", False, _matches("NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY)){0,2}")),
    "ORCPT": Parameter("DSN", False, _is_original),
    "HOLDFOR": Parameter("FUTURERELEASE", True, _matches("[0-9]{1,9}")),  # RFC 4865 5
    "HOLDUNTIL": Parameter("FUTURERELEASE", True, _is_date),
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


def wrong_parameter(name: str, value: object, is_of_sender: bool, extensions: Extensions) -> str | None:
    """What is wrong with a parameter; None: nothing. One that no RFC here defines is its extension's namesake."""
    if value is not None and not isinstance(value, str):
        return "must be a String or null"
    if not _NAME.fullmatch(name) or len(name) > 50:
        return "is no name of a parameter"
    known = PARAMETERS.get(name.upper())
    if (known.extension if known else name.upper()) not in extensions:
        return "is of no extension that submissionExtensions names"
    if known is None:
        return None if not value or value.isprintable() and len(value) <= 500 else "has control characters"
    if known.is_of_sender != is_of_sender:
        return f"is a parameter of {'mailFrom' if known.is_of_sender else 'rcptTo'}"
    return None if known.is_right(value) else "has a value that it cannot have"
