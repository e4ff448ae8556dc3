"""Folders on disk ↔ Mailboxes (RFC 8621 2): which folder is which Mailbox, over outside renames too.

A Mailbox id is Dovecot's GUID of the folder or a random id kept in the index; a folder that was renamed by another
program is known again by the GUID or by (device, inode).
"""

import os
import secrets
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores import dovecot, maildir_roles
from jmapd.stores.base import StoreUnavailable
from jmapd.stores.maildir_layout import INBOX, Place, Tree, discover, encode_name, names_inbox, separator
from jmapd.stores.maildir_names import from_text, to_text
from jmapd.wire import Id, Record

FOLDER = "_folder"  # internal records: where each Mailbox is, what was seen of it at the last scan
TREE = "_tree"
ROOT = "root"
RACY_NS = 20_000_000  # the clock's grain and more: a directory changed that lately may change unseen again
COARSE_NS = 2_000_000_000  # file systems that keep whole seconds

Identity = tuple[list[int] | None, str | None]  # ([device, inode], GUID)


def is_racy(mtime_ns: int, now_ns: int) -> bool:
    """Whether a change after this look might leave the same mtime (git's "racy" rule)."""
    return now_ns - mtime_ns < (COARSE_NS if mtime_ns % 1_000_000_000 == 0 else RACY_NS)


def new_folder_record(path: str) -> Record:
    """What is known of a folder never scanned."""
    return {
        "path": to_text(path), "names": [], "exists": True, "inode": None, "guid": None, "letters": [],
        "letters_stamp": None, "cur": None, "new": None, "pending": False, "writable": True, "separator": ":",
    }  # fmt: skip


class FolderChanges:
    """What a look at the directory tree changes in the index."""

    def __init__(self, index: AccountIndex, root: Path, options: Mapping[str, Any]) -> None:
        self._index, self._root, self._options = index, root, options
        self.changes: list[Change] = []
        self._other_rights: set[Id] = set()
        self.gone: list[Id] = []  # folders that are there no more; their messages are looked for elsewhere first
        started = time.time_ns()
        self._tree = discover(root, str(options.get("mail.layout", "auto")), self._encoding())
        self._folders = dict(index.objects.all(FOLDER))
        if not any(place.exists for place in self._tree.places) and any(
            each["exists"] for each in self._folders.values()
        ):
            # a disk that is not mounted leaves an empty directory; that must not look like mail destroyed
            raise StoreUnavailable(
                f"{root} has no folders any more; if that is meant, remove the account's state folder"
            )
        self._keep_hidden()
        self._put_folders()
        self._put_mailboxes()
        self._put_tree(started)

    def _encoding(self) -> str:
        return str(self._options.get("mail.name_encoding", "auto"))

    def _keep_hidden(self) -> None:
        """A folder that we may not look into now, or whose disk fails, is not gone with its messages."""
        found = {place.path for place in self._tree.places if place.exists}
        for record in self._folders.values():
            path = from_text(record["path"])
            if record["exists"] and path not in found and _is_hidden(self._root / path):
                self._tree.places = [place for place in self._tree.places if place.path != path]
                self._tree.places.append(Place(path, tuple(record["names"])))

    def _put_folders(self) -> None:
        old = {id: record for id, record in self._folders.items() if record.get("exists") is not None}
        matched = match_places(self._root, self._tree, old)
        self._folders = {}
        for id, (place, identity) in matched.items():
            before = old.get(id)
            record = dict(before) if before else new_folder_record(place.path)
            if before and from_text(before["path"]) != place.path or not place.exists:
                record |= {"cur": None, "new": None}
            record |= {"path": to_text(place.path), "names": list(place.names), "exists": place.exists}
            record |= {"inode": identity[0], "guid": identity[1]}
            record["writable"] = _is_writable(self._root / place.path) if place.exists else True
            self._folders[id] = record
            if before and before["writable"] != record["writable"]:
                self._other_rights.add(id)
            self._change(FOLDER, id, before, record)
        self.gone = [id for id in old if id not in matched]

    def _put_mailboxes(self) -> None:
        folders = self._folders
        names = {id: tuple(record["names"]) for id, record in folders.items()}
        by_names = {parts: id for id, parts in names.items()}
        old = self._index.objects.all("Mailbox")
        held = {record["role"]: id for id, record in old.items() if record.get("role")}
        roles = maildir_roles.assign(names, held, self._options.get("mail.roles") or {})
        subscribed = dovecot.read_subscriptions(self._root, separator(self._tree.layout))
        for id, parts in names.items():
            role, before = roles.get(id), old.get(id)
            is_kept = before is not None and before.get("role") == role
            record: Record = {
                "name": _shown_name(parts),
                "parentId": by_names.get(parts[:-1]),
                "role": role,
                "sortOrder": before["sortOrder"] if before and is_kept else maildir_roles.sort_order(role),
                "isSubscribed": self._is_subscribed(folders[id], parts, subscribed),
            }
            if before == record and id in self._other_rights:  # myRights is not in the record
                self.changes.append(["Mailbox", "u", id, record])
            self._change("Mailbox", id, before, record)

    def _is_subscribed(self, folder: Record, names: tuple[str, ...], subscribed: set[str] | None) -> bool:
        """Without Dovecot's list all own folders are wished for (RFC 8621 2 isSubscribed)."""
        if subscribed is None or names_inbox(names):
            return True
        path = from_text(folder["path"])
        stored = path[1:] if self._tree.layout == "maildir++" else path
        encoded = separator(self._tree.layout).join(encode_name(name) for name in names)
        return not subscribed.isdisjoint({stored, encoded, separator(self._tree.layout).join(names)})

    def _put_tree(self, started: int) -> None:
        stamps = {to_text(path): None if is_racy(stamp[0], started) else list(stamp)
                  for path, stamp in self._tree.stamps.items()}  # fmt: skip
        before = self._index.objects.get(TREE, ROOT)
        self._change(TREE, ROOT, before, {"layout": self._tree.layout, "stamps": stamps})

    def _change(self, type: str, id: Id, before: Record | None, record: Record) -> None:
        if before is None:
            self.changes.append([type, "c", id, record])
        elif before != record:
            self.changes.append([type, "u", id, record])


