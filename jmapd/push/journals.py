"""Wakes up when the journal of one of some accounts grows: inotify where there is, else a look each half second."""

import contextlib
import logging
import os
import select
from collections.abc import Collection
from pathlib import Path

try:
    import inotify_simple
except ImportError:  # pragma: no cover
    inotify_simple = None

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5  # at what inotify cannot follow


class Journals:
    """Folders of indexes. follow() and wake() may be called by any thread, wait() by one."""

    def __init__(self, want_inotify: bool = True) -> None:
        self._inotify = self._started() if want_inotify and inotify_simple is not None else None
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._poll = select.poll()
        self._poll.register(self._bell, select.POLLIN)
        if self._inotify is not None:
            self._poll.register(self._inotify.fileno(), select.POLLIN)
        self._folders: dict[Path, int | None] = {}  # to the descriptor of inotify
        self._by_descriptor: dict[int, Path] = {}
        self._seen: dict[Path, tuple[int, ...]] = {}  # of what is looked at

    @staticmethod
    def _started() -> "inotify_simple.INotify | None":
        try:
            return inotify_simple.INotify()
        except OSError as error:  # fs.inotify.max_user_instances
            log.warning("accounts are looked at twice a second: %s", error.strerror)
            return None

    def follow(self, folders: Collection[Path]) -> None:
        """From now on these."""
        for folder in [each for each in self._folders if each not in folders]:
            self._leave(folder)
        for folder in folders:
            if folder not in self._folders:
                self._folders[folder] = self._add(folder)
                if self._folders[folder] is None:
                    self._seen[folder] = _mark(folder)

    def wake(self) -> None:
        """Lets wait() return."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_write(self._bell, 1)

    def wait(self, seconds: float) -> set[Path]:
        """The folders whose journal may have grown; empty after that time or by wake()."""
        timeout = min(seconds, LOOK_SECONDS) if self._seen else seconds
        ready = {fd for fd, _ in self._poll.poll(timeout * 1000)}
        if self._bell in ready:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._bell)
        found = self._events() if len(ready - {self._bell}) else set()
        for folder, mark in list(self._seen.items()):
            now = _mark(folder)
            if now != mark:
                self._seen[folder] = now
                found.add(folder)
        return found

    def close(self) -> None:
        """Gives the descriptors back."""
        os.close(self._bell)
        if self._inotify is not None:
            self._inotify.close()

    def _add(self, folder: Path) -> int | None:
        if self._inotify is None:
            return None
        flags = inotify_simple.flags
        try:
            descriptor: int = self._inotify.add_watch(folder, flags.MODIFY | flags.MOVED_TO | flags.ONLYDIR)
        except OSError as error:
            log.warning("%s is looked at twice a second: %s", folder, error.strerror)
            return None
        self._by_descriptor[descriptor] = folder
        return descriptor

    def _leave(self, folder: Path) -> None:
        descriptor = self._folders.pop(folder)
        self._seen.pop(folder, None)
        if descriptor is not None and self._inotify is not None:
            self._by_descriptor.pop(descriptor, None)
            with contextlib.suppress(OSError):
                self._inotify.rm_watch(descriptor)

    def _events(self) -> set[Path]:
        assert self._inotify is not None
        found: set[Path] = set()
        for event in self._inotify.read(timeout=0):
            if event.mask & inotify_simple.flags.Q_OVERFLOW:
                return set(self._folders)
            folder = self._by_descriptor.get(event.wd)
            if folder is None:
                continue
            if event.mask & inotify_simple.flags.IGNORED:  # the folder is gone; it may come back
                self._by_descriptor.pop(event.wd)
                self._folders[folder] = None
                self._seen[folder] = ()
                found.add(folder)
            elif event.name.startswith("journal.") or event.name == "CURRENT":
                found.add(folder)
        return found


def _mark(folder: Path) -> tuple[int, ...]:
    """What changes with the journal: CURRENT's inode and the lengths of the journals that are there."""
    try:
        current = (folder / "CURRENT").stat().st_ino
        return current, *(path.stat().st_size for path in sorted(folder.glob("journal.*")))
    except OSError:
        return ()
