"""File operations of one transaction on a Maildir, each with what undoes it; durable before the index is told."""

# Plain os calls: fifty renames must cost what fifty renames cost.
# ruff: noqa: PTH103, PTH108, PTH110, PTH112, PTH114, PTH116, PTH120, PTH208

import contextlib
import errno
import logging
import os
import stat
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from jmapd.files import atomic
from jmapd.stores import dovecot, maildir_names
from jmapd.stores.base import OverQuota, ReadOnly, RecordNotFound, StoreError, StoreUnavailable
from jmapd.stores.maildir_names import from_text

log = logging.getLogger(__name__)

_FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def store_error(error: OSError) -> StoreError:
    """What an OSError means for the caller; the path goes to the log only."""
    log.warning("%s", error)
    if error.errno in _FULL:
        return OverQuota(os.strerror(error.errno))
    if error.errno in _REFUSED:
        return ReadOnly(os.strerror(error.errno))
    if error.errno == errno.ENOENT:
        return RecordNotFound("the message's file is gone")
    return StoreUnavailable(error.strerror or str(error))


def locate(folder: str, name: str) -> str | None:
    """Where "cur/base:2,S" is now: the same base in cur/ or new/ with other flags."""
    base = maildir_names.base_of(name[4:])
    for part in ("cur", "new"):
        with contextlib.suppress(OSError):
            for found in os.listdir(f"{folder}/{part}"):
                text = maildir_names.to_text(found)
                if maildir_names.base_of(text) == base and maildir_names.is_message(found):
                    return f"{part}/{text}"
    return None


