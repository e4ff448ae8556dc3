"""EmailSubmissions at the level of the store; what the tests here share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from jmapd.stores.maildir import MaildirAccount
from jmapd.stores.outbox import address
from jmapd.stores.submissions import SubmissionStore
from tests.stores.maildir_files import Mail

MESSAGE = b"From: alice@example.org\r\n\r\nText\r\n"
BOB = "bob@example.net"


def record(number: int = 1) -> dict[str, Any]:
    """What a transaction takes."""
    sender, recipient = address("alice@example.org"), address(BOB)
    return {
        "identityId": f"I{number}",
        "emailId": f"M{number}",
        "threadId": f"T{number}",
        "envelope": {"mailFrom": sender, "rcptTo": [recipient]},
        "sendAt": f"2026-01-02T03:04:{number:02}Z",
        "message": MESSAGE,
        "mailFrom": sender,
        "rcptTo": [recipient],
        "release": 1000.0 + number,
    }


def store(account: MaildirAccount) -> SubmissionStore:
    return cast(SubmissionStore, account.store("EmailSubmission"))


def create(mail: Mail, number: int = 1) -> str:
    """The id of a new submission."""
    with writing(mail.account) as tx:
        return str(tx.create(record(number))["id"])


def cancel(mail: Mail, id: str) -> None:
    with writing(mail.account) as tx:
        tx.update(id, tx.get(id) | {"undoStatus": "canceled"}, {"undoStatus"})


@contextmanager
def writing(account: MaildirAccount) -> Iterator[Any]:
    """A transaction under the lock; the Maildir is not looked at, so there is no other commit."""
    with account.opened(), account.lock(), store(account).transaction() as tx:
        yield tx


def recovered(mail: Mail) -> dict[str, dict[str, Any]]:
    """The records as the worker's process has them after its start."""
    account = mail.open()
    with account.opened():
        store(account).recover()
        found = {each["id"]: each for each in store(account).scan()}
    account.close()
    return found


def left(mail: Mail) -> list[str]:
    """What is in the outbox but its lock."""
    folder = mail.account.outbox.folder
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock") if folder.is_dir() else []
