"""The file CURRENT of an index folder: its epoch, and the names of the snapshot, records and journal that count."""

import contextlib
import os
import re
import secrets
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jmapd.files import atomic
from jmapd.index import IndexDamaged, journal
from jmapd.index.journal import decode_json, decode_line, encode_json

CURRENT = "CURRENT"
FORMAT = 3  # of all files of an index; one of a format that is not in READ is made anew
READ = (2, 3)  # 2 has no records of LARGE types; it becomes 3 with the first of them
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
Names = dict[str, Any]  # epoch, snapshot (or None), records (or None), journal, boot, format
_NUMBERED = re.compile(r"(snapshot|journal|records)\.(\d{6,})\Z")


def boot_id() -> str:
    """Another one after each start of the machine; "" where that cannot be known."""
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""


def new_epoch() -> str:
    return secrets.token_hex(5)


def read_current(fd: int) -> Names:
    """Raises IndexDamaged."""
    data = os.pread(fd, 1 << 16, 0)
    crc, _, body = data.removesuffix(b"\n").partition(b"\t")
    try:
        names: Names = decode_json(body) if int(crc, 16) == zlib.crc32(body) else {}
    except ValueError:
        names = {}
    if not names:
        raise IndexDamaged("CURRENT is damaged")
    if names.get("format") not in READ:
        raise IndexDamaged("the index was written by another version of jmapd")
    return names


def switch(folder: Path, names: Names) -> None:
    """Makes the index consist of these files from now on, and removes all others. Only under the lock."""
    body = encode_json({"format": FORMAT} | names)
    atomic.write(folder / CURRENT, b"%08x\t%b\n" % (zlib.crc32(body), body))
    kept = {names["snapshot"], names["records"], names["journal"]}
    for path in folder.iterdir():
        if _NUMBERED.match(path.name) and path.name not in kept:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()


def discard(folder: Path, names: Iterable[str]) -> None:
    """Removes files that were made for a switch that did not happen. Only under the lock."""
    fd = os.open(folder / CURRENT, os.O_RDONLY)
    try:
        current = read_current(fd).values()
    finally:
        os.close(fd)
    for name in names:
        if name not in current:
            (folder / name).unlink(missing_ok=True)


def next_number(folder: Path) -> int:
    """Above that of every file of the index."""
    found = (_NUMBERED.match(path.name) for path in folder.iterdir())
    return max((int(match[2]) for match in found if match), default=0) + 1


def start(folder: Path) -> None:
    """An index with nothing in it. Only under the lock."""
    name = f"journal.{next_number(folder):06}"
    journal.create(folder / name)
    switch(folder, {"epoch": new_epoch(), "snapshot": None, "records": None, "journal": name, "boot": boot_id()})


def after_boot(folder: Path) -> None:
    """The machine was started anew: a damaged end of the journal is cut off, and then a new epoch begins.

    Nothing that was answered is lost, for no state is answered before its line is on the disk; but a disk that
    answers too early may have lost more. Only under the lock.
    """
    fd = os.open(folder / CURRENT, os.O_RDONLY)
    try:
        names = read_current(fd)
    finally:
        os.close(fd)
    if names["boot"] == boot_id():
        return
    path = folder / names["journal"]
    data = path.read_bytes() if path.exists() else b""
    good = 0
    while (end := data.find(b"\n", good)) >= 0 and decode_line(data[good:end]) is not None:
        good = end + 1
    if good < len(data):
        with path.open("r+b") as file:
            file.truncate(good)
            os.fsync(file.fileno())
        names["epoch"] = new_epoch()
    switch(folder, names | {"boot": boot_id()})
