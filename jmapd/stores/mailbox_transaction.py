"""Mailbox/set on disk and in the index (RFC 8621 2.5): folders first, then one line of the journal, then removals.

The account's lock is held by the caller.
"""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores import subscriptions
from jmapd.stores.base import Overtaken, RecordNotFound
from jmapd.stores.email_transaction import EmailTransaction
from jmapd.stores.mailbox_emails import MailboxEmails
from jmapd.stores.mailbox_tree import MailboxTree
from jmapd.stores.maildir_folders import FOLDER, FolderChanges, Wanted, new_id, subscription_names
from jmapd.stores.maildir_layout import separator
from jmapd.stores.maildir_names import base_of, from_text
from jmapd.stores.maildir_write import undone_when_it_fails
from jmapd.wire import Id, Record

STORED = ("name", "parentId", "role", "sortOrder", "isSubscribed")
Whole = Callable[[Id, Record, Record], Record]  # (id, Mailbox, folder) -> as Mailbox/get has it
Emails = Callable[[Mapping[Id, Record]], EmailTransaction]


class MailboxTransaction:
    """Changes of Mailboxes that become visible together; a context manager."""

    def __init__(
        self, index: AccountIndex, root: Path, options: Mapping[str, Any], whole: Whole, emails: Emails
    ) -> None:
        self._index, self._root, self._options, self._whole = index, root, options, whole
        self._tree = MailboxTree(index, root, options)
        self._emails = MailboxEmails(index, emails)
        self._touched: dict[Id, None] = {}  # whose place in Dovecot's list of subscriptions may be another
        self._known: dict[Id, set[str]] = {}  # the messages of what is destroyed
        self._is_changed = False

    def __enter__(self) -> "MailboxTransaction":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        tree, disk = self._tree, self._tree.disk
        if kind is not None or not self._is_changed:
            disk.undo()
            return
        doomed = frozenset(tree.path(id) for id in tree.doomed)
        with undone_when_it_fails(self._undo):
            tree.check()
            disk.sync()
            changes = self._emails.changes(tree.folders, tree.doomed)
            self._write_subscriptions()
            wanted = Wanted(tree.folders, tree.boxes, doomed)
            found = FolderChanges(self._index, self._root, self._options, wanted).changes
            self._check(found)
            vanished = [tree.path(id) for type, change, id, *_ in found if (type, change) == (FOLDER, "d")]
            self._index.commit(changes + found + self._changes(found))
        self._emails.finish([disk.path(tree.path(id)) for id in (*tree.folders, *tree.doomed)])
        self._remove()
        disk.prune(set(vanished) - doomed)

    def get(self, id: Id) -> Record | None:
        """The Mailbox as this transaction has left it; its counts as they were before."""
        box = self._tree.boxes.get(id)
        return None if box is None else self._whole(id, box, self._tree.folders[id])

    def create(self, record: Record) -> Record:
        """A new Mailbox and its folder. Raises NotStorable, OverQuota, ReadOnly, StoreUnavailable."""
        id, tree = new_id(), self._tree
        name = unicodedata.normalize("NFC", record["name"])  # RFC 5198 2
        with tree.disk.record():
            tree.make(id, name, record["parentId"])
        tree.boxes[id] = {key: record[key] for key in STORED} | {"name": name}
        self._give(id, "role", record["role"])
        self._give(id, "sortOrder", record["sortOrder"])
        if not record["isSubscribed"]:
            self._subscribe(id, is_wanted=False)
        self._touched[id] = None
        self._is_changed = True
        return self._whole(id, tree.boxes[id], tree.folders[id])

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """Answers the name when it is kept otherwise than it was given."""
        tree = self._tree
        before = tree.boxes.get(id)
        if before is None:
            raise RecordNotFound(id)
        name = unicodedata.normalize("NFC", record["name"])
        after = {key: record[key] for key in STORED} | {"name": name}
        if (name, after["parentId"]) != (before["name"], before["parentId"]):
            self._touched |= dict.fromkeys([id, *(each for each, _ in tree.below(id))])
            with tree.disk.record():
                tree.move(id, name, after["parentId"], name != before["name"])
        tree.boxes[id] = after
        if after["role"] != before["role"]:
            self._give(id, "role", after["role"], before["role"])
        if "sortOrder" in changed:
            self._give(id, "sortOrder", after["sortOrder"])
        if after["isSubscribed"] != before["isSubscribed"]:
            self._subscribe(id, after["isSubscribed"])
        self._is_changed = True
        return {"name": name} if "name" in changed and name != record["name"] else None

    def destroy(self, id: Id) -> None:
        """The Mailbox, its folder, and the Emails that are in no other. Raises RecordNotFound, ReadOnly."""
        if id not in self._tree.boxes:
            raise RecordNotFound(id)
        with self._tree.disk.record():
            self._tree.doom(id)
        self._known[id] = {base_of(name[4:]) for name in self._index.mail.mailbox_files(id)}
        self._emails.leave(id)
        self._touched[id] = None
        self._is_changed = True

    # --- what no folder can hold ---

    def _give(self, id: Id, key: str, value: Any, before: Any = None) -> None:
        """What a client said stays, whatever names let one guess."""
        folder = self._tree.folders[id]
        given = folder["given"] | {key: value}
        if before is not None:
            given["cleared"] = sorted({*given.get("cleared", ()), before})
        self._tree.folders[id] = folder | {"given": given}

    def _subscribe(self, id: Id, is_wanted: bool) -> None:
        self._touched[id] = None
        if not subscriptions.exists(self._root) and not self._has_dovecot:
            self._give(id, "isSubscribed", is_wanted)

    @property
    def _has_dovecot(self) -> bool:
        return any(record["guid"] for record in self._tree.folders.values())

    def _write_subscriptions(self) -> None:
        """Dovecot's list, where there is one or there has to be one now."""
        tree, boxes = self._tree, self._tree.boxes
        touched = list(self._touched)
        if not subscriptions.exists(self._root):
            if not self._has_dovecot or all(id not in boxes or boxes[id]["isSubscribed"] for id in touched):
                return
            touched = list(boxes)  # without a list all are subscribed
        known = self._index.objects.all(FOLDER)
        gone = [name for id in touched if id in known for name in self._listed(known[id])]
        come = [self._listed(tree.folders[id])[0] for id in touched if id in boxes and boxes[id]["isSubscribed"]]
        tree.disk.undone_with(subscriptions.change(self._root, separator(tree.layout), gone, come))

    def _listed(self, folder: Record) -> list[str]:
        return subscription_names(self._tree.layout, from_text(folder["path"]), tuple(folder["names"]))

    # --- commit ---

    def _check(self, found: Iterable[Change]) -> None:
        """Raises Overtaken when the folders on disk are not what was to be: others rename and remove them."""
        told = {change[2]: change[3] for change in found if change[0] == "Mailbox" and change[1] != "d"}
        for id in self._touched.keys() & self._tree.boxes.keys():
            wanted, record = self._tree.boxes[id], told.get(id) or self._index.objects.get("Mailbox", id)
            if record is None or any(record[key] != wanted[key] for key in ("name", "parentId")):
                raise Overtaken("another program is changing the same folders")

    def _changes(self, found: Iterable[Change]) -> list[Change]:
        """What else the index is told, beside what was found on disk."""
        return []

    def _undo(self) -> None:
        self._emails.undo()
        self._tree.disk.undo()

    def _remove(self) -> None:
        """The destroyed folders, the lower ones first."""
        tree, disk = self._tree, self._tree.disk
        inbox = disk.path(tree.path(tree.inbox) if tree.inbox else "")
        for id in sorted(tree.doomed, key=lambda id: len(tree.path(id)), reverse=True):
            if tree.doomed[id]["exists"]:
                disk.remove(tree.path(id), self._known[id], tree.workshop, inbox)
            else:
                disk.prune([tree.path(id)])
