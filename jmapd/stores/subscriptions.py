"""Dovecot's file `subscriptions` (both versions), which says what RFC 8621 2 isSubscribed does."""

import os
import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from jmapd.stores.dovecot import SUBSCRIPTIONS, dotlock

_HEADER = b"V\t2\n\n"
_ESCAPES = {"\0": "\x010", "\1": "\x011", "\t": "\x01t", "\r": "\x01r", "\n": "\x01n"}


def exists(root: Path) -> bool:
    """Whether there is such a file."""
    return (root / SUBSCRIPTIONS).exists()


def change(root: Path, separator: str, gone: Collection[str], come: Iterable[str]) -> Callable[[], None]:
    """Takes names (as stored, parts joined by `separator`) off the list and puts others on; made where there is none.

    Answers what undoes it. Raises StoreUnavailable while another program holds the lock, OSError.
    """
    path = root / SUBSCRIPTIONS
    with dotlock(path) as lock:
        before = path.read_bytes() if path.exists() else None
        after = _changed(before, separator, gone, come)
        if after == before:
            return lambda: None
        _replace(path, lock, after)
    return lambda: _restore(path, before)


def _changed(before: bytes | None, separator: str, gone: Collection[str], come: Iterable[str]) -> bytes:
    content = _HEADER if before is None else before
    has_version = content.startswith(b"V\t2")
    lines = content.split(b"\n")
    head, lines = ([lines[0], b""], lines[1:]) if has_version else ([], lines)

    def line(name: str) -> bytes:
        parts = name.split(separator) if has_version else [name]
        text = "\t".join(re.sub("[\0\1\t\r\n]", lambda match: _ESCAPES[match[0]], part) for part in parts)
        return os.fsencode(text if has_version else name)

    dropped = {line(name) for name in gone}
    kept = [each for each in lines if each and each.rstrip(b"\r") not in dropped]
    for each in map(line, come):
        if each not in kept:
            kept.append(each)
    return b"".join(each + b"\n" for each in [*head, *kept])


def _replace(path: Path, lock: str, content: bytes) -> None:
    """The lock becomes the file, as Dovecot does it."""
    mode = path.stat().st_mode & 0o777 if path.exists() else path.parent.stat().st_mode & 0o666 | 0o600
    with open(lock, "r+b") as file:  # noqa: PTH123 (as text: bytes that are no UTF-8)
        file.truncate()
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    os.rename(lock, path)  # noqa: PTH104


def _restore(path: Path, content: bytes | None) -> None:
    with dotlock(path) as lock:
        if content is None:
            path.unlink(missing_ok=True)
        else:
            _replace(path, lock, content)
