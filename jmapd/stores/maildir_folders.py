"""Folders on disk ↔ Mailboxes (RFC 8621 2): which folder is which Mailbox, over outside renames too.

A Mailbox id is Dovecot's GUID of the folder or a random id kept in the index; a folder that was renamed by another
program is known again by the GUID or by (device, inode).
"""

import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores import dovecot, maildir_roles
from jmapd.stores.base import StoreUnavailable
from jmapd.stores.maildir_layout import (
    INBOX,
    Place,
    Tree,
    discover,
    encode_name,
    names_inbox,
    own_part,
    separator,
    stamp_of,
)  # fmt: skip
from jmapd.stores.maildir_names import from_text, to_text
from jmapd.wire import Id, Record

FOLDER = "_folder"  # internal records: where each Mailbox is, what was seen of it at the last scan
TREE = "_tree"
ROOT = "root"
VERSION = 2  # of what is told of each Mailbox beside its record: myRights
RACY_NS = 20_000_000  # the clock's grain and more: a directory changed that lately may change unseen again
LOOKS = 10  # at a tree that others rename all the time, before it is taken as it is
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
        "movable": True, "fertile": True, "given": {},
    }  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What Mailbox/set has made of the folders, on disk already, and of the Mailboxes; the index has not been told."""

    folders: Mapping[Id, Record]
    mailboxes: Mapping[Id, Record]
    doomed: frozenset[str]  # the paths of folders that count as gone, and go once the index is told


class FolderChanges:
    """What a look at the directory tree changes in the index."""

    def __init__(
        self, index: AccountIndex, root: Path, options: Mapping[str, Any], wanted: Wanted | None = None
    ) -> None:
        self._index, self._root, self._options, self._wanted = index, root, options, wanted
        self.changes: list[Change] = []
        self._other_rights: set[Id] = set()
        self.gone: list[Id] = []  # folders that are there no more; their messages are looked for elsewhere first
        before = index.objects.get(TREE, ROOT) or {}
        self._folders = dict(wanted.folders if wanted else index.objects.all(FOLDER))
        self._look(before.get("layout", ""), wanted.doomed if wanted else frozenset())
        if not any(place.exists for place in self._tree.places) and any(
            each["exists"] for each in self._folders.values()
        ):
            # a disk that is not mounted leaves an empty directory; that must not look like mail destroyed
            raise StoreUnavailable(
                f"{root} has no folders any more; if that is meant, remove the account's state folder"
            )
        self._keep_hidden()
        self._put_folders()
        if before and before.get("version") != VERSION:
            self._other_rights |= self._folders.keys()
        self._put_mailboxes()
        self._put_tree()
        if wanted:
            self._drop(wanted)

    def _look(self, layout: str, doomed: frozenset[str]) -> None:
        """Lists the tree. While another program renames folders a listing may miss some, and is made again."""
        configured = str(self._options.get("mail.layout", "auto"))
        for look in range(LOOKS):
            if look:
                time.sleep(RACY_NS / 1e9)
            self._started = time.time_ns()
            self._tree = discover(self._root, configured, self._encoding(), layout, doomed)
            self._identities = {place.path: _identity(self._root, place) for place in self._tree.places}
            if self._is_whole(doomed):
                return

    def _is_whole(self, doomed: frozenset[str]) -> bool:
        if any(place.exists and self._identities[place.path] == (None, None) for place in self._tree.places):
            return False
        if any(stamp_of(self._root / path) != stamp for path, stamp in self._tree.stamps.items()):
            return False
        known = {from_text(record["path"]) for record in self._folders.values() if record["exists"]}
        is_fresh = any(is_racy(stamp[0], self._started) for stamp in self._tree.stamps.values())
        return not is_fresh or not known - self._identities.keys() - doomed

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
                self._identities[path] = _identity(self._root, self._tree.places[-1])

    def _put_folders(self) -> None:
        old = {id: record for id, record in self._folders.items() if record.get("exists") is not None}
        matched = match_places(self._tree, self._identities, old)
        self._folders = {}
        for id, (place, identity) in matched.items():
            before = old.get(id)
            record = new_folder_record(place.path) | dict(before or {})
            if before and from_text(before["path"]) != place.path or not place.exists:
                record |= {"cur": None, "new": None}
            record |= {"path": to_text(place.path), "names": list(place.names), "exists": place.exists}
            if identity[0] or not place.exists:  # else it was renamed since it was listed, and is to be known again
                record |= {"inode": identity[0], "guid": identity[1]}
            record |= _access(self._root, self._tree.layout, place)
            self._folders[id] = record
            if before and any(before.get(key, True) != record[key] for key in ("writable", "movable", "fertile")):
                self._other_rights.add(id)
            self._change(FOLDER, id, record)
        self.gone = [id for id in old if id not in matched]

    def _put_mailboxes(self) -> None:
        folders = self._folders
        old = self._wanted.mailboxes if self._wanted else self._index.objects.all("Mailbox")
        names = {id: tuple(record["names"]) for id, record in folders.items()}
        by_names = {parts: id for id, parts in names.items()}
        by_path = {record["path"]: id for id, record in folders.items()}
        shown, roles = self._shown_names(), self._roles(names, old)
        subscribed = dovecot.read_subscriptions(self._root, separator(self._tree.layout))
        for id, parts in names.items():
            role, before, given = roles.get(id), old.get(id), folders[id]["given"]
            is_kept = before is not None and (before.get("role") == role or "sortOrder" in given)
            above = folders[id]["path"].rpartition(separator(self._tree.layout))[0]
            is_below = len(parts) > 1 and above != "" and by_path.get(above, id) != id
            record: Record = {
                "name": shown[id],
                "parentId": by_path[above] if is_below else by_names.get(parts[:-1]),
                "role": role,
                "sortOrder": before["sortOrder"] if before and is_kept else maildir_roles.sort_order(role),
                "isSubscribed": self._is_subscribed(folders[id], parts, subscribed),
            }
            if self._index.objects.get("Mailbox", id) == record and id in self._other_rights:
                self.changes.append(["Mailbox", "u", id, record])  # myRights is not in the record
            self._change("Mailbox", id, record)

    def _roles(self, names: Mapping[Id, tuple[str, ...]], old: Mapping[Id, Record]) -> dict[Id, str]:
        """By what clients said, then the configuration, then what was, then guesses."""
        held = {record["role"]: id for id, record in old.items() if record.get("role")}
        given = {id: record["given"] for id, record in self._folders.items()}
        told = {id: each["role"] for id, each in given.items() if "role" in each}
        taken = {role for each in given.values() for role in each.get("cleared", ())}
        fresh = names.keys() - old.keys()
        return maildir_roles.assign(names, held, self._options.get("mail.roles") or {}, told, taken, fresh)

    def _shown_names(self) -> dict[Id, str]:
        """The names, the true ones where the stored name is only what could be had; no two siblings have one name."""
        decoded = {id: _shown_name(tuple(record["names"])) for id, record in self._folders.items()}
        kept = {id: name for id, record in self._folders.items() if (name := self._kept_name(record)) is not None}
        shown: dict[Id, str] = {}
        used: set[tuple[str, ...]] = set()
        for id in sorted(decoded, key=lambda id: id in kept):
            above = self._folders[id]["names"][:-1]
            names = [kept.get(id, decoded[id]), decoded[id], *(f"{decoded[id]} ({count})" for count in range(2, 100))]
            shown[id] = next((name for name in names if (*above, name) not in used), id)
            used.add((*above, shown[id]))
        return shown

    def _kept_name(self, record: Record) -> str | None:
        """What a client called it, if no other program has renamed the folder since."""
        own = to_text(own_part(self._tree.layout, from_text(record["path"])))
        return record["given"].get("name") if record["given"].get("stored") == own else None

    def _is_subscribed(self, folder: Record, names: tuple[str, ...], subscribed: set[str] | None) -> bool:
        """Without Dovecot's list all own folders are wished for (RFC 8621 2 isSubscribed), if no client said else."""
        if names_inbox(names):
            return True
        if subscribed is None:
            return bool(folder["given"].get("isSubscribed", True))
        path = from_text(folder["path"])
        return not subscribed.isdisjoint(subscription_names(self._tree.layout, path, names))

    def _put_tree(self) -> None:
        stamps = {to_text(path): None if is_racy(stamp[0], self._started) else list(stamp)
                  for path, stamp in self._tree.stamps.items()}  # fmt: skip
        self._change(TREE, ROOT, {"layout": self._tree.layout, "stamps": stamps, "version": VERSION})

    def _drop(self, wanted: Wanted) -> None:
        """Mailboxes that were destroyed, and those that were only parents of what was destroyed or moved."""
        for id, record in self._index.objects.all(FOLDER).items():
            if id not in self._folders and (id not in wanted.folders or not record["exists"]):
                self.changes += [[type, "d", id] for type in ("Mailbox", FOLDER) if self._index.objects.get(type, id)]

    def _change(self, type: str, id: Id, record: Record) -> None:
        before = self._index.objects.get(type, id)
        if before is None:
            self.changes.append([type, "c", id, record])
        elif before != record:
            self.changes.append([type, "u", id, record])


