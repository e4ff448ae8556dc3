"""Messages for the tests of mail."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.mail.mailbox_trees import Trees


@pytest.fixture
def post(mailhost: Any) -> Any:
    """post(subject, body, folder=, flags=, received=, **header fields) delivers a message; answers its Email id."""

    def deliver(
        subject: str = "Hello",
        body: str = "Some text.",
        folder: str = "INBOX",
        flags: str = "S",
        received: int | None = None,
        **fields: str,
    ) -> str:
        deliver.count += 1
        fields = {"From": "Alice <alice@example.org>", "Message_ID": f"<{deliver.count}@example.org>"} | fields
        head = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items())
        message = f"{head}Subject: {subject}\n\n{body}\n".encode()
        mailhost.deliver(message, folder=folder, flags=flags, received=received)
        return "M" + hashlib.sha256(message.replace(b"\n", b"\r\n")).hexdigest()[:24]

    deliver.count = 0
    return deliver


@pytest.fixture
def make_trees(tmp_path: Path) -> Any:
    """make_trees(layout, is_root_inbox=, **sections): a server over folders of that layout."""
    return lambda layout="maildir++", is_root_inbox=True, **sections: Trees(tmp_path, layout, is_root_inbox, **sections)


@pytest.fixture
def trees(make_trees: Any) -> Any:
    """As Dovecot's Maildirs are by default."""
    return make_trees()
