"""Wakes up when something changes in a set of directories: inotify where there is, else a look at their mtimes."""

import contextlib
import logging
import os
import time
from collections.abc import Hashable, Iterable, Mapping

try:
    import inotify_simple
except ImportError:  # pragma: no cover
    inotify_simple = None

log = logging.getLogger(__name__)

WATCHING = ".watching"  # in the state folder: locked by the sidecar that follows all accounts
POLL_SECONDS = 1.0
SETTLE_SECONDS = 0.1  # what else happens in this time after a change is taken together with it


class Watch:
    """Directories, each belonging to somebody, as an account."""

    def __init__(self, want_inotify: bool = True) -> None:
        self._inotify = inotify_simple.INotify() if want_inotify and inotify_simple is not None else None
        self._wanted: dict[str, Hashable] = {}
        self._by_descriptor: dict[int, set[str]] = {}
        self._descriptors: dict[str, int] = {}
        self._stamps: dict[str, tuple[int, int]] = {}  # of what is looked at without inotify

    def follow(self, wanted: Mapping[str, Hashable]) -> set[Hashable]:
        """From now on these directories: path -> owner. Paths that are not there are looked at now and then.

        Answers the owners of those that were not followed before: what changed in them until now went unseen.
        """
        for path in self._wanted.keys() - wanted.keys():
            self._stamps.pop(path, None)
            self._forget(path)
        new = [path for path in wanted if path not in self._descriptors and path not in self._stamps]
        self._wanted = dict(wanted)
        for path in new:
            if not self._add(path):
                self._stamps[path] = _stamp(path)
        return self._owners(new)

    def wait(self, timeout: float) -> set[Hashable]:
        """The owners of the directories that changed; empty after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        changed: set[Hashable] = set()
        while not changed:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            pause = min(left, POLL_SECONDS) if self._stamps or self._inotify is None else left
            changed = self._owners(self._events(pause)) | self._owners(self._polled())
        if changed:
            time.sleep(SETTLE_SECONDS)
            changed |= self._owners(self._events(0)) | self._owners(self._polled())
        return changed

    def close(self) -> None:
        """Gives the descriptor back."""
        if self._inotify is not None:
            self._inotify.close()

    def _add(self, path: str) -> bool:
        if self._inotify is None:
            return False
        flags = inotify_simple.flags
        mask = flags.CREATE | flags.MOVED_TO | flags.MOVED_FROM | flags.DELETE | flags.DELETE_SELF | flags.MOVE_SELF
        try:
            descriptor = self._inotify.add_watch(path, mask | flags.ONLYDIR)
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                log.warning("%s is looked at each second: %s", path, error.strerror)
            return False
        self._descriptors[path] = descriptor
        self._by_descriptor.setdefault(descriptor, set()).add(path)
        return True

    def _forget(self, path: str) -> None:
        descriptor = self._descriptors.pop(path, None)
        if descriptor is None or self._inotify is None:
            return
        paths = self._by_descriptor.get(descriptor, set())
        paths.discard(path)
        if not paths:
            self._by_descriptor.pop(descriptor, None)
            with contextlib.suppress(OSError):  # the directory went away, and the watch with it
                self._inotify.rm_watch(descriptor)

    def _events(self, seconds: float) -> set[str]:
        if self._inotify is None:
            time.sleep(seconds)
            return set()
        changed: set[str] = set()
        for event in self._inotify.read(timeout=int(seconds * 1000)):
            if event.mask & inotify_simple.flags.Q_OVERFLOW:
                return set(self._wanted)
            changed |= self._by_descriptor.get(event.wd, set())
            if event.mask & inotify_simple.flags.IGNORED:
                self._lost(event.wd)
        return changed

    def _lost(self, descriptor: int) -> None:
        """The directory is gone; should it come back, the mtime tells."""
        for path in self._by_descriptor.pop(descriptor, set()):
            self._descriptors.pop(path, None)
            if path in self._wanted:
                self._stamps[path] = _stamp(path)

    def _polled(self) -> set[str]:
        changed = set()
        for path, stamp in list(self._stamps.items()):
            now = _stamp(path)
            if now != stamp:
                changed.add(path)
                self._stamps[path] = now
                if now[1] and self._add(path):
                    del self._stamps[path]
        return changed

    def _owners(self, paths: Iterable[str]) -> set[Hashable]:
        return {self._wanted[path] for path in paths if path in self._wanted}


def _stamp(path: str) -> tuple[int, int]:
    """(mtime, inode); zeros when it is not there."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_ino
