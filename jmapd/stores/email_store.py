"""Emails (RFC 8621 4) as the index has them, and the messages themselves from the Maildir."""

import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from io import FileIO
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pyroaring import BitMap

from jmapd.formats.message.summary import summarise
from jmapd.index.account import AccountIndex
from jmapd.index.mail import MailIndex
from jmapd.index.text import TextIndex
from jmapd.stores import maildir_names
from jmapd.stores.base import Rows, StoreUnavailable, Transaction
from jmapd.stores.email_transaction import EmailTransaction
from jmapd.stores.learn_queue import LearnQueue
from jmapd.stores.maildir_folders import FOLDER
from jmapd.stores.maildir_intake import open_file, read_file
from jmapd.stores.maildir_moved import find_moved
from jmapd.stores.maildir_write import locate
from jmapd.stores.quota import Quota
from jmapd.stores.smime_results import SmimeResults
from jmapd.wire import Id, Record, State, dates
from jmapd.wire.delta import Delta

log = logging.getLogger(__name__)
Result = TypeVar("Result")

METADATA = frozenset({"id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt"})
RECENT_TEXTS = 500  # texts of messages that the full-text index does not have yet
MAX_UNINDEXED = 5000  # messages a search reads itself; more than that only while the full-text index is made anew
MAX_GAP = 100  # messages that are read so that others, whose texts are at hand, can be added after them
SEARCH_SECONDS = 10.0  # longest that it reads


class EmailTable:
    """Emails as rows, newest last."""

    natural_sort: str | None = "receivedAt"

    def __init__(self, index: AccountIndex) -> None:
        self._index = index

    def live(self) -> BitMap:
        return self._index.mail.live()

    def row(self, id: Id) -> int | None:
        return self._index.mail.row(id)

    def ids(self, rows: Iterable[int]) -> list[Id]:
        return self._index.mail.ids(rows)

    def record(self, row: int) -> Record:
        return self._index.mail.email(row)

    def natural(self, rows: BitMap, is_ascending: bool) -> Rows:
        return self._index.mail.by_received(rows, is_ascending)

    def groups(self, rows: Rows, collapse: str) -> np.ndarray[Any, Any]:
        """RFC 8621 4.4: collapseThreads."""
        assert collapse == "threadId"
        return self._index.mail.column("thread", np.asarray(rows, dtype=np.int64))

    def position(self, rows: BitMap, row: int, is_ascending: bool) -> int:
        """Where a row stands in natural()."""
        return self._index.mail.by_received(rows, is_ascending).index(row)

    def collapsed_total(self, rows: BitMap) -> int:
        mail = self._index.mail
        for id in self._index.objects.all("Mailbox"):  # of a whole mailbox it is known
            counts = mail.counts(id)
            if counts.total_emails == len(rows) and mail.mailbox(id) == rows:
                return counts.total_threads
        return mail.collapsed_total(rows)

    def changed_groups(self, since: State, collapse: str) -> BitMap | None:
        """The rows of every Thread of which an Email came, changed or went since that state."""
        index, rows = self._index, BitMap()
        emails, threads = index.changes("Email", since, None), index.changes("Thread", since, None)
        if emails is None or threads is None:
            return None
        numbers = {index.mail.thread(row) for id in (*emails.created, *emails.updated)
                   if (row := index.mail.row(id)) is not None}  # fmt: skip
        for id in (*threads.created, *threads.updated):
            number = index.mail.thread_number(id)
            if number is not None:
                numbers.add(number)
        for number in numbers:
            rows.update(index.mail.thread_rows(number))
        return rows


