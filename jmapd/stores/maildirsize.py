"""The file maildirsize of a Maildir++ (Courier's README.maildirquota): limits, and a line for each change.

Other programs keep it as well, without a lock: a line is appended with one write, and now and then all is counted anew.
"""

import logging
import os
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from jmapd.files import atomic
from jmapd.stores import maildir_names

log = logging.getLogger(__name__)

NAME = "maildirsize"
LARGEST = 5120  # octets: a longer file is made anew
DOUBTFUL = 15 * 60.0  # seconds: for so long sums that are over the limit are believed
ATTEMPTS = 3  # at counting while other programs change folders
_LINE = re.compile(rb"[ \t]*(-?\d{1,18})[ \t]+(-?\d{1,18})[ \t]*")
_LENGTH = re.compile(r",S=(\d{1,15})(?=,|$)")


class Maildirsize(NamedTuple):
    """What the file says; None where it has no limit."""

    header: bytes
    max_octets: int | None
    max_count: int | None
    octets: int
    messages: int
    is_doubtful: bool  # to be counted anew


def read(root: Path) -> Maildirsize | None:
    """None: there is no such file, so nobody keeps one."""
    try:
        with open(root / NAME, "rb", buffering=0) as file:  # noqa: PTH123
            data, mtime = file.read(LARGEST) or b"", os.fstat(file.fileno()).st_mtime
    except OSError as error:
        if not isinstance(error, FileNotFoundError):
            log.warning("%s/%s: %s", root, NAME, error.strerror)
        return None
    header, *lines = data.split(b"\n")
    limits = {kind: int(number) for number, kind in re.findall(rb"(\d{1,18})([SC])", header)}
    pairs = [(int(match[1]), int(match[2])) for line in lines if (match := _LINE.fullmatch(line))]
    octets, count = (sum(numbers) for numbers in zip(*pairs, strict=True)) if pairs else (0, 0)
    max_octets, max_count = limits.get(b"S") or None, limits.get(b"C") or None
    is_over = (max_octets is not None and octets > max_octets) or (max_count is not None and count > max_count)
    is_doubtful = len(data) >= LARGEST or (is_over and time.time() - mtime >= DOUBTFUL)
    return Maildirsize(header, max_octets, max_count, octets, count, is_doubtful)


def note(root: Path, folders: Iterable[str], octets: int, count: int) -> None:
    """Adds to the sums what came (or, below zero, went); `folders` are those that count, for counting anew."""
    found = read(root)
    if found is None:
        return
    try:
        if found.is_doubtful:
            _count_anew(root, found.header, list(folders))
        else:
            # padded as Courier does, so that most lines have the same length
            _append(root, f"{octets:>9} {count:>3}\n".encode())
    except OSError as error:
        log.warning("%s/%s: %s", root, NAME, error.strerror)


def _append(root: Path, line: bytes) -> None:
    fd = os.open(root / NAME, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.write(fd, line)
    finally:
        os.close(fd)


def _count_anew(root: Path, header: bytes, folders: list[str]) -> None:
    directories = [f"{folder}/{part}" for folder in folders for part in ("new", "cur")]
    for _ in range(ATTEMPTS):
        before = _stamps(directories)
        sizes = [size for directory in directories for size in _sizes(directory)]
        temporary = root / "tmp" / maildir_names.new_base()
        try:
            mode = os.stat(root / NAME).st_mode & 0o777  # noqa: PTH116
            atomic.write_new(str(temporary), header + f"\n{sum(sizes)} {len(sizes)}\n".encode(), mode, int(time.time()))
            atomic.sync_file(str(temporary))
            temporary.replace(root / NAME)
        finally:
            temporary.unlink(missing_ok=True)
        if _stamps(directories) == before:
            return


def _stamps(directories: list[str]) -> list[int]:
    found = []
    for directory in directories:
        with suppress(FileNotFoundError):
            found.append(os.stat(directory).st_mtime_ns)  # noqa: PTH116
    return found


def _sizes(directory: str) -> Iterable[int]:
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if maildir_names.is_message(entry.name):  # what is flagged as deleted does not count
                    with suppress(FileNotFoundError):
                        yield size_of(entry.name, entry.path)
    except FileNotFoundError:
        return


def size_of(name: str, path: str) -> int:
    """Octets on disk: as the name says, or those of the file. Raises FileNotFoundError."""
    match = _LENGTH.search(maildir_names.base_of(name))
    return int(match[1]) if match else os.stat(path).st_size  # noqa: PTH116
