"""An account: an index and the parts whose files it follows, as mail and contacts (RFC 8620 1.6.2)."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from jmapd.files import locks
from jmapd.index import IndexDamaged
from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact
from jmapd.index.text import TextIndex
from jmapd.stores import plain_copy
from jmapd.stores.base import BlobStore, Guest, Store, StoreUnavailable
from jmapd.stores.blobs import Blobs
from jmapd.stores.email_store import EmailStore
from jmapd.stores.item_blobs import Items
from jmapd.wire import Id, Record

log = logging.getLogger(__name__)

STALE_SECONDS = 120.0  # a journal still long after this has no sidecar that compacts it
TEXT = "text.sqlite"
_INDEX_FILES = ("CURRENT", "snapshot.*", "journal.*", "records.*")

Lock = Callable[[], AbstractContextManager[None]]


class Part(Protocol):
    """What of an account lies in one folder of the user's."""

    root: Path

    @property
    def store_names(self) -> frozenset[str]: ...
    @property
    def is_read_only(self) -> bool:
        """Whether the file system lets us change nothing."""

    def check(self) -> None:
        """Raises StoreUnavailable when the files are away."""

    def open(self, index: AccountIndex, lock: Lock, follow: Callable[[], None]) -> Mapping[str, Any]:
        """Its stores over an index. `lock`: the account's, reentrant; `follow` looks at all files anew."""

    def begin(self) -> None:
        """A request begins."""

    def follow(self) -> bool:
        """Brings the index up to date within the budget of a request; whether the plain copy may lack something."""

    def watched(self) -> list[str]:
        """The directories whose changes matter; inside a session."""

    def close(self) -> None:
        """Gives back what open() took."""


