"""Folders made, renamed and taken away on disk, each at once for all who look: made and unmade where nobody does.

That place is tmp/ of a folder that stays: Dovecot, mbsync and notmuch take no directory in it for a folder.
"""

# Plain os calls, as in maildir_write.py; and names that are no UTF-8.
# ruff: noqa: PTH101, PTH102, PTH103, PTH104, PTH106, PTH107, PTH108, PTH110, PTH112, PTH114, PTH116, PTH118, PTH120, PTH208

import contextlib
import errno
import logging
import os
import secrets
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path

from jmapd.files import atomic
from jmapd.stores import dovecot, maildir_names
from jmapd.stores.base import NotStorable, Overtaken, ReadOnly, StoreUnavailable
from jmapd.stores.maildir_write import store_error

log = logging.getLogger(__name__)

NEW, REMOVED = "jmapd-new.", "jmapd-removed."  # how directories in tmp/ begin that are none of mail
PARTS = ("tmp", "new", "cur")
MARGIN_NS = 2_000_000_000  # coarser than the clock of any file system
_KNOWN = ("fts-", "xapian-", "lucene-", "dovecot")  # directories of Dovecot's in a folder
_OWN = (errno.EXDEV, errno.EBUSY)  # a mount point, or what is to leave its file system


class FolderDisk:
    """The directories of one account; all changes are undone together, until they are told to the index."""

    def __init__(self, root: Path, layout: str) -> None:
        self.root, self.layout = str(root), layout
        self._begun = time.time_ns()
        self._undo: list[Callable[[], object]] = []
        self._touched: dict[str, None] = {}  # directories to be made durable

    @contextlib.contextmanager
    def record(self) -> Iterator[None]:
        """The operations on one Mailbox: all or, with an exception, none of them. Raises StoreError."""
        try:
            with self.step():
                yield
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise NotStorable(["name"], "name: too long for the file system") from error
            if error.errno == errno.ENOENT:
                raise Overtaken("another program is changing the same folders") from error
            if error.errno in _OWN:
                raise ReadOnly("the folder lies on a file system of its own") from error
            raise store_error(error) from error

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        """All of it or, with an exception, nothing."""
        done = len(self._undo)
        try:
            yield
        except BaseException:
            self._undo_to(done)
            raise

    def path(self, place: str) -> str:
        """The whole path of a folder."""
        return f"{self.root}/{place}".rstrip("/")

    def device(self, place: str) -> int:
        """The file system that a folder is on. Raises OSError."""
        return os.stat(self.path(place)).st_dev

    def workshop(self, folders: Iterable[str], device: int | None = None) -> str | None:
        """tmp/ of the first of these folders where directories of that file system (the root's) can be put."""
        device = self.device("") if device is None else device
        return next((tmp for each in folders if _is_usable(tmp := f"{self.path(each)}/tmp", device)), None)

    def make(self, place: str, workshop: str | None) -> list[int]:
        """A new folder; answers device and inode. Raises FileExistsError, OSError."""
        path = self.path(place)
        above = os.path.dirname(path)
        self._make_above(above)
        self._give_way(path)
        made = f"{workshop}/{self._unique(NEW)}" if workshop else path
        os.mkdir(made, 0o700)
        self.undone_with(partial(_unmake, made, os.path.dirname(workshop)) if workshop else partial(os.rmdir, made))
        _permit(made, above)
        self._make_parts(made, has_marker=self.layout == "maildir++")
        if workshop:
            self._rename(made, path)
        self._touched[above] = None
        status = os.stat(path)
        return [status.st_dev, status.st_ino]

    def complete(self, place: str, workshop: Callable[[], str | None]) -> None:
        """A folder of which there is only the name so far, or not all. Raises OSError."""
        path = self.path(place)
        if not os.path.isdir(path):
            self.make(place, workshop())
        else:
            self._make_parts(path, has_marker=self.layout == "maildir++" and place != "")

    def rename(self, old: str, new: str) -> None:
        """A folder's directory. Raises FileExistsError, OSError."""
        source, target = self.path(old), self.path(new)
        self._make_above(os.path.dirname(target))
        self._give_way(target)
        self._sync(lambda path: path == source or path.startswith(f"{source}/"))  # its path ends here
        self._rename(source, target)

    def _rename(self, source: str, target: str) -> None:
        atomic.rename_new(source, target)
        self.undone_with(partial(atomic.rename_new, target, source))
        self._touched |= dict.fromkeys((os.path.dirname(target), os.path.dirname(source)))

    def _make_parts(self, path: str, has_marker: bool) -> None:
        """What is missing in a folder, as open as itself; the marker that Maildir++ wants in a subfolder."""
        for part in (f"{path}/{each}" for each in PARTS):
            if not os.path.isdir(part):
                os.mkdir(part, 0o700)
                self.undone_with(partial(os.rmdir, part))
                _permit(part, path)
        marker = f"{path}/maildirfolder"
        if has_marker and not os.path.lexists(marker):
            descriptor = os.open(marker, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            self.undone_with(partial(os.unlink, marker))
            try:
                os.fchmod(descriptor, os.stat(path).st_mode & 0o666)
            finally:
                os.close(descriptor)
        atomic.sync_folder(Path(path))

    def undone_with(self, undo: Callable[[], object]) -> None:
        """What else is to be done when all is undone."""
        self._undo.append(undo)

    def sync(self) -> None:
        """Makes all of it durable. Raises OSError."""
        self._sync(lambda path: True)

    def _sync(self, test: Callable[[str], bool]) -> None:
        for path in [each for each in self._touched if test(each)]:
            atomic.sync_folder(Path(path))
            del self._touched[path]

    def undo(self) -> None:
        """Everything back as it was, last first."""
        self._undo_to(0)

    def _undo_to(self, mark: int) -> None:
        while len(self._undo) > mark:
            try:
                self._undo.pop()()
            except OSError as error:
                log.error("cannot undo: %s", error)

    def is_taken(self, place: str) -> bool:
        """Whether there is anything but an empty directory."""
        try:
            with os.scandir(self.path(place)) as entries:
                return next(entries, None) is not None
        except FileNotFoundError:
            return False
        except OSError:
            return True

    def check_removable(self, place: str, is_folder: bool, going: Collection[str]) -> None:
        """Raises ReadOnly, OSError.

        `is_folder`: else only a directory above folders; `going`: the places in it that are removed before.
        """
        path = self.path(place)
        if not is_folder and (self.layout == "maildir++" or not os.path.lexists(path)):
            return
        if os.path.islink(path) or os.path.ismount(path):
            raise ReadOnly("the folder is a symbolic link or a mount point")
        if not all(os.access(each, os.W_OK | os.X_OK) for each in (os.path.dirname(path), path)):
            raise ReadOnly("the folder may not be removed")
        gone = {self.path(each) for each in going}
        with os.scandir(path) as entries:
            others = [each for each in entries if each.path not in gone and _is_others(each, is_folder)]
        if others:
            raise ReadOnly(f"the folder holds something else, {others[0].name[:80]!r}")

    def remove(self, place: str, known: Collection[str], workshop: Callable[[int], str | None], inbox: str) -> None:
        """After the commit: the folder goes in one step, then what is in it.

        `known`: the base names of the messages that the index had; others, that came in this moment, go to INBOX.
        """
        path = self.path(place)
        try:
            tmp = workshop(self.device(place))
            if tmp is None:
                raise FileNotFoundError(errno.ENOENT, "no tmp/ of another folder", path)
            aside = f"{tmp}/{self._unique(REMOVED)}"
            with dovecot.uidlist_lock(Path(path)):
                atomic.rename_new(path, aside)
            atomic.sync_folder(Path(path).parent)
            empty(aside, inbox, lambda each: maildir_names.to_text(maildir_names.base_of(each.name)) not in known)
        except (OSError, StoreUnavailable) as error:
            log.error("destroyed, but it stays for now: %s", error)

    def _unique(self, prefix: str) -> str:
        """Tells since when messages may have come that no client knows."""
        return f"{prefix}{self._begun}.{secrets.token_hex(4)}"

    def prune(self, places: Iterable[str]) -> None:
        """Directories that were there for the folders below only."""
        if self.layout != "maildir++":
            for place in sorted(places, key=len, reverse=True):
                with contextlib.suppress(OSError):
                    os.rmdir(self.path(place))

    def _make_above(self, above: str) -> None:
        if not os.path.isdir(above) and above.startswith(self.root):
            self._make_above(os.path.dirname(above))
            os.mkdir(above, 0o700)
            self.undone_with(partial(os.rmdir, above))
            _permit(above, os.path.dirname(above))
            self._touched[os.path.dirname(above)] = None

    def _give_way(self, path: str) -> None:
        """An empty directory in the way."""
        with contextlib.suppress(OSError):
            mode = os.stat(path).st_mode & 0o7777
            os.rmdir(path)
            self.undone_with(partial(os.mkdir, path, mode))


def clear_leftovers(folders: Collection[str], inbox: str) -> None:
    """What a process that was killed left in tmp/; under the account's lock, so nobody is at work there.

    A message that came into a folder while it was destroyed is moved to INBOX.
    """
    for folder in folders:
        with contextlib.suppress(OSError), os.scandir(f"{folder}/tmp") as entries:
            for entry in entries:
                if entry.name.startswith((NEW, REMOVED)) and entry.is_dir(follow_symlinks=False):
                    since = int(entry.name.split(".")[1]) - MARGIN_NS
                    try:
                        empty(entry.path, inbox, partial(_is_later, since))
                    except OSError as error:
                        log.error("%s", error)


def _unmake(made: str, inbox: str) -> None:
    """A new folder in tmp/ again, with what another program may have put into it. Raises OSError."""
    try:
        os.rmdir(made)
    except OSError:
        empty(made, inbox, lambda entry: True)


def empty(aside: str, inbox: str, is_wanted: Callable[["os.DirEntry[str]"], bool]) -> None:
    """Removes a directory and all in it; messages that are wanted are saved before. Raises OSError."""
    wanted = [entry for entry in _messages(aside) if is_wanted(entry)]
    if wanted:
        os.makedirs(f"{inbox}/new", 0o700, exist_ok=True)
        for entry in wanted:
            base = maildir_names.new_base(maildir_names.base_of(entry.name))
            atomic.rename_new(entry.path, f"{inbox}/new/{base}")
            log.warning("a message came into a folder while it was destroyed: it is in INBOX, as %s", base)
        atomic.sync_folder(Path(inbox, "new"))
    shutil.rmtree(aside)


def _is_later(since: int, entry: "os.DirEntry[str]") -> bool:
    return entry.stat(follow_symlinks=False).st_ctime_ns > since


def _is_others(entry: "os.DirEntry[str]", is_folder: bool) -> bool:
    """Whether it must not go with a folder: directories that are neither the folder's own nor Dovecot's."""
    if not entry.is_dir(follow_symlinks=False):
        return not is_folder
    if is_folder and (entry.name in PARTS or entry.name.startswith(_KNOWN)):
        return False
    with os.scandir(entry.path) as entries:
        return next(entries, None) is not None


def _messages(path: str) -> Iterator["os.DirEntry[str]"]:
    """Those in a folder, and in folders that another program has just made in it."""
    with os.scandir(path) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                yield from _messages(entry.path)
            elif path.endswith(("/cur", "/new")) and maildir_names.is_message(entry.name):
                yield entry


def _permit(path: str, like: str) -> None:
    """Mode and group of the directory above: who shares that shares this."""
    above = os.stat(like)
    if os.stat(path).st_gid != above.st_gid:
        with contextlib.suppress(PermissionError):
            os.chown(path, -1, above.st_gid)
    os.chmod(path, above.st_mode & 0o2777 | 0o700)


def _is_usable(tmp: str, device: int) -> bool:
    """Whether directories of that file system can be put there."""
    try:
        return os.lstat(tmp).st_dev == device and not os.path.islink(tmp) and os.access(tmp, os.W_OK | os.X_OK)
    except OSError:
        return False
