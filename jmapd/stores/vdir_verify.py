"""Whether files and index agree on the items of a tree, and the removal of what a kill left behind."""

import contextlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from jmapd.index.account import AccountIndex
from jmapd.stores.maildir_names import from_text
from jmapd.stores.vdir_books import collections, served
from jmapd.stores.vdir_format import Format, Kind, keys_of
from jmapd.stores.vdir_groups import grouped, placed, records_of
from jmapd.stores.vdir_known import KnownFiles
from jmapd.stores.vdir_layout import OWN
from jmapd.stores.vdir_scan import look, read
from jmapd.stores.vdir_write import REMOVED
from jmapd.wire import Id, Record

LEFT_SECONDS = 3600.0  # no change of ours takes as long


def verify(index: AccountIndex, root: Path, format: Format, known: KnownFiles, is_thorough: bool) -> list[str]:
    """What is wrong, one line each. `is_thorough`: reads each file."""
    problems: list[str] = []
    found = collections(index, format)
    for number, kind in enumerate(format.kinds):
        books, name = index.objects.all(kind.book_type), kind.book_type
        there = {id for id, each in found.items() if number in served(index, format, id, each)}
        problems += [f"{id} is a collection, but no {name}" for id in sorted(there - books.keys())]
        problems += [f"{id} is a {name} without a collection" for id in sorted(books.keys() - there)]
    for id, record in found.items():
        if record["exists"]:
            problems += _verify_collection(root, format, known, id, record, is_thorough)
    return problems + _verify_records(index, format)


def _verify_collection(
    root: Path, format: Format, files: KnownFiles, id: Id, record: Record, is_thorough: bool
) -> list[str]:
    folder = str(root / from_text(record["path"]))
    try:
        seen = look(id, folder, record["kind"], format.suffix)
    except OSError as error:
        return [f"{folder} cannot be read: {error.strerror}"]
    known = files.of(id)
    problems = [f"{folder}/{name} is not in the index" for name in sorted(seen.files.keys() - known.keys())]
    problems += [f"{folder}/{name} is in the index, but not there" for name in sorted(known.keys() - seen.files.keys())]
    for name in sorted(known.keys() & seen.files.keys()):
        entry = known[name]
        if entry["stat"][1:] != seen.files[name][1:] or is_thorough:
            keys = [item.key for item in read(format, id, folder, name).items]
            if keys != keys_of(entry):
                uids = [uid for _, uid in keys]
                problems.append(f"{folder}/{name} has the UIDs {uids}, the index has {entry['uids']}")
    return problems


def _verify_records(index: AccountIndex, format: Format) -> list[str]:
    """Each item is in the records of its UID, once; each record has files."""
    problems, places = [], set[tuple[Id, str, int]]()
    every = (each for number, kind in enumerate(format.kinds) for each in _records(index, number, kind))
    for number, kind, id, record in every:
        if not record["files"] or record["books"].keys() != {place[0] for place in record["files"]}:
            problems.append(f"{id} has other books than files")
        places |= {(place[0], place[1], place[2]) for place in record["files"]}
        group = records_of(index, kind, record["uid"])
        if id not in group:
            problems.append(f"{id} is not found by its UID")
        elif len(group) > 1 and id == min(group):
            found = [each for other in group.values() for each in placed(format, number, other)]
            if len(grouped(kind, record["uid"], found, {}, {})) != len(group):
                problems.append(f"{id} and others with its UID have the same content")
    for key in index.objects.all(format.file_type):
        collection, _, name = key.partition("/")
        entry = index.objects.get(format.file_type, key) or {"uids": []}
        wanted = {(collection, name, number) for number in range(len(entry["uids"]))}
        problems += [f"{place} is in no record" for place in sorted(wanted - places)]
        places -= wanted
    return problems + [f"{place} is in no file" for place in sorted(places)]


def _records(index: AccountIndex, number: int, kind: Kind) -> Iterator[tuple[int, Kind, Id, Record]]:
    for id, record in index.objects.all(kind.item_type).items():
        yield number, kind, id, record


def clear_leftovers(folders: Iterable[str]) -> None:
    """Files written aside, and folders on their way out, of a process that was killed."""
    oldest = time.time() - LEFT_SECONDS
    for folder in folders:
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith(OWN) or entry.stat(follow_symlinks=False).st_ctime > oldest:
                    continue
                if entry.name.startswith(REMOVED) and entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                elif entry.is_file(follow_symlinks=False):
                    os.unlink(entry.path)  # noqa: PTH108
