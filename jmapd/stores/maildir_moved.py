"""Where a message's files, or a folder, are now, when another program moved them after the last look at the Maildir."""

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from jmapd.formats.message.wire_form import wire_digest
from jmapd.index.account import AccountIndex
from jmapd.stores.maildir_folders import FOLDER, ROOT, TREE
from jmapd.stores.maildir_intake import email_id, read_file
from jmapd.stores.maildir_layout import discover
from jmapd.stores.maildir_names import from_text
from jmapd.stores.maildir_scan import PARTS, look, signature
from jmapd.wire import Id, Record

MAX_READ = 200  # files read in the search: that many new ones in one moment are rather a program at work on all mail


def find_moved(index: AccountIndex, root: str, id: Id, doomed: Collection[tuple[Id, str]] = ()) -> dict[Id, list[str]]:
    """{mailbox: names} as the disk has it; empty when the message is gone. Nothing is written to the index.

    `doomed`: (mailbox, name) of files that count as removed.
    """
    row = index.mail.row(id)
    found: dict[Id, list[str]] = {}
    if row is None:
        return found
    left, size = MAX_READ, index.mail.size(row)
    for mailbox, folder, name in _candidates(index, root, row):
        if (mailbox, name) in doomed:
            continue
        path = f"{folder}/{from_text(name)}"
        is_known = index.mail.mailbox_files(mailbox).get(name) == row
        try:
            if not is_known and not os.stat(path).st_size <= size <= 2 * os.stat(path).st_size:  # noqa: PTH116
                continue
            if not is_known:
                left -= 1
                if left < 0 or email_id(wire_digest(read_file(path)[0])) != id:
                    continue
            elif not os.path.lexists(path):
                continue
        except OSError:
            continue
        found.setdefault(mailbox, []).append(name)
    return {mailbox: sorted(names) for mailbox, names in found.items()}


def folder_path(index: AccountIndex, root: str, record: Record) -> str | None:
    """The path of a folder, also of one renamed since the last look, which its inode tells; None when it is gone."""
    path = f"{root}/{from_text(record['path'])}".rstrip("/")
    if os.path.isdir(path):  # noqa: PTH112 (on the way of each write)
        return path
    tree = index.objects.get(TREE, ROOT)
    for place in discover(Path(root), tree["layout"] if tree else "auto").places:
        with suppress(OSError):
            status = Path(root, place.path).stat()
            if place.exists and [status.st_dev, status.st_ino] == record["inode"]:
                return f"{root}/{place.path}".rstrip("/")
    return None


def _candidates(index: AccountIndex, root: str, row: int) -> Iterator[tuple[Id, str, str]]:
    """(mailbox, folder, name) of its known files and of all that is new in folders that have changed."""
    for mailbox, record in index.objects.all(FOLDER).items():
        if not record["exists"]:
            continue
        folder = folder_path(index, root, record)
        if folder is None:
            continue
        known = index.mail.mailbox_files(mailbox)
        for name in index.mail.files(row).get(mailbox, ()):
            yield mailbox, folder, name
        try:
            changed = [part for part in PARTS if signature(f"{folder}/{part}") != record[part]]
            names = look(mailbox, folder, changed).names if changed else set()
        except OSError:
            continue
        for name in names - known.keys():
            yield mailbox, folder, name
