"""A plain model of an account's index, and rows to fill it with."""

import hashlib
from collections.abc import Iterator
from typing import Any

MAILBOXES = ["inbox", "trash", "work", "later"]
KEYWORDS = ["$seen", "$flagged", "$draft", "red"]


def email_id(number: int) -> str:
    return "M" + hashlib.sha256(b"%d" % number).hexdigest()[:24]


def row(number: int, **more: Any) -> dict[str, Any]:
    """An EmailRow; `number` decides its id."""
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    return {
        "receivedAt": 1_000_000 + number,
        "size": 1000 + number * 7,
        "blobId": "G" + digest,
        "files": {"inbox": [f"cur/{number}:2,"]},
        "keywords": [],
        "record": {"subject": f"Subject {number}", "preview": "text é", "hasAttachment": number % 3 == 0},
        "thread_keys": [number],
        "header_names": ["from", "subject", *(["list-id"] if number % 5 == 0 else [])],
        "sort": {"subject": f"subject {number % 7}", "from": f"from {number % 4}", "to": "to", "sentAt": number},
    } | more


class Model:
    """What the index must answer, computed the slow way."""

    def __init__(self) -> None:
        self.emails: dict[str, dict[str, Any]] = {}
        self.threads: dict[str, list[Any]] = {}  # id -> [order of birth, keys]
        self.births = 0

    def create(self, id: str, given: dict[str, Any]) -> None:
        self.emails[id] = given | {"threadId": self._thread(id, given)}

    def _thread(self, id: str, given: dict[str, Any]) -> str:
        keys = set(given["thread_keys"])
        found = [(birth, name) for name, (birth, known) in self.threads.items() if known & keys]
        if found:
            name = min(found)[1]
            self.threads[name][1] |= keys
            return name
        name = "T" + id[1:]
        attempt = 0
        while name in self.threads:
            attempt += 1
            name = "T" + hashlib.blake2b(f"{id}:{attempt}".encode(), digest_size=12).hexdigest()
        self.births += 1
        self.threads[name] = [self.births, keys]
        return name

    def destroy(self, id: str) -> None:
        thread = self.emails.pop(id)["threadId"]
        if not any(email["threadId"] == thread for email in self.emails.values()):
            del self.threads[thread]

    def order(self, ids: Any) -> list[str]:
        return sorted(ids, key=lambda id: (self.emails[id]["receivedAt"], id))

    def in_mailbox(self, mailbox: str) -> list[str]:
        return self.order(id for id, email in self.emails.items() if mailbox in email["files"])

    def thread(self, name: str) -> list[str]:
        return self.order(id for id, email in self.emails.items() if email["threadId"] == name)

    def is_unread(self, id: str) -> bool:
        return not {"$seen", "$draft"} & set(self.emails[id]["keywords"])

    def counts(self, mailbox: str) -> tuple[int, int, int, int]:
        """RFC 8621 2, word by word."""
        ids = self.in_mailbox(mailbox)
        threads = {self.emails[id]["threadId"] for id in ids}
        unread = sum(any(self._counts_unread(id, mailbox) for id in self.thread(name)) for name in threads)
        return len(ids), sum(map(self.is_unread, ids)), len(threads), unread

    def _counts_unread(self, id: str, mailbox: str) -> bool:
        mailboxes = self.emails[id]["files"].keys()
        if mailbox == "trash":
            return self.is_unread(id) and "trash" in mailboxes
        return self.is_unread(id) and mailboxes != {"trash"}

    def view(self, type: str) -> dict[str, Any]:
        """What a client that knows all of a type has: id -> something that differs when the record does."""
        if type == "Email":
            return {
                id: (email["threadId"], tuple(sorted(email["files"])), tuple(sorted(email["keywords"])))
                for id, email in self.emails.items()
            }
        if type == "Thread":
            return {name: tuple(self.thread(name)) for name in self.threads}
        return {mailbox: self.counts(mailbox) for mailbox in MAILBOXES}


def some_rows(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield row(number, thread_keys=[number // 2], keywords=["$seen"] if number % 2 else [])