class FileChanges:
    """Renames, links and removals in the folders of one account.

    What is to be removed stays as it is until the index is told: who is killed before that has removed nothing.
    """

    def __init__(self) -> None:
        self._undo: list[Callable[[], object]] = []
        self._undo_folders: list[Callable[[], object]] = []
        self._doomed: list[tuple[str, str]] = []  # (folder, "cur/name") to be removed after the commit
        self._last: dict[tuple[str, str], os.stat_result] = {}
        self._touched: dict[str, None] = {}  # directories changed, in the order to make them durable
        self._locks = ExitStack()
        self._locked: set[str] = set()
        self._lock_time = time.monotonic()

    @contextmanager
    def record(self) -> Iterator[None]:
        """The operations on one record: all or, with an exception, none of them."""
        undone, doomed = len(self._undo), len(self._doomed)
        self._touch_locks()
        try:
            yield
        except BaseException as error:
            self._undo_to(undone)
            del self._doomed[doomed:]
            if isinstance(error, OSError):
                raise store_error(error) from error
            raise

    def lock(self, folder: str) -> None:
        """Dovecot's lock on a folder, kept until the end."""
        if folder not in self._locked:
            self._locks.enter_context(dovecot.uidlist_lock(Path(folder)))
            self._locked.add(folder)

    def _touch_locks(self) -> None:
        """In the course of many operations."""
        if self._locked and time.monotonic() - self._lock_time > dovecot.TOUCH_SECONDS:
            self._lock_time = time.monotonic()
            for folder in self._locked:
                dovecot.touch_lock(Path(folder))

    def touched(self) -> Collection[str]:
        """The cur/ and new/ directories that were changed."""
        return self._touched.keys()

    def doomed(self) -> Collection[tuple[str, str]]:
        """(folder, "cur/name") of all that finish() will remove."""
        return self._doomed

    def rename(self, old: str, new: str) -> None:
        """A file's new name, in the same folder or in another. Raises FileNotFoundError, FileExistsError."""
        atomic.rename_new(old, new)
        self._undo.append(partial(atomic.rename_new, new, old))
        self._touch(new, old)  # the new name is made durable before the old one's end

    def link(self, old: str, new: str) -> None:
        """A second name for a file, or a copy where links cannot be."""
        atomic.link_or_copy(Path(old), Path(new), Path(new).parents[1] / "tmp")
        self._undo.append(partial(os.unlink, new))
        self._touch(new)

    def move(self, folder: str, name: str, new: str) -> None:
        """The file "cur/name" into another folder; by copying when that is elsewhere, or it is a symbolic link."""
        old = f"{folder}/{from_text(name)}"
        if not os.path.islink(old):
            try:
                self.rename(old, new)
                return
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
        self.link(old, new)
        self.remove(folder, name)

    def remove(self, folder: str, name: str, is_last: bool = False) -> None:
        """Has "cur/name" taken away by finish(). Raises OSError when it is not there or could not be removed.

        `is_last`: nothing of the message is to stay, wherever another program moves it before that.
        """
        path = f"{folder}/{from_text(name)}"
        directory = os.path.dirname(path)
        status, above = os.lstat(path), os.stat(directory)
        is_kept = above.st_mode & stat.S_ISVTX and os.geteuid() not in (0, status.st_uid, above.st_uid)
        if is_kept or not os.access(directory, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        self._doomed.append((folder, name))
        if is_last:
            self._last[folder, name] = status

    def make_folder(self, path: str, is_subfolder: bool) -> None:
        """A new Maildir folder with its three directories; the marker that Maildir++ wants in a subfolder."""
        parts = [path, *(f"{path}/{part}" for part in ("tmp", "new", "cur"))]
        for part in parts:
            if not os.path.isdir(part):
                os.makedirs(part, 0o700)
                self._undo_folders.append(partial(os.rmdir, part))
        marker = f"{path}/maildirfolder"
        if is_subfolder and not os.path.exists(marker):
            os.close(os.open(marker, os.O_CREAT | os.O_WRONLY, 0o600))
            self._undo_folders.append(partial(os.unlink, marker))
        self._touch(marker, path)

    def sync(self) -> None:
        """Makes all of it durable: one fsync for each directory."""
        for folder in self._touched:
            atomic.sync_folder(Path(folder))

    def finish(self, folders: Collection[str]) -> Collection[str]:
        """After the commit: removes what is to go. Answers the directories in which all went as it should.

        `folders`: all there are, for what has just been moved.
        """
        removed: dict[str, bool] = {}
        for folder, name in self._doomed:
            self._touch_locks()
            directory = f"{folder}/{name[:3]}"
            is_gone = _unlink(folder, name)
            if not is_gone and (folder, name) in self._last:
                _unlink_moved(folders, self._last[folder, name])
            removed[directory] = is_gone and removed.get(directory, True)
        for directory in removed:
            try:
                atomic.sync_folder(Path(directory))
            except OSError as error:
                log.error("%s", error)
        self._locks.close()
        return [directory for directory, is_fine in removed.items() if is_fine]

    def undo(self) -> None:
        """Everything back as it was, last first."""
        self._undo_to(0)
        _run(self._undo_folders)
        self._locks.close()

    def _touch(self, *paths: str) -> None:
        self._touched |= dict.fromkeys(map(os.path.dirname, paths))

    def _undo_to(self, mark: int) -> None:
        later = self._undo[mark:]
        del self._undo[mark:]
        _run(later)


def _unlink(folder: str, name: str) -> bool:
    """Whether the file had its name still; one that another program has just given other flags goes, too."""
    try:
        os.unlink(f"{folder}/{from_text(name)}")
        return True
    except FileNotFoundError:
        found = locate(folder, name)
        if found is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{folder}/{from_text(found)}")
    except OSError as error:
        log.error("destroyed, but it stays: %s", error)
    return False


def _unlink_moved(folders: Collection[str], wanted: os.stat_result) -> None:
    """Removes a file wherever it was moved."""
    for folder in folders:
        for part in ("cur", "new"):
            with contextlib.suppress(OSError), os.scandir(f"{folder}/{part}") as entries:
                for entry in entries:
                    if entry.inode() == wanted.st_ino and os.path.samestat(entry.stat(follow_symlinks=False), wanted):
                        os.unlink(entry.path)


def _run(undo: list[Callable[[], object]]) -> None:
    while undo:
        try:
            undo.pop()()
        except OSError as error:
            log.error("cannot undo: %s", error)
