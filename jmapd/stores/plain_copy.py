"""A readable copy, beside the index, of what the mail files cannot hold; it survives a lost index and can be exported.

Mailbox and AddressBook ids with their folders, names, roles, order and subscriptions (those of guests, too), keywords
beyond Dovecot's letters, and the records of all types that no plain file holds.
"""

from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Any

import orjson

from jmapd.files import atomic
from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.index.large_types import LARGE
from jmapd.stores.mailbox_guests import GUEST
from jmapd.stores.maildir_folders import FOLDER, TREE, new_folder_record
from jmapd.stores.maildir_follow import BUILD
from jmapd.stores.maildir_scan import EXTRA_KEYWORDS
from jmapd.stores.smime_results import SMIME, lasting
from jmapd.stores.submissions import RESTORED
from jmapd.stores.submissions import TYPE as SUBMISSION
from jmapd.stores.vdir_books import COLLECTION, HOLDS, VDIR_TREE, new_collection
from jmapd.stores.vdir_groups import TWINS
from jmapd.wire import Id, Record

NAME = "objects.json"
VERSION = 1
_IN_OUTBOX = {SUBMISSION, RESTORED}  # stores/outbox.py keeps them
_UNSAVED = {
    "CalendarEventNotification",
    "TaskNotification",
    "ShareNotification",
    "CalendarAlert",
}  # what a lost index takes along
_LEFT_OUT = {TREE, VDIR_TREE, HOLDS, TWINS, BUILD, "Email", "Thread"} | _IN_OUTBOX | _UNSAVED | LARGE.keys()
_SEEN = {FOLDER, TREE, COLLECTION, VDIR_TREE, HOLDS, TWINS, BUILD, SMIME} | _IN_OUTBOX | _UNSAVED | LARGE.keys()
_KEYS = {  # the rest is read again
    FOLDER: ("path", "names", "exists", "inode", "guid", "given"),
    COLLECTION: ("of", "path", "exists", "inode", "given"),
}
_NEEDED: dict[str, dict[str, Any]] = {  # without which the index could not be read
    FOLDER: {"path": str},
    COLLECTION: {"path": str, "of": str},
    "AddressBook": {"name": str, "isDefault": bool},
    "Calendar": {"name": str, "isDefault": bool},
    "TaskList": {"name": str, "isDefault": bool},
    EXTRA_KEYWORDS: {"keywords": list},
    GUEST: {"subscribed": dict},
    SMIME: {"delivery": str},
    "VacationResponse": {"isEnabled": bool},
    "Identity": {"email": str},
    "ParticipantIdentity": {"calendarAddress": str, "name": str},
    "Principal": {"user": str, "addresses": list},
    "Mailbox": {
        "name": str,
        "parentId": (str, NoneType),
        "role": (str, NoneType),
        "sortOrder": int,
        "isSubscribed": bool,
    },
}

_SHOWN_TOO = ("TaskList",)  # a collection may be one besides what it is `of`

Objects = dict[str, dict[Id, Record]]


def objects_of(index: AccountIndex) -> Objects:
    """All records to keep, by type and id."""
    found: Objects = {}
    for type in index.objects.types():
        if type not in _LEFT_OUT:
            found[type] = dict(index.objects.all(type))
    if kept := lasting(found.pop(SMIME, {})):
        found[SMIME] = kept
    for type, keys in _KEYS.items():
        if type in found:
            records = found[type].items()
            found[type] = {id: {key: each[key] for key in keys if key in each} for id, each in records}
    return found


def given(index: AccountIndex) -> Objects:
    """What clients give, to be compared with the same later: all but what is seen in the file system."""
    return {type: dict(index.objects.all(type)) for type in index.objects.types() if type not in _SEEN}


