"""The stores of a Maildir keep the contract, and what fails leaves nothing on disk."""

from collections.abc import Iterator
from typing import Any

import pytest

from jmapd.stores.base import Store
from jmapd.stores.new_message import new_message

from .contract import StoreContract
from .maildir_files import Mail


class MaildirContract(StoreContract):
    """`mail` with a folder besides INBOX."""

    name = ""

    @pytest.fixture
    def store(self, mail: Mail) -> Iterator[Store]:
        mail.folder(".Work")
        self.boxes = {path: box["id"] for path, box in mail.mailboxes().items()}
        with mail.account.session(), mail.account.lock():
            yield mail.account.store(self.name)

    def test_nothing_is_left_on_disk_of_what_fails(self, mail: Mail, store: Store) -> None:
        id = self.create(store, 1)
        before = _files(mail)
        with pytest.raises(ZeroDivisionError), store.transaction() as tx:
            tx.create(self.record(2))
            tx.update(id, *self.changed(dict(tx.get(id) or {})))
            tx.destroy(id)
            raise ZeroDivisionError
        assert _files(mail) == before


class TestEmail(MaildirContract):
    """Messages."""

    name = "Email"

    def record(self, number: int) -> dict[str, Any]:
        message = new_message(b"Subject: s%d\r\nMessage-ID: <%d@example.org>\r\n\r\nText\r\n" % (number, number))
        received = f"2026-01-02T03:04:{number:02}Z"
        inbox = {self.boxes["Inbox"]: True}
        return {"mailboxIds": inbox, "keywords": {"$seen": True}, "receivedAt": received, "message": message}

    def stored(self, record: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in record.items() if name != "message"}

    def changed(self, record: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
        both = dict.fromkeys((self.boxes["Inbox"], self.boxes["Work"]), True)
        return record | {"keywords": {"own": True, "$flagged": True}, "mailboxIds": both}, {"keywords", "mailboxIds"}


class TestMailbox(MaildirContract):
    """Folders."""

    name = "Mailbox"

    def record(self, number: int) -> dict[str, Any]:
        parent = self.boxes["Work"] if number % 2 else None
        return {"name": f"n{number}", "parentId": parent, "role": None, "sortOrder": number, "isSubscribed": True}

    def changed(self, record: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
        return record | {"name": record["name"] + "é", "sortOrder": 7}, {"name", "sortOrder"}


def _files(mail: Mail) -> dict[str, int]:
    """Without letters of keywords: once given, another program may use them."""
    return {str(path): path.stat().st_ino for path in mail.root.rglob("*") if path.name != "dovecot-keywords"}
