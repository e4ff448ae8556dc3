"""Dovecot's files in a Maildir: mailbox GUID, keyword letters, subscriptions, and the lock that guards its scans."""

import errno
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jmapd.files import atomic
from jmapd.stores.base import StoreUnavailable

UIDLIST = "dovecot-uidlist"
KEYWORDS = "dovecot-keywords"
SUBSCRIPTIONS = "subscriptions"
LETTERS = 26
STALE_SECONDS = 120  # Dovecot's own bound for this lock
TOUCH_SECONDS = 10.0  # and the pace at which its owner tells that he is alive
WAIT_SECONDS = 5.0  # no longer: a request waits
_GUID = re.compile(rb"\sG([0-9a-f]{32})(?:\s|$)")
_SYSTEM = {"$seen", "$flagged", "$answered", "$draft", "$deleted", "$recent"}
# RFC 8621 4.1.1: 1 to 255 of %x21-7e without these
_KEYWORD = re.compile(r'[^\x00-\x20\x7f-\uffff(){\]%*"\\]{1,255}')

Letters = tuple[str | None, ...]


def is_keyword(text: str) -> bool:
    """Whether a keyword may be shown: RFC 8621 4.1.1; the system ones have letters of their own."""
    return bool(_KEYWORD.fullmatch(text)) and text not in _SYSTEM


def mailbox_guid(folder: Path) -> str | None:
    """The GUID in the header of dovecot-uidlist, 32 hex digits."""
    try:
        with (folder / UIDLIST).open("rb") as file:
            header = file.readline(4096)
    except OSError:
        return None
    found = _GUID.search(header) if header.startswith(b"3 ") else None
    return found[1].decode() if found else None


def read_keywords(folder: Path) -> Letters:
    """The keyword of each letter, lower case; None for what is not used or may not be shown."""
    try:
        lines = (folder / KEYWORDS).read_bytes().decode("utf-8", "replace").splitlines()
    except OSError:
        return ()
    letters: list[str | None] = []
    for line in lines:
        number, _, keyword = line.partition(" ")
        if not number.isdecimal() or len(number) > 2 or int(number) >= LETTERS:
            continue
        letters.extend([None] * (int(number) + 1 - len(letters)))
        letters[int(number)] = keyword.lower() if is_keyword(keyword.lower()) else None
    return tuple(letters)


def add_keyword(folder: Path, keyword: str, taken: str) -> Letters:
    """Gives `keyword` a letter that is neither listed nor in `taken`; answers the letters as they are now.

    Without a free letter nothing changes. To be called with uidlist_lock() held.
    """
    path = folder / KEYWORDS
    try:
        lines = path.read_bytes().splitlines(keepends=True)
        mode = path.stat().st_mode & 0o777
    except FileNotFoundError:
        lines, mode = [], 0o600
    numbers = [line.partition(b" ")[0] for line in lines]
    used = {int(number) for number in numbers if number.isdigit() and len(number) <= 2}
    free = [n for n in range(LETTERS) if n not in used and chr(97 + n) not in taken]
    letters = read_keywords(folder)
    if keyword in letters or not free:
        return letters
    if lines and not lines[-1].endswith(b"\n"):
        lines[-1] += b"\n"
    lines.append(f"{free[0]} {keyword}\n".encode())
    before = path.stat().st_mtime if path.exists() else 0.0
    atomic.write(path, b"".join(lines), mode, folder / "tmp")  # one who is killed leaves no dot file in a Maildir
    if int(path.stat().st_mtime) <= int(before):
        # Dovecot reads the file again only when its mtime in seconds has changed
        os.utime(path, (before + 1, before + 1))
    return read_keywords(folder)


def read_subscriptions(root: Path, separator: str) -> set[str] | None:
    """The subscribed names as stored, parts joined by `separator`; None when there is no such file."""
    try:
        lines = (root / SUBSCRIPTIONS).read_bytes().decode("utf-8", "replace").split("\n")
    except OSError:
        return None
    if lines[0].startswith("V\t2"):
        return {separator.join(_unescape(part) for part in line.split("\t")) for line in lines[1:] if line}
    return {line.rstrip("\r") for line in lines if line.strip()}


