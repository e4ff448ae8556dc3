"""Lets only changes into the journal that every reader can apply."""

from typing import Any

from jmapd.index.journal import Change
from jmapd.index.large_types import LARGE
from jmapd.index.mail import MailIndex
from jmapd.index.objects import Objects
from jmapd.wire import Id

ROW = {
    "receivedAt": int, "size": int, "blobId": str, "files": dict, "keywords": list, "record": dict,
    "thread_keys": list, "header_names": list, "sort": dict,
}  # fmt: skip


def check(mail: MailIndex, objects: Objects, changes: list[Change]) -> None:
    """Raises ValueError, naming the first change that makes no sense."""
    exists: dict[tuple[str, Id], bool] = {}
    for change in changes:
        type, operation, id = change[:3]
        there = exists.get((type, id))
        if there is None:
            there = mail.row(id) is not None if type == "Email" else objects.has(type, id)
        given = change[3] if len(change) > 3 else None
        if operation not in ("c", "u", "d") or there != (operation != "c"):
            raise ValueError(f"{type} {id}: cannot {operation}, exists: {there}")
        if operation != "d" and not isinstance(given, dict):
            raise ValueError(f"{type} {id}: no record")
        if type == "Thread":
            raise ValueError("threads follow from emails")
        if type == "Email":
            check_email(id, operation, given)
        if type in LARGE and operation != "d":
            check_large(type, operation, given)
        exists[type, id] = operation != "d"


def check_large(type: str, operation: str, given: Any) -> None:
    body = LARGE[type].body
    if body is not None and not isinstance(given.get(body, None if operation == "c" else {}), dict):
        raise ValueError(f"{type}: no {body}")


def check_email(id: Id, operation: str, given: Any) -> None:
    if operation == "c":
        check_row(id, given)
    elif operation == "u":
        if not given.keys() <= {"files", "keywords", "touched"}:
            raise ValueError(f"Email {id}: only files and keywords change")
        _check_sets(id, given.get("files", {}), given.get("keywords", []))


def check_row(id: Id, row: Any) -> None:
    """Raises ValueError for an EmailRow that lacks something."""
    for name, kind in ROW.items():
        if not isinstance(row.get(name), kind):
            raise ValueError(f"Email {id}: {name} is {row.get(name)!r}")
    if not 0 <= row["size"] < 1 << 32 or not -(1 << 62) < row["receivedAt"] < 1 << 62:
        raise ValueError(f"Email {id}: size or receivedAt out of range")
    if not isinstance(row["sort"].get("sentAt"), int) or not -(1 << 62) < row["sort"]["sentAt"] < 1 << 62:
        raise ValueError(f"Email {id}: sentAt")
    if not all(isinstance(row["sort"].get(name), str) for name in ("subject", "from", "to")):
        raise ValueError(f"Email {id}: sort")
    if not all(isinstance(key, int) and 0 <= key < 1 << 64 for key in row["thread_keys"]):
        raise ValueError(f"Email {id}: thread_keys")
    _check_sets(id, row["files"], row["keywords"])


def _check_sets(id: Id, files: Any, keywords: Any) -> None:
    if not all(isinstance(keyword, str) for keyword in keywords):
        raise ValueError(f"Email {id}: keywords")
    for names in files.values():
        if not isinstance(names, list) or not all(
            isinstance(name, str) and name and "\0" not in name for name in names
        ):
            raise ValueError(f"Email {id}: files")
