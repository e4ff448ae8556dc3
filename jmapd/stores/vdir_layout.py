"""The collections below a folder: vdirs as khard and vdirsyncer have them, a Radicale tree, a xandikos tree."""

# Plain os calls: names that are no UTF-8, and speed.
# ruff: noqa: PTH112, PTH113, PTH116, PTH118

import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from jmapd.stores import vdir_meta
from jmapd.stores.maildir_layout import is_directory
from jmapd.stores.vdir_format import Format
from jmapd.stores.vdir_meta import RADICALE, VDIR, Meta

DEPTH = 3  # xandikos has user/contacts/addressbook
LOCK = ".Radicale.lock"
LOCK_LEVELS = 4  # <storage>/.Radicale.lock, <storage>/collection-root/<user>/<collection>
OWN = ".jmapd-"  # begins the names of our temporary files
_OTHER_SUFFIXES = (".vcf", ".ics")

Stamp = list[int]  # mtime, ctime, inode of a directory


@dataclass(slots=True)
class Place:
    """A collection on disk."""

    path: str  # below the root; "" is the root itself
    kind: str
    inode: list[int]  # device, inode
    meta: Meta
    stamps: list[list[int | str]]  # of its metadata files, from before they were read


@dataclass(slots=True)
class Tree:
    """All that a look found."""

    places: list[Place] = field(default_factory=list)
    stamps: dict[str, Stamp] = field(default_factory=dict)  # of directories in which collections may come or go


def stamp_of(path: str) -> Stamp:
    """Raises OSError."""
    status = os.stat(path)
    return [status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def radicale_lock(root: Path) -> str | None:
    """The lock file of the Radicale storage that a folder is in."""
    for folder in [root, *root.parents][:LOCK_LEVELS]:
        if os.path.isfile(folder / LOCK):
            return str(folder / LOCK)
    return None


def is_item(name: str, kind: str, suffix: str) -> bool:
    """Whether a file of that name is an item; in Radicale's collections each one is that is not hidden."""
    if name.startswith(".") or name.endswith(("~", ".tmp")):
        return False
    return kind == RADICALE or name.lower().endswith(suffix)


def discover(root: Path, format: Format, known: Collection[str] = ()) -> Tree:
    """All collections of items of this format; those at the paths `known` also when nothing is in them any more.

    Raises OSError when the root cannot be read.
    """
    walk = _Walk(root, format, known)
    walk.go("", DEPTH)
    if "" in known and not walk.tree.places:
        walk.tree.places.append(_place(str(root), "", format))
    return walk.tree


class _Walk:
    """Down a tree."""

    def __init__(self, root: Path, format: Format, known: Collection[str]) -> None:
        self.tree = Tree()
        self._seen = set[tuple[int, ...]]()  # a folder with several names is there once: its files are the same
        self._root, self._format, self._known = root, format, known
        self._is_radicale = radicale_lock(root) is not None

    def go(self, path: str, depth: int) -> None:
        folder = str(self._root / path)
        stamp = stamp_of(folder)
        subfolders, suffixes = _listed(folder)
        place = _place(folder, path, self._format)
        if tuple(place.inode) in self._seen:
            return
        self._seen.add(tuple(place.inode))
        if self._is_collection(place, subfolders, suffixes):
            self.tree.places.append(place)
        elif path and (suffixes or place.meta.get("type") or _is_bare(folder)):
            return  # of another format, or the insides of git, whose files are not there
        if path == "" or subfolders or not suffixes:
            self.tree.stamps[path] = stamp
        for name in subfolders if depth else ():
            with suppress(OSError):  # gone, or not to be read now
                self.go(os.path.join(path, name), depth - 1)

    def _is_collection(self, place: Place, subfolders: list[str], suffixes: set[str]) -> bool:
        """An empty folder in the root is a collection, but not one that holds others, and not the root."""
        if place.kind == RADICALE:
            return place.meta.get("type") == self._format.radicale_tag
        if self._is_radicale:
            return False
        said = place.meta.get("type", "")
        if place.kind != VDIR and said:
            return said == self._format.xandikos_type
        if self._format.suffix in suffixes:
            return True
        if suffixes or not place.path:
            return False
        return place.path in self._known or (not subfolders and "/" not in place.path)


def _listed(folder: str) -> tuple[list[str], set[str]]:
    """The folders in it, symbolic links last, and which kinds of items it has."""
    subfolders, suffixes = [], set()
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            suffix = entry.name[-4:].lower()
            if is_directory(entry):
                subfolders.append((entry.is_symlink(), entry.name))
            elif suffix in _OTHER_SUFFIXES:
                suffixes.add(suffix)
    return [name for _, name in sorted(subfolders)], suffixes


def _is_bare(folder: str) -> bool:
    return os.path.isfile(f"{folder}/HEAD") and os.path.isdir(f"{folder}/objects")


def _place(folder: str, path: str, format: Format) -> Place:
    stamps = vdir_meta.stamps(folder)
    status, kind = os.stat(folder), vdir_meta.kind_of(folder)
    meta = vdir_meta.read(folder, kind, format.radicale_description)
    return Place(path, kind, [status.st_dev, status.st_ino], meta, stamps)
