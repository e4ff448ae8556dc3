"""Where the folders of a Maildir lie: Maildir++ (".A.B" beside INBOX), nested directories, mbsync's Legacy ("A/.B").

Finds the folders and says which directories must be looked at again to notice that folders came or went.
"""

import os
import stat
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jmapd.formats import modified_utf7
from jmapd.stores.folder_names import unmask

LAYOUTS = ("maildir++", "fs", "legacy")
INBOX = "INBOX"
MAX_DEPTH = 30
MAX_FOLDERS = 20_000
_PARTS = ("cur", "new", "tmp")
_DELETED = "..DOVECOT-TRASHED"  # where Dovecot puts a folder that it is deleting

Stamp = tuple[int, int]  # (mtime in ns, inode) of a directory whose entries decide which folders there are


@dataclass(frozen=True)
class Place:
    """A folder. `path` is relative to the root ("" is the root itself), `names` are shown names from the top."""

    path: str
    names: tuple[str, ...]
    exists: bool = True  # False: only the parent of another; made when a message is put in


@dataclass
class Tree:
    """What was found, and the stamps that tell whether to look again."""

    layout: str
    places: list[Place] = field(default_factory=list)
    stamps: dict[str, Stamp] = field(default_factory=dict)


def decode_name(stored: str, encoding: str = "auto", layout: str = "maildir++") -> str:
    """The shown form of a stored name: modified UTF-7 or UTF-8 (RFC 8621 2: Net-Unicode, so NFC, no controls)."""
    name = stored
    if encoding != "utf-8" and stored.isascii() and "&" in stored:
        try:
            decoded = modified_utf7.decode(stored)
            # "R&D" or "A&-B" of a UTF-8 tree: taken as it is unless it is what an IMAP server would write
            name = decoded if modified_utf7.encode(decoded) == stored else stored
        except ValueError:
            name = stored
    name = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    name = "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cs") else c for c in name)
    return unmask(unicodedata.normalize("NFC", name), layout) or "\ufffd"


def encode_name(name: str, encoding: str = "auto") -> str:
    """The stored form of a shown name."""
    return name if encoding == "utf-8" else modified_utf7.encode(name)


def separator(layout: str) -> str:
    """What stands between the parts of a stored name, as `subscriptions` has it."""
    return "." if layout == "maildir++" else "/"


def child_path(layout: str, parent: str | None, stored: str, is_mbsync: bool = False) -> str:
    """The path of a folder under the folder at `parent` (None: at the top; "": the root, which is INBOX).

    `is_mbsync`: below INBOX as mbsync's Maildir++ has it ("..sub"), else as Dovecot's (".INBOX.sub").
    """
    if layout == "maildir++":
        return f"{parent or ('.' if is_mbsync else '.' + INBOX)}.{stored}" if parent is not None else f".{stored}"
    if layout == "legacy" and parent is not None:
        return f"{parent}/.{stored}".lstrip("/")
    return f"{parent or INBOX}/{stored}" if parent is not None else stored


def own_part(layout: str, path: str) -> str:
    """The last component of a path, as stored."""
    return path.rpartition("." if layout == "maildir++" else "/")[2]


def is_maildir(path: str | Path) -> bool:
    """Whether a directory holds messages."""
    parts = [part for part in (f"{path}/cur", f"{path}/new") if os.path.isdir(part)]  # noqa: PTH112 (speed)
    try:
        return bool(parts) and not any(is_foreign(part) for part in parts)
    except FileNotFoundError:
        return False  # renamed in this moment


def is_foreign(path: str) -> bool:
    """Whether it is a symbolic link of a user to what is not his, as another user's mail. Raises OSError."""
    status = os.lstat(path)
    return stat.S_ISLNK(status.st_mode) and status.st_uid not in (0, os.stat(path).st_uid)  # noqa: PTH116


def detect(root: Path, before: str = "") -> str:
    """The layout that the directories speak for; `before`: what it was, where they leave that open."""
    names = [entry.name for entry in _directories(str(root))]
    if any(name.startswith(".") and is_maildir(root / name) for name in names):
        return "maildir++"
    plain = [name for name in names if not name.startswith(".") and name not in _PARTS]
    for name in plain:
        below = [entry.name for entry in _directories(str(root / name))]
        if any(inner.startswith(".") and is_maildir(root / name / inner) for inner in below):
            return "legacy"
    if any(_holds_maildir(str(root / name)) for name in plain):
        return "legacy" if before == "legacy" else "fs"
    return before or ("fs" if plain and not is_maildir(root) else "maildir++")


def discover(
    root: Path, layout: str = "auto", encoding: str = "auto", before: str = "", doomed: Collection[str] = ()
) -> Tree:
    """All folders but those at the paths in `doomed`. Raises OSError when the root cannot be read."""
    with os.scandir(root):
        pass
    layout = {"auto": "", "verbatim": "fs", "dirs": "fs"}.get(layout, layout) or detect(root, before)
    tree = Tree(layout)
    if layout == "maildir++":
        _maildir_plus_plus(tree, root, encoding, doomed)
    else:
        _nested(tree, root, encoding, doomed)
    if not tree.places:
        tree.places.append(Place("", (INBOX,), exists=False))  # nothing was ever delivered
    _add_parents(tree)
    return tree


