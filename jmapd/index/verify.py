"""Reads an index whole: its rows as replace() takes them, and what in it contradicts something else."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from pyroaring import BitMap

from jmapd.index.conversations import Conversations
from jmapd.index.counters import NONE
from jmapd.index.large_verify import verify_large
from jmapd.index.mail import MailIndex
from jmapd.index.mail_apply import recounted
from jmapd.index.objects import Objects
from jmapd.index.rows import EmailRow
from jmapd.index.snapshot import TEXTS

WINDOW = 1 << 15


def live_rows(mail: MailIndex) -> Iterator[EmailRow]:
    """All messages, oldest first."""
    order = mail.by_received(mail.live(), True)
    for start in range(0, len(order), WINDOW):
        rows = order[start : start + WINDOW]
        headers = _header_names(mail, rows)
        for row in rows:
            blob_id, record = mail.whole(row)
            yield {
                "id": mail.id(row),
                "receivedAt": mail.received_at(row),
                "size": mail.size(row),
                "blobId": blob_id,
                "files": mail.files(row),
                "keywords": list(mail.keywords(row)),
                "record": record,
                "thread_keys": mail.thread_keys(row),
                "header_names": headers.get(row, []),
                "sort": _sort(mail, row),
                "threadId": mail.thread_id(mail.thread(row)),
                "doc": mail.doc(row),
            }


def _header_names(mail: MailIndex, rows: list[int]) -> dict[int, list[str]]:
    window, names = BitMap(rows), dict[int, list[str]]()
    for name in mail.sets.names("header"):
        for row in mail.header(name) & window:
            names.setdefault(row, []).append(name)
    return names


def _sort(mail: MailIndex, row: int) -> dict[str, Any]:
    sort: dict[str, Any] = {"sentAt": _value(mail, "sentAt", "sent", row)}
    for name in TEXTS:
        value = _value(mail, name, name, row)
        text = value if isinstance(value, bytes) else mail.snapshot.text(name, value)
        sort[name] = text.decode("utf-8", "surrogatepass")
    return sort


def _value(mail: MailIndex, name: str, column: str, row: int) -> Any:
    return mail.ranks.later(name)[row - mail.base] if row >= mail.base else mail.snapshot.view(column)[row]


def verify(mail: MailIndex, objects: Objects) -> list[str]:
    """One line for each thing that is wrong."""
    wrong = mail.snapshot.verify()
    if wrong:
        return wrong  # the rest would not be worth reading
    for check in (_order, _rows, _sets, _threads, _counts, _histories):
        wrong += check(mail)
    for large in objects.large.values():
        wrong += verify_large(large)
    for type in objects.types():
        is_small = not type.startswith("_") and type not in objects.large
        if is_small and objects.history(type).lives.keys() != objects.all(type).keys():
            wrong.append(f"{type}: the history does not fit the records")
    return wrong


def _order(mail: MailIndex) -> list[str]:
    keys = [(mail.received_at(row), mail.id(row)) for row in mail.by_received(mail.live(), True)]
    is_sorted = all(first < second for first, second in zip(keys, keys[1:], strict=False))
    return [] if is_sorted else ["rows are not in the order of receivedAt, then id"]


def _rows(mail: MailIndex) -> list[str]:
    wrong, docs, view = [], set[int](), mail.snapshot.view
    for row in mail.live():
        id = mail.id(row)
        if mail.row(id) != row:
            wrong.append(f"Email {id}: its id leads to another row")
        if row < mail.base and not mail.records.is_sound(view("offset")[row], view("head")[row], view("length")[row]):
            wrong.append(f"Email {id}: its record is damaged")
        elif _smime(mail, row) != {mail.record(row).get("smime")} - {None}:
            wrong.append(f"Email {id}: it is not in the S/MIME sets that its record says")
        if len(mail.files(row)) != len(mail.mailbox_ids(row)):
            wrong.append(f"Email {id}: its files do not fit its mailboxes")
        if mail.doc(row) in docs or mail.doc(row) >= mail.next_doc:
            wrong.append(f"Email {id}: its document number is not its own")
        docs.add(mail.doc(row))
    return wrong


def _smime(mail: MailIndex, row: int) -> set[str]:
    return {kind for kind in mail.sets.names("smime") if row in mail.smime(kind)}


def _sets(mail: MailIndex) -> list[str]:
    found: dict[tuple[str, str], BitMap] = {}
    for row in mail.live():
        for kind, names in (("mailbox", mail.mailbox_ids(row)), ("keyword", mail.keywords(row))):
            for name in names:
                found.setdefault((kind, name), BitMap()).add(row)
    kept = {(kind, name) for kind in ("mailbox", "keyword") for name in mail.sets.names(kind)}
    return [
        f"{kind} {name}: the set of its emails is wrong"
        for kind, name in kept | found.keys()
        if mail.sets.get(kind, name) != found.get((kind, name), BitMap())
    ]


def _threads(mail: MailIndex) -> list[str]:
    conversations: Conversations = mail.conversations
    wrong, rows = [], BitMap()
    for thread in mail.threads():
        members = conversations.rows(thread)
        rows.update(members)
        keys = [(mail.received_at(row), mail.id(row)) for row in members]
        if any(mail.thread(row) != thread for row in members) or keys != sorted(keys):
            wrong.append(f"Thread {conversations.id(thread)}: wrong emails")
        if conversations.number(conversations.id(thread)) != thread:
            wrong.append(f"Thread {conversations.id(thread)}: its id leads to another thread")
    return wrong if rows == mail.live() else [*wrong, "threads do not have exactly the emails there are"]


def _counts(mail: MailIndex) -> list[str]:
    counts = recounted(mail, mail.counters.trash)
    return [
        f"Mailbox {name}: counts are {mail.counts(name)}, not {counts.get(name, NONE)}"
        for name in counts.keys() | mail.counters.counts.keys()
        if mail.counts(name) != counts.get(name, NONE)
    ]


def _histories(mail: MailIndex) -> list[str]:
    wrong = []
    for name, history in (("Email", mail.history), ("Thread", mail.conversations.history)):
        if np.any(np.diff(np.array(history.graves.destroyed, dtype=np.int64)) <= 0):
            wrong.append(f"{name}: destructions are out of order")
    return wrong
