"""New Emails for the tests of the store."""

from pathlib import Path
from typing import Any

from jmapd.stores.new_message import NewMessage, new_message
from tests.stores.maildir_files import Mail


def message(subject: str, **headers: str) -> NewMessage:
    lines = {"Message-ID": f"<{subject}@example.org>"} | headers | {"Subject": subject}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + f"\r\nThis is {subject}.\r\n"
    return new_message(text.encode())


def record(mail: Mail, subject: str, *paths: str, keywords: set[str] | None = None, **more: Any) -> dict[str, Any]:
    boxes = mail.mailboxes()
    return {
        "mailboxIds": {boxes[path]["id"]: True for path in paths or ("Inbox",)},
        "keywords": dict.fromkeys(keywords or (), True),
        "receivedAt": "2023-11-14T22:13:21Z",
        "message": message(subject),
    } | more


def create(mail: Mail, *records: dict[str, Any]) -> list[dict[str, Any]]:
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        return [transaction.create(dict(each)) for each in records]


def left_over(mail: Mail) -> list[Path]:
    return list(mail.root.rglob("tmp/*"))
