"""File operations of one transaction on collections: all done or all undone, durable before the index is told.

A file is written aside in its folder and renamed, so the folder's mtime tells; Radicale's lock is held meanwhile, and
what lies in a git work tree is committed.
"""

# Plain os calls, as in maildir_write.py.
# ruff: noqa: PTH104, PTH105, PTH108, PTH113, PTH116, PTH120

import contextlib
import errno
import fcntl
import logging
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from jmapd.files import atomic
from jmapd.stores.base import Overtaken, StoreUnavailable
from jmapd.stores.maildir_intake import open_file
from jmapd.stores.maildir_names import from_text
from jmapd.stores.vdir_layout import OWN, Stamp, stamp_of
from jmapd.stores.vdir_scan import Stat

log = logging.getLogger(__name__)

LOCK_SECONDS = 10.0  # for which Radicale may hold its lock
GIT_SECONDS = 20.0
GIT_RACES = (b".lock': File exists", b"but expected ")  # another holds a lock; another has committed meanwhile
REMOVED = OWN + "removed."  # begins the names of folders on their way out
GIT = (
    "git", "-c", "user.name=jmapd", "-c", "user.email=jmapd@localhost", "-c", "commit.gpgSign=false",
    "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0",
)  # fmt: skip


@dataclass(slots=True)
class Wanted:
    """A file as it is to be."""

    path: str
    before: Stat | None  # as it must be found; None: it must not be there
    aside: str = ""  # what is to take its place; "": nothing


