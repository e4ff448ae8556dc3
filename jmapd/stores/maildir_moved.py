"""Where the files of one message are now, when another program moved them after the last look at the Maildir."""

import os
from collections.abc import Collection, Iterator

from jmapd.formats.message.wire_form import wire_digest
from jmapd.index.account import AccountIndex
from jmapd.stores.maildir_folders import FOLDER
from jmapd.stores.maildir_intake import email_id, read_file
from jmapd.stores.maildir_names import from_text
from jmapd.stores.maildir_scan import PARTS, look, signature
from jmapd.wire import Id

MAX_READ = 200  # files read in the search: that many new ones in one moment are rather a program at work on all mail


def find_moved(index: AccountIndex, root: str, id: Id, doomed: Collection[tuple[str, str]] = ()) -> dict[Id, list[str]]:
    """{mailbox: names} as the disk has it; empty when the message is gone. Nothing is written to the index.

    `doomed`: (folder, name) of files that count as removed.
    """
    row = index.mail.row(id)
    found: dict[Id, list[str]] = {}
    if row is None:
        return found
    left, size = MAX_READ, index.mail.size(row)
    for mailbox, folder, name in _candidates(index, root, row):
        if (folder, name) in doomed:
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


def _candidates(index: AccountIndex, root: str, row: int) -> Iterator[tuple[Id, str, str]]:
    """(mailbox, folder, name) of its known files and of all that is new in folders that have changed."""
    for mailbox, record in index.objects.all(FOLDER).items():
        if not record["exists"]:
            continue
        folder = f"{root}/{from_text(record['path'])}".rstrip("/")
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
