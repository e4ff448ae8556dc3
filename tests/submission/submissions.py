"""A host from which alice sends: drafts, submissions, and what lies in the outbox."""

import json
from pathlib import Path
from typing import Any

from jmapd.stores.maildir import MaildirAccount
from jmapd.stores.outbox import Outbox, Result
from jmapd.stores.submissions import SubmissionStore
from tests.conftest import MailHost

OPTIONS: dict[str, Any] = {"domain": "example.org", "addresses": {"alice": ["sales@example.org", "*@alice.example"]}}
TEXT = {"textBody": [{"partId": "t", "type": "text/plain"}], "bodyValues": {"t": {"value": "Some text.\n"}}}
BOB = {"email": "bob@example.net", "parameters": None}
ALICE = {"email": "alice@example.org", "parameters": None}
FOUND = ("undoStatus", "deliveryStatus", "dsnBlobIds", "mdnBlobIds")


def envelope(*recipients: str, mail_from: str = "alice@example.org", **parameters: Any) -> dict[str, Any]:
    """An Envelope; parameters are those of mailFrom."""
    return {
        "mailFrom": {"email": mail_from, "parameters": parameters or None},
        "rcptTo": [{"email": each, "parameters": None} for each in recipients or ("bob@example.net",)],
    }


class Sending(MailHost):
    """alice@example.org, sales@example.org and *@alice.example."""

    def __init__(self, folder: Path, **submission: Any) -> None:
        super().__init__(folder, identities=OPTIONS, submission=submission)
        for name in ("Drafts", "Sent"):
            self.folder(name)
        self.outbox = Outbox(folder / "state" / "alice" / "outbox")
        self.state_dir = folder / "state" / "alice"

    def identity(self, email: str = "alice@example.org") -> str:
        """The id of a default Identity."""
        found = self.call("Identity/get", {"ids": None})["list"]
        return str(next(each["id"] for each in found if each["email"] == email))

    def draft(self, **properties: Any) -> str:
        """The id of a new Email, to bob where nothing else is said."""
        given = {
            "mailboxIds": {self.mailbox("Drafts"): True},
            "keywords": {"$draft": True},
            "from": [{"name": "Alice", "email": "alice@example.org"}],
            "to": [{"email": "bob@example.net"}],
            **TEXT,
        }
        answer = self.call("Email/set", {"create": {"d": given | properties}})
        assert answer["notCreated"] is None, answer
        return str(answer["created"]["d"]["id"])

    def raw(self, text: str, flags: str = "D", folder: str = "Drafts") -> str:
        """The id of a message that another program put there."""
        self.deliver(text, folder=folder, flags=flags)
        return self.ids()[0]

    def set(self, **arguments: Any) -> dict[str, Any]:
        return dict(self.call("EmailSubmission/set", arguments))

    def given(self, email: str | None = None, **properties: Any) -> dict[str, Any]:
        return {"identityId": self.identity(), "emailId": email or self.draft(), **properties}

    def submit(self, email: str | None = None, **properties: Any) -> dict[str, Any]:
        """What the server answers for a new EmailSubmission."""
        answer = self.set(create={"s": self.given(email, **properties)})
        assert answer["notCreated"] is None, answer["notCreated"]
        return dict(answer["created"]["s"])

    def refused(self, email: str | None = None, **properties: Any) -> dict[str, Any]:
        """The SetError; nothing is left of the submission."""
        given = self.given(email, **properties)
        before = self.files()
        answer = self.set(create={"s": given})
        assert answer["created"] is None and answer["oldState"] == answer["newState"]
        assert self.files() == before
        error = dict(answer["notCreated"]["s"])
        named = error.get("properties") or ["envelope", "rcptTo", "emailId", "from"]
        assert error["type"] == "forbiddenToSend" or any(name in error["description"] for name in named)
        return error

    def get(self, id: str, *properties: str) -> Any:
        """One record, or one property of it."""
        [record] = self.call("EmailSubmission/get", {"ids": [id]})["list"]
        return record[properties[0]] if properties else record

    def files(self) -> list[str]:
        """What is in the outbox."""
        return sorted(path.name for path in self.outbox.folder.glob("*")) if self.outbox.folder.is_dir() else []

    def entry(self, id: str) -> dict[str, Any]:
        return dict(json.loads((self.outbox.folder / f"{id}.json").read_bytes()))

    def octets(self, id: str) -> bytes:
        """What is to be sent."""
        return (self.outbox.folder / f"{id}.eml").read_bytes()

    def worker(self) -> MaildirAccount:
        """The account as another process has it."""
        options = {f"identities.{name}": value for name, value in OPTIONS.items()}
        return MaildirAccount("alice", "alice", "alice", self.root, self.state_dir, options)

    def attempted(self, id: str, next: float | None = None, **results: tuple[str, str]) -> None:
        """An attempt of the worker; its results by local part at example.net."""
        found = {f"{name}@example.net": Result(*each) for name, each in results.items()}
        account = self.worker()
        with account.outbox.attempt(id) as entry:
            assert entry is not None
            entry.record_results(found, next)
        with account.session():
            store = account.store("EmailSubmission")
            assert isinstance(store, SubmissionStore)
            store.settle_results(id)
        account.close()