@dataclass(slots=True)
class VdirFiles:
    """See the module."""

    root: Path
    lock_file: str | None  # of Radicale
    _wanted: dict[str, Wanted] = field(default_factory=dict)
    _undo: list[Callable[[], object]] = field(default_factory=list)
    _asides: list[str] = field(default_factory=list)
    _made: list[str] = field(default_factory=list)  # directories
    _later: list[tuple[str, str, Callable[[str], object]]] = field(
        default_factory=list
    )  # (directory, where it goes, ...)
    _held: ExitStack = field(default_factory=ExitStack)
    stamps: dict[str, Stamp] = field(default_factory=dict)  # of directories, from before the first change in them

    @contextlib.contextmanager
    def record(self) -> Iterator[None]:
        """The operations on one record: all or, with an exception, none of them."""
        before = dict(self._wanted)
        later, asides, made, undo = len(self._later), len(self._asides), len(self._made), len(self._undo)
        try:
            yield
        except BaseException:
            self._wanted = before
            self._run_undo(undo)
            del self._later[later:]
            _unlink(self._asides[asides:])
            _rmdir(self._made[made:])
            del self._asides[asides:], self._made[made:]
            raise

    def undone_with(self, step: Callable[[], object]) -> None:
        """A step that undoes what was done already."""
        self._undo.append(step)

    def make_folder(self, path: str) -> None:
        """A folder that is not there yet, and those above it. Raises OSError."""
        if not os.path.isdir(path):  # noqa: PTH112
            self.make_folder(os.path.dirname(path))
            os.mkdir(path, 0o700)  # noqa: PTH102
            self._made.append(path)

    def read(self, path: str) -> tuple[bytes, Stat | None]:
        """(content, as it was found on disk) of a file as this transaction has left it; None: not there before."""
        wanted = self._wanted.get(path)
        if wanted is not None and not wanted.aside:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        with open_file(wanted.aside if wanted else path) as file:
            status = os.fstat(file.fileno())
            found = [status.st_mtime_ns, status.st_ino, status.st_size]
            return file.readall(), found if wanted is None else wanted.before

    def put(self, path: str, before: Stat | None, data: bytes) -> None:
        """Written aside now, in its place by apply(). Raises OSError."""
        self._touch(path)
        aside = f"{os.path.dirname(path)}/{OWN}{secrets.token_hex(8)}.tmp"
        mode = 0o600 if before is None else os.stat(path).st_mode & 0o777
        atomic.write_new(aside, data, _mode_for(path, mode, before is None))
        self._asides.append(aside)
        self._replace(Wanted(path, before, aside))

    def remove(self, path: str, before: Stat | None) -> None:
        """Gone after apply()."""
        self._touch(path)
        self._replace(Wanted(path, before))

    def remove_folder(self, path: str, check: Callable[[str], object]) -> None:
        """With all that is in it, after apply(). `check` is given its path when no program can find it any more."""
        self._later.append((path, f"{os.path.dirname(path)}/{REMOVED}{secrets.token_hex(8)}", check))

    def _above(self) -> list[str]:
        return [os.path.dirname(folder) for folder in self._made]

    def _touch(self, path: str) -> None:
        folder = os.path.dirname(path)
        if folder not in self.stamps:
            self.stamps[folder] = stamp_of(folder)

    def _replace(self, wanted: Wanted) -> None:
        earlier = self._wanted.get(wanted.path)
        if earlier is not None:
            wanted = Wanted(wanted.path, earlier.before, wanted.aside)
            if not wanted.aside and wanted.before is None:
                del self._wanted[wanted.path]
                return
        self._wanted[wanted.path] = wanted

    def is_taken(self, path: str) -> bool:
        """Whether a file of that name is there or will be."""
        wanted = self._wanted.get(path)
        return os.path.lexists(path) if wanted is None else bool(wanted.aside)  # noqa: PTH110

    def folders(self) -> list[str]:
        """The directories in which something changes."""
        return list(dict.fromkeys(os.path.dirname(path) for path in self._wanted))

    def apply(self) -> dict[str, Stat]:
        """Makes it so; the new files as they are then. Raises Overtaken, OSError; undo() is the caller's."""
        if self.lock_file is not None:
            self._held.enter_context(radicale_locked(self.lock_file))
        atomic.sync_files([wanted.aside for wanted in self._wanted.values() if wanted.aside])
        for wanted in self._wanted.values():
            _check(wanted)
        stats = {path: stat_of(wanted.aside) for path, wanted in self._wanted.items() if wanted.aside}
        for path, wanted in self._wanted.items():
            if wanted.aside:
                self._apply(wanted, stats[path])
            else:
                self._apply_removal(wanted)
        for folder in dict.fromkeys([*self.folders(), *self._above()]):
            atomic.sync_folder(Path(folder))
        for folder, aside, check in self._later:
            os.rename(folder, aside)
            self._undo.append(partial(os.rename, aside, folder))
            check(aside)
            atomic.sync_folder(Path(folder).parent)
        return stats  # not as they are found now, for others may be at work there already

    def _apply(self, wanted: Wanted, own: Stat) -> None:
        if wanted.before is None:
            try:
                atomic.rename_new(wanted.aside, wanted.path)
            except FileExistsError as error:
                raise Overtaken("another program made a file of the same name") from error
            self._undo.append(partial(_unlink_own, wanted.path, own))
            return
        if atomic.exchange(wanted.aside, wanted.path):
            self._undo.append(partial(_put_back, wanted.aside, wanted.path, own))
            _check(wanted, wanted.aside)
            return
        kept = self._kept(wanted)
        with contextlib.suppress(OSError):  # no hard links here: then a failure leaves the new content
            os.link(wanted.path, kept)
            _check(wanted, kept)
        os.rename(wanted.aside, wanted.path)
        self._undo.append(partial(_put_back, kept, wanted.path, own))

    def _apply_removal(self, wanted: Wanted) -> None:
        kept = self._kept(wanted)
        os.rename(wanted.path, kept)
        self._undo.append(partial(atomic.rename_new, kept, wanted.path))
        _check(wanted, kept)

    def _kept(self, wanted: Wanted) -> str:
        """Where a file is to be found until all is done."""
        self._asides.append(f"{os.path.dirname(wanted.path)}/{OWN}{secrets.token_hex(8)}.tmp")
        return self._asides[-1]

    def undo(self) -> None:
        """As it was, as far as that can be done."""
        self._run_undo(0)
        self.close()
        _rmdir(self._made)

    def _run_undo(self, first: int) -> None:
        for step in reversed(self._undo[first:]):
            try:
                step()
            except OSError as error:
                log.error("a change of files could not be undone: %s", error)
        del self._undo[first:]

    def finish(self, message: str) -> None:
        """After the index was told."""
        self._undo.clear()
        self.close()
        for _, aside, _ in self._later:
            shutil.rmtree(aside, ignore_errors=True)
        commit(self.root, [*self._wanted, *(path for path, *_ in self._later)], message)

    def close(self) -> None:
        """Removes what was written aside, and gives the lock back."""
        _unlink(self._asides)
        self._asides.clear()
        self._held.close()


