"""File operations of one transaction on a Maildir, each with what undoes it; durable before the index is told."""

# Plain os calls: fifty renames must cost what fifty renames cost.
# ruff: noqa: PTH103, PTH108, PTH110, PTH112, PTH114, PTH116, PTH120, PTH208

import contextlib
import errno
import logging
import os
import stat
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from jmapd.files import atomic
from jmapd.formats.message.wire_form import wire_digest
from jmapd.stores import dovecot, maildir_names
from jmapd.stores.base import DiskFull, Overtaken, ReadOnly, RecordNotFound, StoreError, StoreUnavailable
from jmapd.stores.maildir_intake import email_id, opened, read_file
from jmapd.stores.maildir_names import from_text
from jmapd.wire import Id

log = logging.getLogger(__name__)

_DESCRIPTORS = "/proc/self/fd/"
_FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)

_Last = tuple[os.stat_result, Id] | None  # of a file of an Email of which nothing is to stay


def store_error(error: OSError) -> StoreError:
    """What an OSError means for the caller; the path goes to the log only."""
    log.warning("%s: %s", error.strerror, ", ".join(map(_named, filter(None, (error.filename, error.filename2)))))
    if error.errno in _FULL:
        return DiskFull(os.strerror(error.errno))
    if error.errno in _REFUSED:
        return ReadOnly(os.strerror(error.errno))
    if error.errno == errno.ENOENT:
        return RecordNotFound("the message's file is gone")
    return StoreUnavailable(error.strerror or str(error))


def _named(path: str | Path) -> str:
    """A path as an administrator knows it."""
    text = str(path)
    if not text.startswith(_DESCRIPTORS):
        return text
    number, _, rest = text.removeprefix(_DESCRIPTORS).partition("/")
    try:
        return f"{Path(_DESCRIPTORS + number).readlink()}/{rest}"
    except OSError:
        return text


def check_writable(directory: str) -> None:
    """Before the commit: raises PermissionError where names can neither be made nor removed."""
    if not os.access(directory, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), directory)


