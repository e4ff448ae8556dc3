"""Folders of new collections, as the programs want them that the tree is of; and what a collection is told to say."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores import vdir_meta
from jmapd.stores.maildir_names import from_text, to_text
from jmapd.stores.vdir_books import COLLECTION
from jmapd.stores.vdir_format import Format
from jmapd.stores.vdir_known import KnownFiles
from jmapd.stores.vdir_layout import Stamp, is_item, radicale_lock, stamp_of
from jmapd.stores.vdir_meta import RADICALE, VDIR, XANDIKOS, XANDIKOS_GIT
from jmapd.stores.vdir_scan import collection_change
from jmapd.stores.vdir_write import VdirFiles, stat_of
from jmapd.wire import Id, Record

LISTED = 500  # names of a folder that are looked at after each change of ours


def kind_for(root: Path, others: Iterable[Record]) -> str:
    """Of a new collection: as the tree's."""
    if radicale_lock(root) is not None:
        return RADICALE
    kinds = {record["kind"] for record in others if record["exists"]}
    return next((kind for kind in (XANDIKOS_GIT, XANDIKOS, RADICALE) if kind in kinds), VDIR)


def made_collection(files: VdirFiles, root: Path, format: Format, record: Record, kind: str = "") -> Record:
    """The collection with a folder, which is made. Raises OSError."""
    folder = os.path.join(str(root), from_text(record["path"]))  # noqa: PTH118
    files.make_folder(folder)
    kind = kind or kind_for(root, ())
    if kind in (XANDIKOS, XANDIKOS_GIT):
        _git_init(files, folder, format if kind == XANDIKOS_GIT else None)
    status = os.stat(folder)  # noqa: PTH116
    made = record | {"exists": True, "kind": kind, "inode": [status.st_dev, status.st_ino], "meta": None, "stamp": None}
    if kind == RADICALE:  # which shows the path of one that has no name
        name = os.path.basename(record["path"])  # noqa: PTH119
        return tell(files, folder, format, made, {"type": format.radicale_tag, "name": name})
    return tell(files, folder, format, made, {"type": format.xandikos_type}) if kind == XANDIKOS else made


def _git_init(files: VdirFiles, folder: str, format: Format | None) -> None:
    """xandikos shows no other collections; with `format` it is told there what it holds."""
    if not os.path.lexists(f"{folder}/.git"):  # noqa: PTH110
        files.undone_with(partial(shutil.rmtree, f"{folder}/.git", ignore_errors=True))
    steps = [["init", "-q"]]
    if format is not None:
        steps.append(["config", "xandikos.type", format.xandikos_type])
    try:
        for step in steps:
            subprocess.run(["git", "-C", folder, *step], check=True, capture_output=True, timeout=10)
    except subprocess.SubprocessError as error:
        raise OSError(f"git: {error}") from error


def tell(files: VdirFiles, folder: str, format: Format, record: Record, told: Mapping[str, str]) -> Record:
    """The collection after it was told to say this; what its kind cannot hold is left out. Raises OSError."""
    kind, said = record["kind"], record["said"]
    for key in ("name", "color") if kind == XANDIKOS_GIT else ():
        if key in told:
            vdir_meta.set_git(folder, key, told[key])
            files.undone_with(partial(vdir_meta.set_git, folder, key, said.get(key, "")))
    whole = told if kind == VDIR else {**said, **told}  # one file for all, which may be on its way already
    for name, content in vdir_meta.contents(folder, kind, format.radicale_description, whole).items():
        path = f"{folder}/{name}"
        before = None
        with contextlib.suppress(FileNotFoundError):
            before = stat_of(path)
        if content is not None:
            files.put(path, before, content)
        elif before is not None:
            files.remove(path, before)
    return record | {"said": {key: value for key, value in {**said, **told}.items() if value}, "meta": None}


def told_of_folder(
    index: AccountIndex, format: Format, known: KnownFiles, id: Id, folder: str, before: Stamp | None
) -> list[Change]:
    """The folder's times after what we did in it, unless another program did something in it, too.

    It is listed a moment later ("pending"), for what came after this may have left the same times; a large one only
    then, so that a burst of writes costs one listing.
    """
    record, names = index.objects.get(COLLECTION, id), known.of(id).keys()
    if record is None or before is None or record["stamp"] != before:
        return []
    is_large = len(names) > LISTED
    try:
        now = stamp_of(folder)
        listed = [] if is_large else os.listdir(folder)  # noqa: PTH208
    except OSError:
        return []
    if not is_large and {to_text(name) for name in listed if is_item(name, record["kind"], format.suffix)} != names:
        return []
    return collection_change(index, COLLECTION, id, {"stamp": now, "pending": True})