def _unlink_own(path: str, own: Stat) -> None:
    """Unless it is another program's by now."""
    with contextlib.suppress(FileNotFoundError):
        if stat_of(path) == own:
            os.unlink(path)


def _put_back(kept: str, path: str, own: Stat) -> None:
    """What was there before, unless another program has replaced ours by now."""
    with contextlib.suppress(FileNotFoundError):
        if stat_of(path) == own:
            os.replace(kept, path)


def _unlink(paths: Collection[str]) -> None:
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def _rmdir(folders: Sequence[str]) -> None:
    for folder in reversed(folders):
        with contextlib.suppress(OSError):
            os.rmdir(folder)  # noqa: PTH106


def stat_of(path: str) -> Stat:
    """As the index keeps it. Raises OSError."""
    status = os.stat(path)
    return [status.st_mtime_ns, status.st_ino, status.st_size]


def _mode_for(path: str, mode: int, is_new: bool) -> int:
    """A new file is as open to the group as its folder."""
    return mode | (os.stat(os.path.dirname(path)).st_mode & 0o060) if is_new else mode


def _check(wanted: Wanted, path: str = "") -> None:
    """Raises Overtaken when the file, now at `path`, is not what the change was made from."""
    try:
        now = stat_of(path or wanted.path)
    except FileNotFoundError:
        now = None
    if now != wanted.before:
        raise Overtaken("another program changed the same file")


@contextlib.contextmanager
def radicale_locked(path: str) -> Iterator[None]:
    """Radicale's lock, as its own writers hold it. Raises StoreUnavailable."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise StoreUnavailable("Radicale holds its lock") from error
                time.sleep(0.005)
        yield
    finally:
        os.close(descriptor)


def commit(root: Path, paths: Collection[str], message: str) -> None:
    """Commits these files where they lie in a git work tree (of the collection or of all), as xandikos needs it."""
    trees: dict[str, list[str]] = {}
    for path in paths:
        if "/.git/" in path:
            continue
        for tree in (os.path.dirname(path), str(root)):
            if os.path.exists(f"{tree}/.git"):  # noqa: PTH110
                trees.setdefault(tree, []).append(os.path.relpath(path, tree))  # noqa: PTH109
                break
    for tree, names in trees.items():
        _commit(tree, names, message)


def _commit(tree: str, names: list[str], message: str) -> None:
    listed = b"\0".join(os.fsencode(name) for name in names)
    given = ["--pathspec-from-file=-", "--pathspec-file-nul"]
    try:
        for step in (["add", "-A", *given], ["commit", "-q", "--no-verify", "-m", message, *given]):
            _git(tree, step, listed)
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode("utf-8", "replace").strip() or error.stdout.decode("utf-8", "replace").strip()
        log.warning("%s: git: %s; the files are written, and not committed", tree, reason[:300])
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("%s: git: %s; the files are written, and not committed", tree, error)


def _git(tree: str, step: list[str], given: bytes) -> None:
    """Waits while another program holds git's lock, which git itself does not. Raises SubprocessError, OSError."""
    environment = os.environ | {"GIT_LITERAL_PATHSPECS": "1", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            subprocess.run(
                [*GIT, "-C", tree, *step],
                input=given,
                check=True,
                capture_output=True,
                timeout=GIT_SECONDS,
                env=environment,
            )
            return
        except subprocess.CalledProcessError as error:
            if not any(race in error.stderr for race in GIT_RACES) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def path_of(root: Path, collection_path: str, name: str) -> str:
    """Where a file is, of texts as the index has them."""
    return os.path.join(str(root), from_text(collection_path), from_text(name))  # noqa: PTH118
