"""The mail of an account over a Maildir: its stores, and what follows the file system for each request."""

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.text import TextIndex
from jmapd.stores.account import TEXT, FileAccount, Lock, Part, why_missing
from jmapd.stores.base import StoreUnavailable
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
STORES = frozenset(("Email", "Mailbox", "Thread", "Quota", "Identity", "EmailSubmission", "VacationResponse"))


class MailPart:
    """Mail, and what belongs to it: identities, submissions, quota."""

    def __init__(self, id: Id, owner: str, root: Path, state_dir: Path, options: Mapping[str, Any]) -> None:
        self.id, self.owner = id, owner
        self.root, self.state_dir, self._options = Path(root), Path(state_dir), options
        has_vacation = str(options.get("vacation.method", "agent")) != "off"
        self.store_names = STORES if has_vacation else STORES - {"VacationResponse"}
        self.outbox = Outbox(self.state_dir / "outbox")
        self.learn = LearnQueue(self.state_dir / "learn")
        self._text: TextIndex | None = None

    @property
    def is_read_only(self) -> bool:
        """Whether the file system lets us change nothing; unknown while the Maildir is not there."""
        return os.path.isdir(self.root) and not os.access(self.root, os.W_OK)  # noqa: PTH112 (EACCES is no error)

    def check(self) -> None:
        """Raises StoreUnavailable when the Maildir is away."""
        if not self.root.is_dir():
            raise StoreUnavailable(f"{self.root}: {why_missing(self.root)}")

    def begin(self) -> None:
        """A request begins."""
        self._quota.begin()

    def open(self, index: AccountIndex, lock: Lock, follow: Callable[[], None]) -> Mapping[str, Any]:
        """The stores over an index."""
        self._index = index
        self._text = open_text(self.state_dir, index)
        self._quota = Quota(index, self.root, self.owner, self._options)
        self.emails = emails = EmailStore(index, self._text, self.root, follow, self._quota)
        self.follower = Follower(index, self.root, self._options, lock, emails)
        trust = trust_store(str(self._options.get("smime.trust_store", "")))
        emails.smime = SmimeResults(index, trust, lock, emails.read)
        emails.learn = self.learn
        self._lock = lock
        self._identities = IdentityStore(index, self.owner, self._options)
        submissions = SubmissionStore(index, self.outbox, lock)
        if not submissions.is_restored:
            with index.lock():
                submissions.restore()
        return {
            "Email": emails,
            "Mailbox": MailboxStore(index, self.root, self._options, emails),
            "Thread": ThreadStore(index),
            "Quota": QuotaStore(index, self._quota),
            "VacationResponse": VacationStore(index, self.owner, self._options),
            "Identity": self._identities,
            "EmailSubmission": submissions,
        }

    def watched(self) -> list[str]:
        """The directories whose changes matter."""
        return self.follower.watchlist.paths()

    def close(self) -> None:
        """Gives the full-text index back."""
        if self._text is not None:
            self._text.close()
        self._text = None

    def follow(self) -> bool:
        """Brings the index up to date within the budget of a request; whether folders or identities changed."""
        index, before = self._index, self._index.modseq
        self.follower.run(BUDGET)
        if self.emails.is_text_wanted:  # a search had to be refused: all requests help until the next one can be made
            self._catch_up_fast()
        elif index.modseq != before:
            self._catch_up()
        self.emails.smime.follow()
        has_new_identities = self._identities.follow(self._lock)
        return self.follower.has_new_folders() or has_new_identities

    def _catch_up(self) -> bool:
        """Whether no more can be done now; messages the full-text index cannot take are read when it is searched."""
        try:
            return self.follower.catch_up(CATCH_UP)
        except OSError as error:
            log.warning("%s: full-text index: %s", self.id, error)
            return True

    def _catch_up_fast(self) -> None:
        deadline = time.monotonic() + BUDGET
        while not (is_done := self._catch_up()) and time.monotonic() < deadline:
            pass
        self.emails.is_text_wanted = not is_done


class MaildirAccount(FileAccount):
    """An account that has mail, and perhaps other parts."""

    def __init__(
        self,
        id: Id,
        name: str,
        owner: str,
        root: Path,
        state_dir: Path,
        options: Mapping[str, Any] | None = None,
        parts: Sequence[Part] = (),
    ) -> None:
        self.mail = MailPart(id, owner, root, state_dir, options or {})
        super().__init__(id, name, owner, state_dir, (self.mail, *parts), options)
        self.root, self.outbox, self.learn = self.mail.root, self.mail.outbox, self.mail.learn

    @property
    def emails(self) -> EmailStore:
        """Inside a session."""
        self.store("Email")
        return self.mail.emails

    @property
    def follower(self) -> Follower:
        """Inside a session."""
        return self.mail.follower


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