def _maildir_plus_plus(tree: Tree, root: Path, encoding: str, doomed: Collection[str]) -> None:
    tree.stamps[""] = _stamp(str(root))
    if is_maildir(root):
        tree.places.append(Place("", (INBOX,)))
    for entry in _directories(str(root)):
        if not entry.name.startswith(".") or entry.name in ("..", _DELETED) or entry.name in doomed:
            continue
        if not is_maildir(entry.path):
            # being made just now, or not a folder at all; or gone again
            tree.stamps[entry.name] = stamp_of(Path(entry.path)) or (0, 0)
            continue
        parts = entry.name[1:].split(".")
        if parts[0] == "" and len(parts) > 1 and all(parts[1:]):
            parts[0] = INBOX  # mbsync: children of INBOX are "..sub"
        elif not all(parts):
            parts = [entry.name[1:]]
        tree.places.append(Place(entry.name, tuple(decode_name(part, encoding) for part in parts)))


def _nested(tree: Tree, root: Path, encoding: str, doomed: Collection[str]) -> None:
    seen: set[tuple[int, int]] = set()
    is_root_inbox = is_maildir(root)

    def walk(path: str, names: tuple[str, ...], depth: int) -> bool:
        """Adds what is at `path` and below; whether there was any folder."""
        full = f"{root}/{path}" if path else str(root)
        try:
            status = os.stat(full)  # noqa: PTH116
        except FileNotFoundError:
            return False  # went away while we looked
        key = (status.st_dev, status.st_ino)
        if key in seen or depth > MAX_DEPTH or len(seen) > MAX_FOLDERS:
            return False  # a link that leads back
        seen.add(key)
        tree.stamps[path] = (status.st_mtime_ns, status.st_ino)
        has_mail = is_maildir(full)
        found = has_mail and path not in doomed
        if found:
            tree.places.append(Place(path, names or (INBOX,)))
        for entry in _directories(full):
            stored = _nested_name(tree.layout, entry.name, is_top=not path)
            if stored is None or (has_mail and entry.name in _PARTS):
                continue
            below = f"{path}/{entry.name}" if path else entry.name
            above = (INBOX,) if not path and is_root_inbox and entry.name.startswith(".") else names
            shown = decode_name(stored, encoding, tree.layout)
            if not above and not is_root_inbox and shown.upper() == INBOX:
                shown = INBOX
            found |= walk(below, (*above, shown), depth + 1)
        return found

    walk("", (), 0)


def _nested_name(layout: str, name: str, is_top: bool) -> str | None:
    """The stored name of a subfolder, None for a directory that is none."""
    if not name.startswith("."):
        return name if layout == "fs" or is_top else None
    return name[1:] or None if layout == "legacy" and name != ".." else None


def _add_parents(tree: Tree) -> None:
    """RFC 8621 2: parentId must name a Mailbox, so a folder without its parent on disk gets one that is empty."""
    known = {place.names for place in tree.places}
    for place in list(tree.places):
        for length in range(1, len(place.names)):
            names = place.names[:length]
            if names not in known:
                known.add(names)
                tree.places.append(Place(_parent_path(tree.layout, place, length), names, exists=False))


def _parent_path(layout: str, place: Place, length: int) -> str:
    up = len(place.names) - length
    if names_inbox(place.names[:length]) and layout == "maildir++":
        return ""
    return place.path.rsplit("." if layout == "maildir++" else "/", up)[0]


def names_inbox(names: tuple[str, ...]) -> bool:
    """Whether this is the INBOX."""
    return names == (INBOX,)


def _directories(path: str) -> Iterator[os.DirEntry[str]]:
    """The directories in a directory by name; nothing when it cannot be read."""
    try:
        with os.scandir(path) as entries:
            found = sorted((entry for entry in entries if is_directory(entry)), key=lambda entry: entry.name)
    except OSError:
        return iter(())
    return iter(found)


def is_directory(entry: os.DirEntry[str]) -> bool:
    """Whether it is one, or leads to one that is not another user's."""
    try:
        return entry.is_dir() and not (entry.is_symlink() and is_foreign(entry.path))
    except OSError:  # a link in circles, or gone
        return False


def _holds_maildir(path: str, depth: int = 3) -> bool:
    if is_maildir(path):
        return True
    return depth > 0 and any(_holds_maildir(entry.path, depth - 1) for entry in _directories(path))


def _stamp(path: str) -> Stamp:
    status = os.stat(path)  # noqa: PTH116
    return status.st_mtime_ns, status.st_ino


def stamp_of(path: Path) -> Stamp | None:
    """None when there is no such directory any more."""
    try:
        return _stamp(str(path))
    except OSError:
        return None
