"""A host that submits mail over JMAP and sends it with the worker, in this process, to a server that a test scripts."""

import time
from pathlib import Path
from typing import Any

from jmapd.config import flat
from jmapd.protocol.accounts import Accounts
from jmapd.submission.worker import Worker
from tests.conftest import MailHost
from tests.system.sink import Sink

BOB, CAROL, DAVE = "bob@remote.example", "carol@remote.example", "dave@remote.example"
MESSAGE = (
    b"From: alice@example.org\r\nTo: bob@remote.example\r\nSubject: Hello\r\nMessage-ID: <1@example.org>\r\n\r\n"
    b"Hello.\r\n"
)


class SendingHost(MailHost):
    """alice@example.org; `submission` are options of that section."""

    def __init__(self, folder: Path, sink: Sink | None = None, **submission: Any) -> None:
        if sink is not None:
            submission = {"host": "127.0.0.1", "port": sink.port} | submission
        super().__init__(folder, submission=submission, identities={"domain": "example.org"})

    def submit(self, *to: str | dict[str, Any], message: bytes = MESSAGE, sender: Any = None) -> str:
        """The id of the submission of a message that is delivered here first."""
        self.deliver(message)
        recipients = [each if isinstance(each, dict) else {"email": each} for each in to or (BOB,)]
        address = {"email": "alice@example.org"} if sender is None else sender
        (identity,) = self.call("Identity/get", {"ids": None})["list"]
        made = {
            "identityId": identity["id"],
            "emailId": self.ids()[0],
            "envelope": {"mailFrom": address, "rcptTo": recipients},
        }
        answer = self.call("EmailSubmission/set", {"create": {"new": made}})
        assert answer["created"], answer
        return str(answer["created"]["new"]["id"])

    def record(self, id: str) -> dict[str, Any]:
        (found,) = self.call("EmailSubmission/get", {"ids": [id]})["list"]
        return dict(found)

    def status(self, id: str) -> dict[str, tuple[str, str]]:
        """{recipient: (smtpReply, delivered)}"""
        return {who: (each["smtpReply"], each["delivered"]) for who, each in self.record(id)["deliveryStatus"].items()}

    def cancel(self, id: str) -> Any:
        return self.call("EmailSubmission/set", {"update": {id: {"undoStatus": "canceled"}}})

    def work(self) -> None:
        """What bin/jmapd-submit --once does."""
        accounts = Accounts(self.config)
        account = accounts.account("alice")
        assert account is not None
        Worker(flat(self.config), lambda: [account]).run_once()

    def bounces(self) -> list[dict[str, Any]]:
        """Reports about failures that alice has."""
        properties = ["subject", "blobId", "from", "keywords"]
        found = self.call("Email/get", {"ids": None, "properties": properties})["list"]
        return [each for each in found if each["subject"] == "Mail could not be delivered"]

    def config_file(self, more: str = "") -> Path:
        """For programs of their own; `more` goes into [submission]."""
        paths, submission = self.config.paths, self.config.submission
        file = self.root.parents[1] / "jmapd.toml"
        file.write_text(
            f"[paths]\nstate_dir = '{paths.state_dir}'\nusers_file = '{paths.users_file}'\nmail = '{paths.mail}'\n"
            f"[identities]\ndomain = 'example.org'\n"
            f"[submission]\nhost = '{submission.host}'\nport = {submission.port}\n{more}"
        )
        return file

    @property
    def outbox(self) -> Path:
        return Path(self.config.paths.state_dir) / "alice" / "outbox"

    def waiting(self) -> list[Path]:
        """Messages still to be sent."""
        return sorted(self.outbox.glob("*.eml"))


def at(monkeypatch: Any, seconds: float) -> None:
    """Makes it so many seconds later, for everybody."""
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + seconds)