def subscription_names(layout: str, path: str, names: tuple[str, ...]) -> list[str]:
    """How a folder may stand in Dovecot's list, as Dovecot itself writes it first."""
    if names_inbox(names):
        return [INBOX]
    apart = separator(layout)
    stored = path[1:] if layout == "maildir++" else path
    return [stored, apart.join(encode_name(name) for name in names), apart.join(names)]


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


def match_places(
    tree: Tree, identities: Mapping[str, Identity], known: Mapping[Id, Record]
) -> dict[Id, tuple[Place, Identity]]:
    """The Mailbox id of each place: the same path and inode, else the GUID, else the inode, else the path."""
    open_places = {place.path: (place, identities[place.path]) for place in unique_places(tree)}
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
        take(lambda record, path, identity: _has_inode(record, identity))
        take(lambda record, path, identity: from_text(record["path"]) == path)
    for place, identity in list(open_places.values()):
        guid = identity[1]
        is_free = guid is not None and guid not in found and guid not in known
        found[guid if guid is not None and is_free else new_id()] = (place, identity)
    return found


def _has_inode(record: Record, identity: Identity) -> bool:
    """An inode is given away again once a folder is removed: two GUIDs tell."""
    is_other = record["guid"] and identity[1] and record["guid"] != identity[1]
    return record["inode"] is not None and record["inode"] == identity[0] and not is_other


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


def _access(root: Path, layout: str, place: Place) -> dict[str, bool]:
    """What this process may do: add and rename files, rename the folder, make one below it."""
    folder = root / place.path
    above = folder.parent if layout != "maildir++" and place.path else root
    return {
        "writable": _may_write(folder / "cur") if place.exists else True,
        "movable": _may_write(above),
        "fertile": _may_write(root if layout == "maildir++" else folder) if place.exists else True,
    }


def _may_write(directory: Path) -> bool:
    return os.access(directory, os.W_OK | os.X_OK)