def _unescape(text: str) -> str:
    """Dovecot's tab escaping."""
    codes = {"0": "\0", "1": "\1", "t": "\t", "r": "\r", "n": "\n"}
    return re.sub("\1(.)", lambda match: codes.get(match[1], match[1]), text)


def has_uidlist(folder: Path) -> bool:
    """Whether Dovecot keeps a list of uids for this folder, so that renames need its lock."""
    return os.path.exists(folder / UIDLIST)  # noqa: PTH110 (three times as fast, on the way of each write)


@contextmanager
def uidlist_lock(folder: Path) -> Iterator[None]:
    """Holds dovecot-uidlist.lock, if Dovecot has a list here. Raises StoreUnavailable when it stays taken.

    Without it a file renamed while Dovecot scans may look expunged and get a new UID.
    """
    if not has_uidlist(folder) and not os.path.lexists(folder / (UIDLIST + ".lock")):  # noqa: PTH110 (as above)
        yield  # neither has one nor is making its first
        return
    with dotlock(folder / UIDLIST):
        yield


@contextmanager
def dotlock(file: Path) -> Iterator[str]:
    """Holds file.lock, whose path it gives; who renames the lock over the file has let it go.

    It is made and removed by a descriptor of its folder, for another program may rename the folder meanwhile.
    """
    name = f"{file.name}.lock"
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        while not _take(folder, name):
            if time.monotonic() > deadline:
                raise StoreUnavailable(f"{file}.lock is held by another program")
            time.sleep(0.02)
        ours = os.stat(name, dir_fd=folder)
        try:
            yield f"{file}.lock"
        finally:
            with suppress(FileNotFoundError):
                if os.stat(name, dir_fd=folder).st_ino == ours.st_ino:  # else held too long, and taken over by another
                    os.unlink(name, dir_fd=folder)
    finally:
        os.close(folder)


def touch_lock(folder: Path) -> None:
    """For who holds uidlist_lock() for long: it goes on to count as held."""
    if has_uidlist(folder):
        with suppress(OSError):
            os.utime(folder / (UIDLIST + ".lock"))


def _take(folder: int, name: str) -> bool:
    """One try to make the lock file, which says who holds it as Dovecot's do; removes that of a dead process."""
    try:
        _make(folder, name)
        return True
    except FileExistsError:
        with suppress(FileNotFoundError):
            seen = os.stat(name, dir_fd=folder)
            if _is_abandoned(folder, name, seen) and os.path.samestat(seen, os.stat(name, dir_fd=folder)):
                os.unlink(name, dir_fd=folder)
        return False


def _make(folder: int, name: str) -> None:
    """The file comes into being with its content, so that one who is killed leaves none that tells nothing."""
    try:
        lock = os.open(".", os.O_TMPFILE | os.O_WRONLY, 0o644, dir_fd=folder)
        try:
            _sign(lock)
            os.link(f"/proc/self/fd/{lock}", name, src_dir_fd=lock, dst_dir_fd=folder)  # follows the link of /proc
            return
        finally:
            os.close(lock)
    except OSError as error:
        # EPERM: the folder was removed, and what follows says so
        if error.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT, errno.EPERM):
            raise
    lock = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644, dir_fd=folder)  # no such files, or no /proc
    try:
        _sign(lock)
    finally:
        os.close(lock)


def _sign(lock: int) -> None:
    with suppress(OSError):  # a full disk: then only its age tells
        os.write(lock, f"{os.getpid()}:{socket.gethostname()}".encode())


def _is_abandoned(folder: int, name: str, status: os.stat_result) -> bool:
    """Whether the process that made it is no more, or has not touched it for two minutes."""
    if time.time() - status.st_mtime > STALE_SECONDS:
        return True
    lock = os.open(name, os.O_RDONLY | os.O_NONBLOCK, dir_fd=folder)
    try:
        owner, _, host = os.read(lock, 512).strip().partition(b":")
    finally:
        os.close(lock)
    if host.decode("utf-8", "replace") != socket.gethostname() or not owner.isdigit() or not 0 < int(owner) < 1 << 31:
        return False
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False