@contextmanager
def undone_when_it_fails(undo: Callable[[], object]) -> Iterator[None]:
    """Around the commit of a transaction: all of it, or with an exception nothing. Raises StoreError for an OSError."""
    try:
        yield
    except FileNotFoundError as error:
        undo()
        raise Overtaken("another program is changing the same folders") from error
    except OSError as error:
        undo()
        raise store_error(error) from error
    except BaseException:
        undo()
        raise


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
        self._later: list[tuple[str, str, bool]] = []  # (source, target, is new) to be put in place by place()
        self._doomed: list[tuple[str, str, _Last]] = []  # (folder, "cur/name") to be removed after the commit
        self._touched: dict[str, None] = {}  # directories changed, in the order to make them durable
        self._held = ExitStack()  # descriptors and locks of folders
        self._locked: set[str] = set()
        self._lock_time = time.monotonic()

    @contextmanager
    def record(self) -> Iterator[None]:
        """The operations on one record: all or, with an exception, none of them."""
        undone, later, doomed = len(self._undo), len(self._later), len(self._doomed)
        self._touch_locks()
        try:
            yield
        except BaseException as error:
            self._undo_to(undone)
            del self._later[later:], self._doomed[doomed:]
            if isinstance(error, OSError):
                raise store_error(error) from error
            raise

    def hold(self, folder: str) -> str:
        """A path that leads to the folder until the end, whatever other programs rename it to meanwhile."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._held.callback(os.close, descriptor)
        path = f"{_DESCRIPTORS}{descriptor}"
        return path if os.path.isdir(path) else folder  # there is not always a /proc

    def lock(self, folder: str) -> bool:
        """Dovecot's lock on a folder, kept until the end. Whether it was not held before."""
        if folder in self._locked:
            return False
        self._held.enter_context(dovecot.uidlist_lock(Path(folder)))
        self._locked.add(folder)
        return True

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
        return [(folder, name) for folder, name, _ in self._doomed]

    def write(self, temporary: str, data: bytes, received: int, targets: Sequence[str]) -> int:
        """A new file under several names, which it gets in place(). Answers the mtime it has."""
        mode = 0o600 | os.stat(os.path.dirname(temporary)).st_mode & 0o060  # the folder's group may be sharing it
        mtime = atomic.write_new(temporary, data, mode, received)
        self._undo.append(partial(_unlink_temporary, temporary))
        self._later.append((temporary, targets[0], True))
        self._later += [(targets[0], target, False) for target in targets[1:]]
        return mtime

    def place(self) -> None:
        """Gives new files their names, once their content is on the disk: nobody ever sees half a message."""
        later, self._later = self._later, []
        for source, _, is_new in later:
            if is_new:
                atomic.sync_file(source)
        for source, target, is_new in later:
            self._touch_locks()
            if is_new:
                atomic.rename_new(source, target)
                self._undo.append(partial(os.unlink, target))
                self._touch(target)
            else:
                self.link(source, target)

    def undone_with(self, undo: Callable[[], object]) -> None:
        """Something else that is undone with the record that is being written."""
        self._undo.append(undo)

    def rename(self, old: str, new: str) -> None:
        """A file's new name, in the same folder or in another. Raises FileNotFoundError, FileExistsError."""
        atomic.rename_new(old, new)
        self._undo.append(partial(atomic.rename_new, new, old))
        self._touch(new, old)  # the new name is made durable before the old one's end

    def link(self, old: str, new: str) -> None:
        """A second name for a file, or a copy where links cannot be."""
        above, target = os.path.dirname(new), Path(new)
        temporary = target.parents[1] / "tmp"
        atomic.link_or_copy(Path(old), target, temporary if temporary.is_dir() else Path(above), opened)
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

    def remove(self, folder: str, name: str, last: Id | None = None) -> None:
        """Has "cur/name" taken away by finish(). Raises OSError when it is not there or could not be removed.

        `last`: nothing of the Email with that id is to stay, wherever another program moves it before that.
        """
        path = f"{folder}/{from_text(name)}"
        directory = os.path.dirname(path)
        status, above = os.lstat(path), os.stat(directory)
        if above.st_mode & stat.S_ISVTX and os.geteuid() not in (0, status.st_uid, above.st_uid):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        check_writable(directory)
        self._doomed.append((folder, name, None if last is None else (status, last)))

    def sync(self) -> None:
        """Makes all of it durable: one fsync for each directory."""
        self.place()
        for folder in self._touched:
            atomic.sync_folder(Path(folder))

    def finish(self, folders: Collection[str]) -> Collection[str]:
        """After the commit: removes what is to go. Answers the directories in which all went as it should.

        `folders`: all there are, for what has just been moved.
        """
        removed: dict[str, bool] = {}
        for folder, name, last in self._doomed:
            self._touch_locks()
            directory = f"{folder}/{name[:3]}"
            is_gone = _unlink(folder, name)
            if not is_gone and last is not None:
                _unlink_moved(folders, *last)
            removed[directory] = is_gone and removed.get(directory, True)
        for directory in removed:
            try:
                atomic.sync_folder(Path(directory))
            except OSError as error:
                log.error("%s", error)
        self._held.close()
        return [directory for directory, is_fine in removed.items() if is_fine]

    def undo(self) -> None:
        """Everything back as it was, last first."""
        self._undo_to(0)
        self._held.close()

    def _touch(self, *paths: str) -> None:
        self._touched |= dict.fromkeys(map(os.path.dirname, paths))

    def _undo_to(self, mark: int) -> None:
        later = self._undo[mark:]
        del self._undo[mark:]
        _run(later)


def _unlink(folder: str, name: str) -> bool:
    """Whether the file had its name still; one that another program has just given other flags goes, too."""
    found: str | None = name
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{folder}/{from_text(name)}")
            return True
        if found := locate(folder, name):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{folder}/{from_text(found)}")
    except OSError as error:
        log.error("destroyed, but it stays: %s: %s", _named(f"{folder}/{found}"), error.strerror)
    return False


def _unlink_moved(folders: Collection[str], wanted: os.stat_result, id: Id) -> None:
    """Removes a file wherever it was moved. Its content is compared: a new file may have the inode of one removed."""
    for folder in folders:
        for part in ("cur", "new"):
            with contextlib.suppress(OSError), os.scandir(f"{folder}/{part}") as entries:
                for entry in entries:
                    is_same = entry.inode() == wanted.st_ino and os.path.samestat(
                        entry.stat(follow_symlinks=False), wanted
                    )
                    if is_same and email_id(wire_digest(read_file(entry.path)[0])) == id:
                        os.unlink(entry.path)


def _unlink_temporary(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):  # it has its name by now
        os.unlink(path)


def _run(undo: list[Callable[[], object]]) -> None:
    while undo:
        try:
            undo.pop()()
        except OSError as error:
            log.error("cannot undo: %s", error)