class FileAccount:
    """What one user owns, in files of his own. One part that is away does not take the others along."""

    def __init__(
        self,
        id: Id,
        name: str,
        owner: str,
        state_dir: Path,
        parts: Sequence[Part],
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.id, self.name, self.owner = id, name, owner
        self.state_dir, self.parts = Path(state_dir), tuple(parts)
        self._options = options or {}
        self.store_names = frozenset[str]().union(*(part.store_names for part in self.parts))
        self.guests: Mapping[str, Guest] = {}
        self.teller: Callable[[Iterable[tuple[str, Record]]], None] | None = None
        self.follow_shares: Callable[[FileAccount], bool] | None = None  # once files are followed (stores/shares.py)
        self.history_days = int(self._options.get("index.history_days", 30))
        expires = float(self._options.get("index.upload_hours", 24.0)) * 3600
        self.uploads = Blobs(self.state_dir / "blobs", self._emails_or_none, expires=expires, items=self._items)
        self.blobs: BlobStore = self.uploads
        self._thread_lock = threading.RLock()
        self._depth = 0  # of locked(), which only the thread in the session enters
        self._index: AccountIndex | None = None
        self._bad_epoch: str | None = None  # of an index in which damage was found
        self._stores: dict[str, Any] = {}
        self._away: dict[str, StoreUnavailable] = {}  # stores of parts whose files are away
        self._stale_since: float | None = None
        self._is_copy_due = True  # whether the plain copy may lack something

    @property
    def is_read_only(self) -> bool:
        """Whether nothing may be changed in any part; unknown while files are away."""
        return all(part.is_read_only for part in self.parts)

    @property
    def index(self) -> AccountIndex:
        """Inside a session."""
        assert self._index is not None
        return self._index

    @property
    def options(self) -> Mapping[str, Any]:
        """The configuration by "section.name"."""
        return self._options

    def option(self, name: str, default: str) -> str:
        """A configured text, as "mail.layout"."""
        return str(self._options.get(name, default))

    def store(self, name: str) -> Store:
        """Raises KeyError; StoreUnavailable while its files are away."""
        if name not in self.store_names:
            raise KeyError(name)
        if name in self._away:
            raise self._away[name]
        store: Store = self._stores[name]
        return store

    def tell(self, notes: Iterable[tuple[str, Record]]) -> None:
        """Leaves ShareNotifications for users, where there are any."""
        if self.teller is not None:
            self.teller(notes)

    def as_owner(self, name: str) -> Store:
        """As store(): it is his."""
        return self.store(name)

    def _emails_or_none(self) -> EmailStore | None:
        return self._stores.get("Email")

    def _items(self, type: str) -> Items | None:
        return self._stores.get(type)

    # --- sessions and locks ---

    @contextmanager
    def session(self) -> Iterator[None]:
        """One request's view. Raises StoreUnavailable when the index, or all files, cannot be reached."""
        with self.opened():
            with unavailable():
                self._follow()
            if self.follow_shares is not None:
                self._is_copy_due |= self.follow_shares(self)
            yield

    @contextmanager
    def opened(self) -> Iterator[None]:
        """As session(), without following the file system: for the sidecar, which does that in its own way."""
        with self._thread_lock:
            with unavailable():
                self._each(lambda part: part.check())
                self._open()
            for part in self.parts:
                part.begin()
            try:
                yield
            except IndexDamaged as error:
                raise StoreUnavailable(f"the index is damaged: {error}") from error
            finally:
                if self._index is not None and self._index.is_damaged:
                    self._give_up(self._index)
                    with suppress(StoreUnavailable), unavailable():
                        self._open()  # at once, so that no other process meets the damage

    @contextmanager
    def lock(self) -> Iterator[None]:
        """The write lock among all processes; what was committed is durable when it is left."""
        with self._thread_lock:
            with self.locked():
                before = plain_copy.given(self.index)
                yield
                self._is_copy_due |= before != plain_copy.given(self.index)
            if not self._depth:
                self.index.sync()
                self._save_copy()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The lock alone; may be entered again by the one who holds it."""
        with self._thread_lock:
            if self._depth:
                yield
                return
            with self.index.lock():
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1

    def close(self) -> None:
        """Lets go of the index; the next session opens it again."""
        with self._thread_lock:
            for each in (self._index, *self.parts):
                if each is not None:
                    each.close()
            self._index = None
            self._stores = {}

    # --- opening ---

    def _give_up(self, index: AccountIndex) -> None:
        """The next session makes it anew."""
        self._bad_epoch = index.epoch
        self.close()

    def _open(self) -> None:
        if self._index is not None:
            try:
                if not self._depth:
                    self._index.refresh()
                return
            except IndexDamaged as error:
                log.error("%s: the index is damaged: %s", self.id, error)
                self._give_up(self._index)
        self.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        index = open_index(self.state_dir, self.history_days, self._bad_epoch)
        self._stores = {}
        for part in self.parts:
            self._stores |= part.open(index, self.locked, self._follow)
        self._index = index

    def _each(self, do: Callable[[Part], object]) -> None:
        """For all parts; one that is away stays so until the next time. Raises StoreUnavailable when all are."""
        self._away = {}
        for part in self.parts:
            try:
                do(part)
            except StoreUnavailable as error:
                if len(self.parts) == 1:
                    raise
                log.warning("%s: %s", self.id, error)
                self._away |= dict.fromkeys(part.store_names, error)
        if self._away.keys() == self.store_names:
            raise StoreUnavailable("; ".join(dict.fromkeys(str(error) for error in self._away.values())))

    def _follow(self) -> None:
        """Brings the index up to date within the budget of a request."""

        def follow(part: Part) -> None:
            self._is_copy_due |= part.follow()

        self._each(follow)
        if not self._depth:
            self._save_copy()
        self._compact_if_nobody_does()

    def _save_copy(self) -> None:
        """Before an id or a keyword that no file of the user's holds is answered, it is safe from a lost index."""
        if not self._is_copy_due:
            return
        with self.locked():  # an older copy must not come after a newer one
            try:
                plain_copy.save(self.index, self.state_dir)
                self._is_copy_due = False
            except OSError as error:
                log.error("%s: %s cannot be written: %s", self.id, plain_copy.NAME, error)

    def _compact_if_nobody_does(self) -> None:
        if self._depth or not self.index.stale():
            self._stale_since = None
            return
        now = time.monotonic()
        self._stale_since = self._stale_since or now
        if now - self._stale_since > STALE_SECONDS:
            compact(self.index)
            self._stale_since = None


def open_index(folder: Path, history_days: int, bad_epoch: str | None = None) -> AccountIndex:
    """The account's index; a damaged one is thrown away and an empty one made, with what the plain copy knows.

    One of `bad_epoch`, in which damage was found, begins a new epoch at least: it may lack what was answered.
    """
    try:
        index = AccountIndex(folder, history_days)
        if index.epoch == bad_epoch:
            _begin_epoch(index)
    except IndexDamaged as error:
        log.error("%s: the index is damaged and made anew: %s", folder, error)
        index = renew_index(folder, history_days, bad_epoch)
    if not index.objects.types() and (objects := plain_copy.load(folder)):
        with index.lock():
            if not index.objects.types():
                index.commit(plain_copy.restoring(index, objects))
    return index


def _begin_epoch(index: AccountIndex) -> None:
    """The same records in a new snapshot. Raises IndexDamaged."""
    bad_epoch = index.epoch
    with index.lock():
        if index.epoch == bad_epoch:
            index.replace(index.rows(), index.objects.by_type())


def renew_index(folder: Path, history_days: int, bad_epoch: str | None = None, want_new: bool = False) -> AccountIndex:
    """Only one process throws it away: the others find the new one. `want_new`: also a sound one."""
    with locks.exclusive(folder / "renew.lock"):
        if not want_new:
            try:
                index = AccountIndex(folder, history_days)
                if index.epoch != bad_epoch:
                    return index
                index.close()
            except IndexDamaged:
                pass
        with locks.exclusive(folder / "lock"):
            for pattern in _INDEX_FILES:
                for path in folder.glob(pattern):
                    path.unlink(missing_ok=True)
            if (folder / TEXT).exists():
                text = TextIndex(folder / TEXT)
                text.clear()  # its document numbers are those of the old index
                text.close()
        return AccountIndex(folder, history_days)


@contextmanager
def unavailable() -> Iterator[None]:
    """OSErrors of the index's folder, as a full or read-only disk."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(str(error)) from error


def why_missing(root: Path) -> str:
    """The cause an administrator needs."""
    probe: Callable[[], object] = root.stat
    try:
        probe()
    except OSError as error:
        return error.strerror or str(error)
    return "not a directory"
