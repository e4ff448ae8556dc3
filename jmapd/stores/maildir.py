"""An account over a Maildir: its index, its stores, and the session that follows the file system (RFC 8620 1.6.2)."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jmapd.files import locks
from jmapd.index import IndexDamaged
from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact
from jmapd.index.text import TextIndex
from jmapd.stores import plain_copy
from jmapd.stores.base import BlobStore, Store, StoreUnavailable
from jmapd.stores.blobs import Blobs
from jmapd.stores.email_store import EmailStore
from jmapd.stores.identities import IdentityStore
from jmapd.stores.learn_queue import LearnQueue
from jmapd.stores.mailboxes import MailboxStore
from jmapd.stores.maildir_follow import Follower
from jmapd.stores.outbox import Outbox
from jmapd.stores.quota import Quota
from jmapd.stores.quota_store import QuotaStore
from jmapd.stores.smime_results import SmimeResults
from jmapd.stores.smime_trust import trust_store
from jmapd.stores.submissions import SubmissionStore
from jmapd.stores.threads import ThreadStore
from jmapd.stores.vacation import VacationStore
from jmapd.wire import Id

log = logging.getLogger(__name__)

BUDGET = 1.0  # seconds a request may spend on reading new messages before it answers with what is there
CATCH_UP = 200  # messages a request adds to a full-text index that is behind
STALE_SECONDS = 120.0  # a journal still long after this has no sidecar that compacts it
TEXT = "text.sqlite"
_INDEX_FILES = ("CURRENT", "snapshot.*", "journal.*", "records.*")


class MaildirAccount:
    """One user's mail."""

    store_names = frozenset(("Email", "Mailbox", "Thread", "Quota", "Identity", "EmailSubmission", "VacationResponse"))

    def __init__(
        self, id: Id, name: str, owner: str, root: Path, state_dir: Path, options: Mapping[str, Any] | None = None
    ) -> None:
        self.id, self.name, self.owner = id, name, owner
        self.root, self.state_dir = Path(root), Path(state_dir)
        self._options = options or {}
        if self.option("vacation.method", "agent") == "off":
            self.store_names -= {"VacationResponse"}
        self.history_days = int(self._options.get("index.history_days", 30))
        expires = float(self._options.get("index.upload_hours", 24.0)) * 3600
        self.uploads = Blobs(self.state_dir / "blobs", lambda: self.emails, expires=expires)
        self.blobs: BlobStore = self.uploads
        self.outbox = Outbox(self.state_dir / "outbox")
        self.learn = LearnQueue(self.state_dir / "learn")
        self._thread_lock = threading.RLock()
        self._depth = 0  # of locked(), which only the thread in the session enters
        self._index: AccountIndex | None = None
        self._bad_epoch: str | None = None  # of an index in which damage was found
        self._stores: dict[str, Any] = {}
        self._text: TextIndex | None = None
        self._stale_since: float | None = None
        self._is_copy_due = True  # whether the plain copy may lack something

    @property
    def is_read_only(self) -> bool:
        """Whether the file system lets us change nothing; unknown while the Maildir is not there."""
        return os.path.isdir(self.root) and not os.access(self.root, os.W_OK)  # noqa: PTH112 (EACCES is no error)

    @property
    def index(self) -> AccountIndex:
        """Inside a session."""
        assert self._index is not None
        return self._index

    @property
    def follower(self) -> Follower:
        """Inside a session."""
        return self._follower

    @property
    def options(self) -> Mapping[str, Any]:
        """The configuration by "section.name"."""
        return self._options

    def option(self, name: str, default: str) -> str:
        """A configured text, as "mail.layout"."""
        return str(self._options.get(name, default))

    def store(self, name: str) -> Store:
        """Raises KeyError."""
        if name not in self.store_names:
            raise KeyError(name)
        store: Store = self._stores[name]
        return store

    @property
    def emails(self) -> EmailStore:
        """Inside a session."""
        emails: EmailStore = self._stores["Email"]
        return emails

    # --- sessions and locks ---

    @contextmanager
    def session(self) -> Iterator[None]:
        """One request's view. Raises StoreUnavailable when the mail or the index cannot be reached."""
        with self.opened():
            with _unavailable():
                self._follow()
            yield

    @contextmanager
    def opened(self) -> Iterator[None]:
        """As session(), without following the file system: for the sidecar, which does that in its own way."""
        with self._thread_lock:
            with _unavailable():
                self._open()
            self._quota.begin()
            try:
                yield
            except IndexDamaged as error:
                raise StoreUnavailable(f"the index is damaged: {error}") from error
            finally:
                if self._index is not None and self._index.is_damaged:
                    self._give_up(self._index)
                    with suppress(StoreUnavailable), _unavailable():
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
            for file in (self._index, self._text):
                if file is not None:
                    file.close()
            self._index = self._text = None
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
        if not self.root.is_dir():
            raise StoreUnavailable(f"{self.root}: {_why_missing(self.root)}")
        self.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        index = open_index(self.state_dir, self.history_days, self._bad_epoch)
        text = open_text(self.state_dir, index)
        self._quota = Quota(index, self.root, self.owner, self._options)
        emails = EmailStore(index, text, self.root, self._follow, self._quota)
        self._follower = Follower(index, self.root, self._options, self.locked, emails)
        mailboxes = MailboxStore(index, self.root, self._options, emails)
        self._stores = {"Email": emails, "Mailbox": mailboxes, "Thread": ThreadStore(index)}
        trust = trust_store(self.option("smime.trust_store", ""))
        emails.smime = SmimeResults(index, trust, self.locked, emails.read)
        emails.learn = self.learn
        self._stores["Quota"] = QuotaStore(index, self._quota)
        self._stores["VacationResponse"] = VacationStore(index, self.owner, self._options)
        self._identities = self._stores["Identity"] = IdentityStore(index, self.owner, self._options)
        self._stores["EmailSubmission"] = submissions = SubmissionStore(index, self.outbox, self.locked)
        if not submissions.is_restored:
            with index.lock():
                submissions.restore()
        self._index, self._text = index, text

    def _follow(self) -> None:
        """Brings the index up to date within the budget of a request."""
        index, before = self.index, self.index.modseq
        self._follower.run(BUDGET)
        if self.emails.is_text_wanted:  # a search had to be refused: all requests help until the next one can be made
            self._catch_up_fast()
        elif index.modseq != before:
            self._catch_up()
        self.emails.smime.follow()
        if self._identities.follow(self.locked):
            self._is_copy_due = True
        if self._follower.has_new_folders():
            self._is_copy_due = True
        if not self._depth:
            self._save_copy()
        self._compact_if_nobody_does()

    def _catch_up(self) -> bool:
        """Whether no more can be done now; messages the full-text index cannot take are read when it is searched."""
        try:
            return self._follower.catch_up(CATCH_UP)
        except OSError as error:
            log.warning("%s: full-text index: %s", self.id, error)
            return True

    def _catch_up_fast(self) -> None:
        deadline = time.monotonic() + BUDGET
        while not (is_done := self._catch_up()) and time.monotonic() < deadline:
            pass
        self.emails.is_text_wanted = not is_done

    def _save_copy(self) -> None:
        """Before an id or a keyword that no mail file holds is answered, it is where a lost index does not matter."""
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
            index.replace(index.rows(), {type: dict(index.objects.all(type)) for type in index.objects.types()})


def open_text(folder: Path, index: AccountIndex) -> TextIndex:
    """The full-text index; emptied when it knows documents that the index has not given out.

    That is so when the index was made anew, and after a power cut that took the journal's last lines.
    """
    text = TextIndex(folder / TEXT)
    if text.last() >= index.mail.next_doc:
        with index.lock():
            if text.last() >= index.mail.next_doc:
                text.clear()
    return text


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
            text = TextIndex(folder / TEXT)
            text.clear()  # its document numbers are those of the old index
            text.close()
        return AccountIndex(folder, history_days)


@contextmanager
def _unavailable() -> Iterator[None]:
    """OSErrors of the index's folder, as a full or read-only disk."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(str(error)) from error


def _why_missing(root: Path) -> str:
    """The cause an administrator needs."""
    probe: Callable[[], object] = root.stat
    try:
        probe()
    except OSError as error:
        return error.strerror or str(error)
    return "not a directory"
