"""What the index is given of one message, and how its parts are written in the index's files."""

from typing import Any, TypedDict

Files = dict[str, list[str]]


class EmailRow(TypedDict, total=False):
    """One message as the stores give it; all but threadId and doc must be there."""

    id: str  # only where rows come without their ids: rows(), replace()
    receivedAt: int
    size: int
    blobId: str
    files: Files  # mailbox id -> names in its folder, as "cur/name"
    keywords: list[str]
    record: dict[str, Any]
    thread_keys: list[int]
    header_names: list[str]
    sort: dict[str, Any]
    threadId: str
    doc: int


State = tuple[tuple[str, ...], tuple[str, ...], str]  # mailbox ids, keywords, packed file names


def pack_files(files: Files) -> tuple[tuple[str, ...], str]:
    """(mailbox ids, names): sorted by mailbox, NUL between the names of one, two between mailboxes."""
    if len(files) == 1:
        ((mailbox, names),) = files.items()
        return (mailbox,), "\0".join(names)
    mailboxes = tuple(sorted(files))
    return mailboxes, "\0\0".join("\0".join(files[mailbox]) for mailbox in mailboxes)


def unpack_names(packed: str) -> list[list[str]]:
    """The names of each mailbox, in the order of the mailboxes."""
    return [group.split("\0") if group else [] for group in packed.split("\0\0")]


def unpack_files(mailboxes: tuple[str, ...], packed: str) -> Files:
    if not mailboxes:
        return {}
    return dict(zip(mailboxes, unpack_names(packed), strict=True))


def is_unread(keywords: tuple[str, ...]) -> bool:
    """RFC 8621 2: neither $seen nor $draft."""
    return "$seen" not in keywords and "$draft" not in keywords


def keyword_set(keywords: Any) -> tuple[str, ...]:
    return tuple(sorted(set(keywords)))
