"""The folders of one Mailbox/set as it leaves them step by step, on disk and in records (RFC 8621 2.5).

A rename takes all folders below along; where a folder that is about to move or go stands in the way, it is put aside
under a name that mail programs show, so that nothing is lost whenever we are killed.
"""

import itertools
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.stores import dovecot
from jmapd.stores.base import NotStorable, Overtaken, ReadOnly
from jmapd.stores.folder_disk import FolderDisk
from jmapd.stores.folder_names import COMPONENT_MAX, NESTED_MAX, PATH_MAX, encoder, stored_names
from jmapd.stores.maildir_folders import FOLDER, ROOT, TREE, new_folder_record
from jmapd.stores.maildir_layout import child_path, decode_name, names_inbox, own_part, separator
from jmapd.stores.maildir_names import from_text, to_text
from jmapd.wire import Id, Record


class MailboxTree:
    """`folders`: the records of all folders as they are now; `doomed`: of those that go after the commit."""

    def __init__(self, index: AccountIndex, root: Path, options: Mapping[str, Any]) -> None:
        self.folders: dict[Id, Record] = dict(index.objects.all(FOLDER))
        self.boxes: dict[Id, Record] = dict(index.objects.all("Mailbox"))
        self.doomed: dict[Id, Record] = {}
        self.inbox = next((id for id in self.folders if names_inbox(tuple(self.folders[id]["names"]))), None)
        self.layout = str((index.objects.get(TREE, ROOT) or {"layout": "maildir++"})["layout"])
        self.disk = FolderDisk(root, self.layout)
        self._aside: set[Id] = set()  # that must find another place before the end
        self._encoding = str(options.get("mail.name_encoding", "auto"))
        paths = [from_text(record["path"]) for record in self.folders.values()]
        is_utf8 = any(not path.isascii() for path in paths)
        self._encode = encoder(self._encoding, is_utf8, self.layout, self._decode)
        has_dovecot = any(record["guid"] for record in self.folders.values())
        self._is_mbsync = any(path.startswith("..") for path in paths) or (
            not has_dovecot and (root / ".uidvalidity").exists()
        )

    def path(self, id: Id) -> str:
        """Relative to the root."""
        return from_text((self.doomed.get(id) or self.folders[id])["path"])

    def children(self, id: Id | None) -> list[Id]:
        """The Mailboxes right below."""
        return [each for each, box in self.boxes.items() if box["parentId"] == id]

    def below(self, id: Id) -> list[tuple[Id, int]]:
        """All Mailboxes below and how many levels, the upper ones first."""
        found, at = [(id, 0)], 0
        while at < len(found):
            above, level = found[at]
            found += [(each, level + 1) for each in self.children(above)]
            at += 1
        return found[1:]

    # --- steps ---

    def make(self, id: Id, name: str, parent: Id | None) -> None:
        """A new folder. Raises StoreError, OSError."""
        for path in self._candidates(id, name, parent):
            try:
                inode = self.disk.make(path, self.workshop(self.disk.device("")))
            except FileExistsError:
                continue  # made by another program just now
            names = [] if parent is None else self.folders[parent]["names"]
            self.folders[id] = new_folder_record(path) | {"inode": inode, "names": [*names, name]}
            self._remember_name(id, name)
            return
        raise NotStorable(["name"], f"name: no folder can be named so, as deep as that: {name[:80]!r}")

    def move(self, id: Id, name: str, parent: Id | None, is_renamed: bool) -> None:
        """Another name or place for a folder and all below it. Raises StoreError, OSError."""
        for path in self._candidates(id, name, parent, None if is_renamed else self.path(id)):
            try:
                self._shift(id, path)
            except FileExistsError:
                continue
            self._aside.discard(id)
            self._remember_name(id, name)
            return
        raise NotStorable(["name", "parentId"], f"name, parentId: no folder can be named so there: {name[:80]!r}")

    def doom(self, id: Id) -> None:
        """A folder goes once the index is told. Raises StoreError, OSError."""
        record, path = self.folders[id], self.path(id)
        if record["exists"] and self.workshop(self.disk.device(path), id) is None:
            raise ReadOnly("there is no other folder")
        going = [] if self.layout == "maildir++" else [self.path(each) for each in self.doomed]
        self.disk.check_removable(path, record["exists"], going)
        self.doomed[id] = record
        del self.folders[id], self.boxes[id]

    def check(self) -> None:
        """Raises Overtaken when a folder that was put aside has stayed there."""
        if self._aside & self.folders.keys():
            raise Overtaken("a folder that was to change its place did not")

    def workshop(self, device: int, without: Id | None = None) -> str | None:
        """tmp/ of a folder that stays, best INBOX's, on the same file system."""
        ids = itertools.chain([self.inbox] if self.inbox in self.folders else [], self.folders)
        stay = (id for id in ids if id != without and self.folders[id]["exists"])
        return self.disk.workshop(map(self.path, stay), device)

    # --- names ---

    def _candidates(self, id: Id, name: str, parent: Id | None, before: str | None = None) -> Iterator[str]:
        """Paths for a Mailbox's folder that are free, the best first. `before`: where it was, its name stays."""
        for stored in self._stored(id, name, parent, before):
            above = None if parent is None else self.path(parent)
            path = child_path(self.layout, above, stored, self._is_mbsync)
            if path == before or (id in self.folders and path == self.path(id)):
                yield path
                continue
            if self._is_free(path, name, parent):
                yield path

    def _stored(self, id: Id, name: str, parent: Id | None, before: str | None) -> Iterator[str]:
        above = child_path(self.layout, None if parent is None else self.path(parent), "", self._is_mbsync)
        room = max((len(os.fsencode(rest)) for rest in self._rests(id)), default=0)
        limit = self._limit - len(os.fsencode(above)) - room
        if before is not None:
            own = own_part(self.layout, before)
            own = own[1:] if self.layout == "legacy" and own.startswith(".") else own
            if len(os.fsencode(own)) <= limit:
                yield own
        yield from stored_names(name, self.layout, self._encode, limit)

    def _decode(self, stored: str) -> str:
        return decode_name(stored, self._encoding, self.layout)

    def _remember_name(self, id: Id, name: str) -> None:
        """Keeps the true name where the stored one reads otherwise."""
        record = self.folders[id]
        own = own_part(self.layout, self.path(id))
        shown = self._decode(own[1:] if self.layout == "legacy" and own.startswith(".") else own)
        given = {key: value for key, value in record["given"].items() if key not in ("name", "stored")}
        if shown != name:
            given |= {"name": name, "stored": to_text(own)}
        self.folders[id] = record | {"given": given}

    # --- places ---

    def _at(self, path: str) -> Id | None:
        """Which Mailbox's folder is there."""
        text = to_text(path)
        found = next((id for id, record in self.folders.items() if record["path"] == text), None)
        return found or next((id for id, record in self.doomed.items() if record["path"] == text), None)

    def _is_free(self, path: str, name: str, parent: Id | None) -> bool:
        """Puts aside who has the place now and goes, or is to have another name by the same call."""
        id = self._at(path)
        if id is not None:
            if id in self.boxes and (self.boxes[id]["name"], self.boxes[id]["parentId"]) != (name, parent):
                return False
            self._shift(id, self._spare(id, path))
            self._aside.add(id)
            self.disk.undone_with(partial(self._aside.discard, id))
        return not self.disk.is_taken(path)

    def _spare(self, id: Id, path: str) -> str:
        """Another place for a folder for a while. Raises NotStorable."""
        mark, room = secrets.token_hex(3), max((len(os.fsencode(rest)) for rest in self._rests(id)), default=0)
        for spare in (
            f"{path}~{mark}",
            *(child_path(self.layout, None, each) for each in (f"moving~{mark}", mark[:2])),
        ):
            is_short = len(os.fsencode(own_part(self.layout, spare))) <= COMPONENT_MAX[self.layout]
            if is_short and len(os.fsencode(spare)) + room <= self._limit and not self.disk.is_taken(spare):
                return spare
        raise NotStorable(["name"], "name: there is no room to put aside what is in the way")

    def _shift(self, id: Id, path: str) -> None:
        """Renames a folder's directory and those of all below it."""
        old = self.path(id)
        if old == path:
            return
        steps = [(id, old, path)]
        if id in self.folders:
            steps += [(each, self.path(each), path + self._rest(id, each, level)) for each, level in self.below(id)]
        with self.disk.step():
            self._take(steps)
            if self.layout != "maildir++":
                for each in self.doomed.keys() - {id}:  # those lie inside it
                    if self.path(each).startswith(f"{old}/"):
                        self._put(each, path + self.path(each)[len(old) :])

    def _take(self, steps: list[tuple[Id, str, str]]) -> None:
        done: list[str] = []
        with ExitStack() as locks:
            for _, source, _ in steps:  # a lock file that Dovecot holds would go along, and never be let go
                locks.enter_context(dovecot.uidlist_lock(Path(self.disk.path(source))))
            for _, source, target in steps:
                is_along = self.layout != "maildir++" and any(source.startswith(f"{above}/") for above in done)
                if not is_along and os.path.lexists(self.disk.path(source)):  # noqa: PTH110
                    self.disk.rename(source, target)
                    done.append(source)
        for each, _, target in steps:
            self._put(each, target)

    def _put(self, id: Id, path: str) -> None:
        records = self.doomed if id in self.doomed else self.folders
        self.disk.undone_with(partial(records.__setitem__, id, records[id]))
        records[id] = records[id] | {"path": to_text(path)}

    @property
    def _limit(self) -> int:
        """Octets a path may have."""
        return PATH_MAX if self.layout == "maildir++" else NESTED_MAX - len(self.disk.root)

    def _rests(self, id: Id) -> Iterator[str]:
        return (self._rest(id, each, level) for each, level in self.below(id))

    def _rest(self, id: Id, below: Id, level: int) -> str:
        """The part of a path that stays when the folder above changes its own."""
        path, above, apart = self.path(below), self.path(id), separator(self.layout)
        if path.startswith(above + apart):
            return path[len(above) :]
        return apart + apart.join(path.rsplit(apart, level)[1:])
