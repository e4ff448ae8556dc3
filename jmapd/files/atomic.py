"""Files that appear whole or not at all, and stay after a power cut: written aside, synced and renamed."""

import contextlib
import ctypes
import errno
import os
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

KEEP_SIZE = 1  # FALLOC_FL_KEEP_SIZE of fallocate(2)
NOREPLACE, EXCHANGE = 1, 2  # RENAME_NOREPLACE, RENAME_EXCHANGE of renameat2(2)
WRITE = 2  # SYNC_FILE_RANGE_WRITE of sync_file_range(2)
FEW, SYNCS = 4, 16  # from how many files on, and how many at once
_AT_FDCWD = -100
_UNKNOWN_HERE = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)  # a kernel or file system that cannot do that
_NO_LINKS = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS)
_CHUNK = 1 << 20


def sync_folder(path: Path) -> None:
    """Makes the names in a folder durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_file(path: str) -> None:
    """Makes a file's content and times durable."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_files(paths: Sequence[str]) -> None:
    """The same for many: asked for at once, they cost the disk hardly more than one."""
    if len(paths) < FEW:
        for path in paths:
            sync_file(path)
        return
    with ThreadPoolExecutor(SYNCS) as pool:
        list(pool.map(sync_file, paths))


def write_new(path: str, data: bytes, mode: int, mtime: int | None = None) -> int:
    """A new file, not yet durable but on its way to the disk, so that many are written at once: see sync_file().

    Answers the mtime that the file system could keep. Raises OSError and leaves nothing.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if mode != 0o600:
            os.fchmod(fd, mode)
        write_all(fd, data)
        if mtime is not None:
            os.utime(fd, (mtime, mtime))
        if start := getattr(_libc(), "sync_file_range", None):
            start(fd, ctypes.c_int64(0), ctypes.c_int64(0), WRITE)
        return int(os.fstat(fd).st_mtime)
    except BaseException:
        os.unlink(path)  # noqa: PTH108 (bytes that are no UTF-8, and speed)
        raise
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Writes all of it. A full disk may answer with a short write first (libraries.md C.6)."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def write(path: Path, data: bytes, mode: int | None = None, aside: Path | None = None) -> None:
    """Replaces or makes the file `path` in one step; leaves nothing behind when it fails.

    It is written in the folder `aside`, by default that of `path`.
    """
    temporary = (aside or path.parent) / f".{path.name}.{secrets.token_hex(6)}.tmp"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if mode is None else mode)
    try:
        try:
            if mode is not None:
                os.fchmod(fd, mode)
            write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)
        temporary.rename(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def rename_new(source: str, target: str) -> None:
    """Renames, but never over a file that is there: raises FileExistsError. Other OSErrors as os.rename()."""
    if _renameat2(source, target, NOREPLACE):
        return
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), source, None, target)
    os.rename(source, target)  # noqa: PTH104 (bytes that are no UTF-8, and speed)


def exchange(one: str, other: str) -> bool:
    """Two files take each other's place in one step; False where that cannot be done. Raises OSError."""
    return _renameat2(one, other, EXCHANGE)


def _renameat2(source: str, target: str, flags: int) -> bool:
    rename = getattr(_libc(), "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), flags) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNKNOWN_HERE:
        return False
    raise OSError(code, os.strerror(code), source, None, target)


def link_or_copy(source: Path, target: Path, aside: Path, opened: Callable[[str], int]) -> None:
    """A second name for the content of `source`: a hard link, or a copy where there can be none.

    Raises FileExistsError when `target` exists. The copy keeps the modification time; it is made in the folder
    `aside` and moved when it is whole. Of a symbolic link the content is copied. `opened` answers a descriptor.
    """
    if not source.is_symlink():
        try:
            os.link(source, target)
            return
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
    temporary = aside / f".{secrets.token_hex(12)}.tmp"
    original = opened(str(source))
    try:
        _copy(original, temporary)
        rename_new(str(temporary), str(target))
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise
    finally:
        os.close(original)


def _copy(original: int, path: Path) -> None:
    found = os.fstat(original)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        while chunk := os.read(original, _CHUNK):
            write_all(fd, chunk)
        os.fchmod(fd, found.st_mode & 0o777)
        os.utime(fd, ns=(found.st_atime_ns, found.st_mtime_ns))
        os.fsync(fd)
    finally:
        os.close(fd)


def reserve(fd: int, offset: int, length: int) -> bool:
    """Takes disk space after the end of a file without growing it; False where that cannot be done."""
    allocate = getattr(_libc(), "fallocate", None)
    if allocate is None:
        return False
    return int(allocate(fd, KEEP_SIZE, ctypes.c_int64(offset), ctypes.c_int64(length))) == 0


_loaded: list[ctypes.CDLL] = []


def _libc() -> ctypes.CDLL | None:
    if not _loaded:
        try:
            _loaded.append(ctypes.CDLL(None, use_errno=True))
        except OSError:
            return None
    return _loaded[0]