class EmailStore:
    """The Emails of one account."""

    smime: SmimeResults  # given by the account, as is:
    learn: LearnQueue

    def __init__(
        self, index: AccountIndex, text: TextIndex, root: Path, follow: Callable[[], object], quota: Quota
    ) -> None:
        self.text = text
        self.is_text_wanted = False  # a search could not be made: the full-text index lacks too much
        self._account_index, self._root, self._follow, self._quota = index, root, follow, quota
        self._texts: OrderedDict[int, Mapping[str, str]] = OrderedDict()

    @property
    def index(self) -> MailIndex:
        """As of the newest state this process has read."""
        return self._account_index.mail

    def state(self) -> State:
        return self._account_index.state("Email")

    def delivery_state(self) -> State:
        """Another one with each new Email, and with nothing else (RFC 8621 1.5: EmailDelivery)."""
        return f"{self._account_index.epoch}.{self.index.last_created()}"

    def ids(self) -> Iterable[Id]:
        mail = self.index
        return (mail.id(row) for row in mail.live())

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        """With all metadata and, unless only such is named, all properties the index keeps."""
        mail, found = self.index, {}
        make = self._metadata if properties is not None and METADATA.issuperset(properties) else mail.email
        for id in ids:
            row = mail.row(id)
            if row is not None:
                found[id] = make(row)
        return found

    def _metadata(self, row: int) -> Record:
        """RFC 8621 4.1.1 without a look at the record file."""
        mail = self.index
        return {
            "id": mail.id(row),
            "blobId": mail.blob_id(row),
            "threadId": mail.thread_id(mail.thread(row)),
            "mailboxIds": dict.fromkeys(mail.mailbox_ids(row), True),
            "keywords": dict.fromkeys(mail.keywords(row), True),
            "size": mail.size(row),
            "receivedAt": dates.utc_date(mail.received_at(row)),
        }

    def scan(self, properties: Collection[str] | None = None) -> Iterator[Record]:
        make = self._metadata if properties is not None and METADATA.issuperset(properties) else self.index.email
        return (make(row) for row in self.index.live())

    def changes(self, since: State, limit: int | None = None) -> Delta | None:
        return self._account_index.changes("Email", since, limit)

    def table(self) -> EmailTable:
        return EmailTable(self._account_index)

    def transaction(self) -> AbstractContextManager[Transaction]:
        """The account's lock must be held."""
        return EmailTransaction(self._account_index, self._root, self.add_texts, self._quota.charge())

    def transaction_in(self, folders: Mapping[Id, Record]) -> EmailTransaction:
        """One whose folders are as a Mailbox/set has left them; its caller commits and finishes it."""
        return EmailTransaction(self._account_index, self._root, self.add_texts, self._quota.charge(), folders)

    # --- messages ---

    def message(self, id: Id) -> bytes | None:
        """The file's bytes as stored, LF or CRLF; None when the message is gone or cannot be read.

        Row numbers may not be kept over this call: another program may have moved the file.
        """
        return self._of(id, self.read)

    def opened(self, id: Id) -> FileIO | None:
        """As message(), for reading it piece by piece."""
        return self._of(id, lambda row: self._with_file(row, open_file))

    def _of(self, id: Id, use: Callable[[int], Result | None]) -> Result | None:
        row = self.index.row(id)
        found = use(row) if row is not None else None
        if found is None and row is not None:
            self._follow()
            row = self.index.row(id)
            found = use(row) if row is not None else None
        return found

    def read(self, row: int) -> bytes | None:
        """One of the files of that row."""
        return self._with_file(row, lambda path: read_file(path)[0])

    def _with_file(self, row: int, use: Callable[[str], Result]) -> Result | None:
        """`use` of one of the files of that row, wherever flags may have taken it in its folder."""
        for mailbox, names in self.index.files(row).items():
            folder = self._account_index.objects.get(FOLDER, mailbox)
            if folder is None:
                continue
            path = f"{self._root}/{maildir_names.from_text(folder['path'])}".rstrip("/")
            for name in names:
                try:
                    return use(f"{path}/{maildir_names.from_text(name)}")
                except FileNotFoundError:
                    moved = locate(path, name)
                except OSError as error:
                    log.warning("%r cannot be read: %s", f"{path}/{name}", error.strerror or error)
                    continue
                if moved is not None:
                    try:
                        return use(f"{path}/{maildir_names.from_text(moved)}")
                    except OSError:
                        continue
        return None

    # --- searching ---

    def has_unadded(self) -> bool:
        """Whether messages of the index are not in the full-text index."""
        return bool(self.index.undocumented(self.text.last()))

    def add_texts(self, documents: Sequence[tuple[Id, Mapping[str, str]]]) -> None:
        """To the full-text index, without a gap: what a process that was killed left out is read again."""
        mail = self.index
        try:
            fresh = {mail.doc(row): row for row in mail.undocumented(self.text.last())}
            at_hand = {mail.doc(row): texts for id, texts in documents if (row := mail.row(id)) is not None}
            if len(fresh) - len(at_hand) <= MAX_GAP:
                self.text.add([(doc, at_hand.get(doc) or self.texts(fresh[doc]) or {}) for doc in sorted(fresh)])
        except OSError as error:
            log.warning("full-text index: %s", error)  # searched directly until the sidecar has caught up

    def add_missing_texts(self, batch: int) -> bool:
        """Reads up to `batch` messages for the full-text index, under the account's lock; whether that was all."""
        mail = self.index
        rows = sorted((mail.doc(row), row) for row in mail.undocumented(self.text.last()))
        self.text.add([(doc, self.texts(row) or {}) for doc, row in rows[:batch]])
        return len(rows) <= batch

    def search(self, fields: tuple[str, ...], text: str) -> BitMap:
        """The rows whose text matches (RFC 8621 4.4.1); messages not yet in the full-text index are read.

        It never misses one: raises StoreUnavailable while there are too many to be read.
        """
        mail, last = self.index, self.text.last()
        rows = mail.docs_to_rows(self.text.search(fields, text))
        # another process may add documents meanwhile, and a damaged file has none afterwards
        fresh = mail.undocumented(min(last, self.text.last()))
        if len(fresh) > MAX_UNINDEXED:
            raise self._not_yet(len(fresh))
        deadline = time.monotonic() + SEARCH_SECONDS
        for done, row in enumerate(fresh):
            if time.monotonic() > deadline:
                raise self._not_yet(len(fresh) - done)
            if self.text.matches(fields, text, self._text(row)):
                rows.add(row)
        return rows

    def _not_yet(self, count: int) -> StoreUnavailable:
        self.is_text_wanted = True
        return StoreUnavailable(f"{count} messages are not in the full-text index yet")

    def _text(self, row: int) -> Mapping[str, str]:
        doc = self.index.doc(row)
        if doc in self._texts:
            self._texts.move_to_end(doc)
            return self._texts[doc]
        texts = self.texts(row) or {}
        self._texts[doc] = texts
        while len(self._texts) > RECENT_TEXTS:
            self._texts.popitem(last=False)
        return texts

    def texts(self, row: int) -> dict[str, str] | None:
        """What of a message is searched; None when it cannot be read."""
        raw = self.read(row)
        if raw is None:
            raw = self._read_moved(row)
        return summarise(raw).texts if raw is not None else None

    def _read_moved(self, row: int) -> bytes | None:
        """From another folder, where the next look at the Maildir will find it."""
        index = self._account_index
        for mailbox, names in find_moved(index, str(self._root), index.mail.id(row)).items():
            folder = index.objects.get(FOLDER, mailbox) or {"path": ""}
            for name in names:
                with contextlib.suppress(OSError):
                    return read_file(str(self._root / maildir_names.from_text(f"{folder['path']}/{name}".lstrip("/"))))[
                        0
                    ]
        return None
