"""A VacationResponse as a Sieve script (RFC 5228, 5230, 5260), and a script that runs another besides (RFC 6609)."""

import re
from collections.abc import Iterable

import orjson

from jmapd.formats.message.auto_reply import body_entity, handle, texts
from jmapd.wire import Record
from jmapd.wire.dates import parse_utc_date, utc_date

_MARK = "# jmapd: active before: "
_TOKEN = re.compile(  # RFC 5228 8.1; what is of no interest is passed over
    r"""(?:\#[^\n]*+|/\*.*?(?:\*/|\Z)|text:[ \t]*+(?:\#[^\n]*+)?\r?\n.*?(?:^\.\r?$|\Z))
    |"(?P<string>(?:[^"\\]|\\.|\\\Z)*+)(?:"|\Z)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*+)
    |(?P<end>[;{}])""",
    re.S | re.M | re.X,
)
_ANSWERS = ("vacation", "reject", "ereject")


def script(vacation: Record, addresses: Iterable[str], days: int) -> str:
    """The script that answers as the VacationResponse says, taken to be enabled."""
    head = "# Written by jmapd for the VacationResponse of JMAP: changes made here are lost.\n"
    text, html = texts(vacation)
    words = [f'vacation :days {days} :handle "jmapd-{handle(vacation)[:32]}"']
    if vacation["subject"] is not None:
        words.append(f":subject {quoted(vacation['subject'])}")
    own = [quoted(address) for address in addresses]
    if own:
        words.append(f":addresses [{', '.join(own)}]")
    if html is None:
        words.append(quoted(text.replace("\r\n", "\n").replace("\n", "\r\n")))
    else:
        words.append(f":mime {quoted(body_entity(vacation).decode())}")
    tests = [*_dates(vacation), 'not header :matches ["X-Spam-Flag", "X-Spam", "X-Spam-Status"] "yes*"']
    return (
        f'{head}require ["vacation", "date", "relational"];\n'
        f"if allof ({', '.join(tests)}) {{\n    {' '.join(words)};\n}}\n"
    )


def _dates(vacation: Record) -> list[str]:
    """RFC 8621 8: from fromDate on, and before toDate. All in UTC, so the texts sort as the times do."""
    found = []
    for name, match in (("fromDate", "ge"), ("toDate", "lt")):
        if vacation[name] is not None:
            moment = utc_date(parse_utc_date(vacation[name])).removesuffix("Z")
            found.append(f'currentdate :zone "+0000" :value "{match}" "iso8601" "{moment}"')
    return found


def quoted(text: str) -> str:
    """A quoted string (RFC 5228 2.4.2), which may have line ends, but no NUL."""
    escaped = text.replace("\0", "").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def wrapper(names: Iterable[str], before: str) -> str:
    """Runs the personal scripts of these names; `before` is what was active, for active_before().

    One that the user removes meanwhile is no error."""
    includes = "".join(f"include :personal :optional {quoted(name)};\n" for name in names)
    return f'{_MARK}{orjson.dumps(before).decode()}\nrequire ["include"];\n{includes}'


def active_before(text: str) -> str | None:
    """What wrapper() was told; None for a script that is none of its making."""
    first = text.partition("\n")[0]
    if not first.startswith(_MARK):
        return None
    try:
        found = orjson.loads(first.removeprefix(_MARK))
    except ValueError:
        return None
    return found if isinstance(found, str) else None


def answers(text: str) -> str | None:
    """The action in a script that no vacation may stand beside (RFC 5230 4.7), None when there is none."""
    words = (found["word"] for found in _TOKEN.finditer(text))
    return next((word.lower() for word in words if word and word.lower() in _ANSWERS), None)


def included(text: str) -> list[str]:
    """The names of the scripts that a script includes (RFC 6609 3.2); no paths, which Pigeonhole refuses."""
    names, is_named = [], False
    for found in _TOKEN.finditer(text):
        if found["word"] or found["end"]:
            is_named = (is_named and not found["end"]) or (found["word"] or "").lower() == "include"
        elif is_named and found["string"] is not None:
            names.append(re.sub(r"\\(.)", r"\1", found["string"], flags=re.S))
            is_named = False
    return [name for name in names if "/" not in name]