def to_json(objects: Objects, **more: Any) -> bytes:
    """Readable, the same for the same records."""
    whole = {"version": VERSION, **more, "objects": objects}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def from_json(data: bytes) -> Objects:
    """What to_json() wrote. Raises ValueError."""
    whole = orjson.loads(data)
    objects = whole.get("objects") if isinstance(whole, dict) else None
    if not isinstance(objects, dict) or whole.get("version") != VERSION:
        raise ValueError("not an export of jmapd, or of another version")
    for type, records in objects.items():
        if not isinstance(records, dict) or not all(isinstance(record, dict) for record in records.values()):
            raise ValueError(f"{type}: not a map of records")
    for type, keys in _NEEDED.items():
        for id, record in objects.get(type, {}).items():
            wrong = [key for key, kinds in keys.items() if not isinstance(record.get(key), kinds)]
            if wrong:
                raise ValueError(f"{type} {id}: {wrong[0]} is missing or wrong")
    for id, record in objects.get(FOLDER, {}).items():
        objects[FOLDER][id] = new_folder_record("") | record
    for id, record in objects.get(COLLECTION, {}).items():
        objects[COLLECTION][id] = new_collection("", "") | record
    return {type: records for type, records in objects.items() if type not in _LEFT_OUT}


def save(index: AccountIndex, folder: Path) -> bool:
    """Writes the copy if it would differ; whether it did."""
    return write(objects_of(index), folder)


def write(objects: Objects, folder: Path) -> bool:
    """As save(), of records given."""
    path, data = folder / NAME, to_json(objects)
    try:
        if path.read_bytes() == data:
            return False
    except OSError:
        pass
    atomic.write(path, data, 0o600)
    return True


def load(folder: Path) -> Objects:
    """The copy; nothing when there is none that can be read."""
    try:
        return from_json((folder / NAME).read_bytes())
    except (OSError, ValueError):
        return {}


def restoring(index: AccountIndex, objects: Mapping[str, Mapping[Id, Record]]) -> list[Change]:
    """The changes that bring the index's records to these."""
    changes: list[Change] = []
    for type, records in objects.items():
        known = index.objects.all(type)
        for id, record in records.items():
            if id not in known:
                changes.append([type, "c", id, dict(record)])
            elif known[id] != record:
                changes.append([type, "u", id, dict(record)])
    return changes


def accounts_to_json(accounts: Mapping[Id, Objects]) -> bytes:
    """The export of several accounts."""
    whole = {"version": VERSION, "accounts": {id: orjson.loads(to_json(objects)) for id, objects in accounts.items()}}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def accounts_from_json(data: bytes) -> dict[Id, Objects]:
    """What accounts_to_json() wrote. Raises ValueError."""
    whole = orjson.loads(data)
    accounts = whole.get("accounts") if isinstance(whole, dict) else None
    if not isinstance(accounts, dict):
        raise ValueError("not an export of jmapd")
    return {str(id): from_json(orjson.dumps(account)) for id, account in accounts.items()}


def merged(there: Objects, given: Objects) -> Objects:
    """`given` over `there`. A folder of the same path takes the given id; an inode means nothing elsewhere."""
    whole = {type: dict(records) for type, records in there.items()}
    placed = {type: _replaced(whole, given, type) for type in (FOLDER, COLLECTION) if type in given}
    for type, records in {**given, **placed}.items():
        whole.setdefault(type, {}).update(records)
    return whole


def _replaced(whole: Objects, given: Objects, type: str) -> dict[Id, Record]:
    folders = {id: record | {"inode": None} for id, record in given[type].items()}
    places = {(record.get("of"), record["path"]) for record in folders.values()}
    for id, record in list(whole.get(type, {}).items()):
        if (record.get("of"), record["path"]) in places and id not in folders:
            del whole[type][id]
            for shown in (record.get("of", "Mailbox"), *_SHOWN_TOO):
                whole.get(shown, {}).pop(id, None)
        elif id in folders and folders[id]["path"] == record["path"]:
            folders[id]["inode"] = record["inode"]
    return folders
