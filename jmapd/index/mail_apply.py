"""One transaction's Email changes, applied to a MailIndex: the one code path of writers and readers."""

from typing import Any

import numpy as np

from jmapd.index.counters import Flags, recount
from jmapd.index.journal import Change
from jmapd.index.mail import MailIndex
from jmapd.index.records import encode_record
from jmapd.index.rows import State, is_unread, keyword_set, pack_files, unpack_names
from jmapd.wire import Id


def apply(mail: MailIndex, modseq: int, change: Change) -> None:
    """A change that check() has let through."""
    mail.memo.clear()
    _, operation, id = change[:3]
    if operation == "c":
        _create(mail, modseq, id, change[3])
    elif operation == "u":
        _update(mail, modseq, id, change[3])
    else:
        _destroy(mail, modseq, id)


def settle(mail: MailIndex, trash: str | None) -> list[Id]:
    """Ends a transaction; answers the mailboxes whose counts have changed, sorted."""
    if trash == mail.counters.trash:
        return mail.counters.settle(lambda thread: _flags(mail, thread))
    return mail.counters.replace(recounted(mail, trash), trash)


def recounted(mail: MailIndex, trash: str | None) -> Any:
    """The counts of all mailboxes from nothing."""
    threads = mail.column("thread", np.arange(mail.base + len(mail.later.ids), dtype=np.int64))
    return recount(mail.sets, threads, mail.conversations.base + len(mail.conversations.ids), trash)


def _flags(mail: MailIndex, thread: int) -> list[Flags]:
    return [(mail.mailbox_ids(row), is_unread(mail.keywords(row))) for row in mail.thread_rows(thread)]


def _create(mail: MailIndex, modseq: int, id: Id, given: dict[str, Any]) -> None:
    later, ranks = mail.later, mail.ranks
    row = mail.base + len(later.ids)
    mailboxes, packed = pack_files(given["files"])
    state = (mailboxes, keyword_set(given["keywords"]), packed)
    keys, thread_id, sort = given["thread_keys"], given.get("threadId"), given["sort"]
    conversations = mail.conversations
    found = conversations.number(thread_id) if thread_id else conversations.oldest(keys)
    if found is not None:
        mail.counters.touch(found, lambda: _flags(mail, found))
    key = (given["receivedAt"], id)
    thread = conversations.join(
        row, id, keys, thread_id, modseq, lambda other: key if other == row else _key(mail, other)
    )
    if found is None:
        mail.counters.touch(thread, lambda: ())
    values = {"receivedAt": given["receivedAt"], "size": given["size"], "thread": thread}
    values |= {name: sort[name].encode("utf-8", "surrogatepass") for name in ("subject", "from", "to")}
    ranks.add(values | {"sentAt": sort["sentAt"]})
    later.rows[id] = row
    later.ids.append(id)
    later.docs.append(mail.next_doc)
    later.lines.append(encode_record(given["blobId"], keys, given["record"]))
    later.header_names.append(given["header_names"])
    later.states[row] = state
    mail.next_doc += 1
    mail.order.add(row, key)
    mail.sets.live.add(row)
    _enter(mail, row, state)
    mail.sets.add_headers(given["header_names"], row)
    if given["record"].get("hasAttachment"):
        mail.sets.add("attachment", "", row)
    if (kind := given["record"].get("smime")) is not None:
        mail.sets.add("smime", kind, row)
    mail.history.create(id, modseq)


def _key(mail: MailIndex, row: int) -> tuple[int, str]:
    return mail.received_at(row), mail.id(row)


def _enter(mail: MailIndex, row: int, state: State) -> None:
    for mailbox in state[0]:
        mail.sets.add("mailbox", mailbox, row)
    for keyword in state[1]:
        mail.sets.add("keyword", keyword, row)
    _name(mail, row, state)


def _name(mail: MailIndex, row: int, state: State) -> None:
    if mail.names:
        for mailbox, names in zip(state[0], unpack_names(state[2]), strict=False):
            known = mail.names.get(mailbox)
            if known is not None:
                known.update(dict.fromkeys(names, row))


def _unname(mail: MailIndex, row: int, state: State) -> None:
    if mail.names:
        for mailbox, names in zip(state[0], unpack_names(state[2]), strict=False):
            known = mail.names.get(mailbox)
            if known is not None:
                for name in names:
                    if known.get(name) == row:
                        del known[name]


def _update(mail: MailIndex, modseq: int, id: Id, given: dict[str, Any]) -> None:
    row = mail.row(id)
    assert row is not None
    old = mail.state(row)
    mailboxes, packed = pack_files(given["files"]) if "files" in given else (old[0], old[2])
    keywords = keyword_set(given["keywords"]) if "keywords" in given else old[1]
    new = (mailboxes, keywords, packed)
    if given.get("touched"):  # something that is kept elsewhere and shown with it has changed
        _note(mail, modseq, id, row)
    if new == old:
        return
    if new[:2] != old[:2]:
        thread = mail.thread(row)
        mail.counters.touch(thread, lambda: _flags(mail, thread))
        for mailbox in set(old[0]).difference(mailboxes):
            mail.sets.discard("mailbox", mailbox, row)
        for keyword in set(old[1]).difference(keywords):
            mail.sets.discard("keyword", keyword, row)
        _note(mail, modseq, id, row)
    _unname(mail, row, old)
    mail.later.states[row] = new
    _enter(mail, row, new)


def _note(mail: MailIndex, modseq: int, id: Id, row: int) -> None:
    life = mail.history.lives.get(id)
    mail.history.update(id, modseq, life[0] if life else mail.snapshot.view("created")[row])


def _destroy(mail: MailIndex, modseq: int, id: Id) -> None:
    row = mail.row(id)
    assert row is not None
    state, thread = mail.state(row), mail.thread(row)
    mail.counters.touch(thread, lambda: _flags(mail, thread))
    life = mail.history.lives.get(id)
    created = life[0] if life else mail.snapshot.view("created")[row]
    mail.history.destroy(id, modseq, created, mail.thread_id(thread))
    mail.conversations.leave(row, thread, modseq)
    sets = mail.sets
    sets.live.discard(row)
    for mailbox in state[0]:
        sets.discard("mailbox", mailbox, row)
    for keyword in state[1]:
        sets.discard("keyword", keyword, row)
    sets.discard("attachment", "", row)
    for kind in sets.names("smime"):
        sets.discard("smime", kind, row)
    sets.discard_headers(row)
    _unname(mail, row, state)
    mail.later.rows.pop(id, None)