def _shown_name(names: tuple[str, ...]) -> str:
    return "Inbox" if names_inbox(names) else names[-1]


def unique_places(tree: Tree) -> Iterator[Place]:
    """RFC 8621 2: no two siblings of one name, though "Entwürfe" may be there in UTF-8 and in modified UTF-7."""
    used: set[tuple[str, ...]] = set()
    renamed: dict[tuple[str, ...], str] = {}
    for place in sorted(tree.places, key=lambda place: (len(place.names), not place.exists, place.path)):
        names, count = place.names, 1
        while names in used or (names == ("Inbox",) and (INBOX,) in used):
            count += 1
            names = (*place.names[:-1], f"{place.names[-1]} ({count})")
        used.add(names)
        renamed[names] = place.path
        yield Place(place.path, names, place.exists)


def match_places(root: Path, tree: Tree, known: Mapping[Id, Record]) -> dict[Id, tuple[Place, Identity]]:
    """The Mailbox id of each place: the same path and inode, else the GUID, else the inode, else the path."""
    open_places = {place.path: (place, _identity(root, place)) for place in unique_places(tree)}
    found: dict[Id, tuple[Place, Identity]] = {}

    def take(test: Any) -> None:
        for id, record in known.items():
            if id in found:
                continue
            path = next((path for path, (_, identity) in open_places.items() if test(record, path, identity)), None)
            if path is not None:
                found[id] = open_places.pop(path)

    by_path = {from_text(record["path"]): id for id, record in known.items()}
    for path in list(open_places):  # nearly always all of them, so without the search of take()
        id = by_path.get(path)
        if id is not None and known[id]["inode"] == open_places[path][1][0]:
            found[id] = open_places.pop(path)
    if open_places:
        take(lambda record, path, identity: record["guid"] and record["guid"] == identity[1])
        take(lambda record, path, identity: record["inode"] and record["inode"] == identity[0])
        take(lambda record, path, identity: from_text(record["path"]) == path)
    for place, identity in list(open_places.values()):
        guid = identity[1]
        is_free = guid is not None and guid not in found and guid not in known
        found[guid if guid is not None and is_free else new_id()] = (place, identity)
    return found


def new_id() -> Id:
    """A Mailbox id for a folder that brings none."""
    return "F" + secrets.token_hex(12)


def _identity(root: Path, place: Place) -> Identity:
    if not place.exists:
        return None, None
    folder = root / place.path
    try:
        status = folder.stat()
    except OSError:
        return None, None
    return [status.st_dev, status.st_ino], dovecot.mailbox_guid(folder)


def _is_hidden(folder: Path) -> bool:
    """Whether it cannot be told if it holds messages."""
    try:
        (folder / "cur").stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return False


def _is_writable(folder: Path) -> bool:
    """Whether this process may add and rename files there."""
    return os.access(folder / "cur", os.W_OK | os.X_OK)
