"""alice, who has got a message that asks for an MDN."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.conftest import CORE, MAIL, MailHost

MDN = "urn:ietf:params:jmap:mdn"
USING = (CORE, MAIL, MDN)
SETS = {"keywords/$mdnsent": True}
MANUAL = {"actionMode": "manual-action", "sendingMode": "mdn-sent-manually", "type": "displayed"}
AUTOMATIC = {"actionMode": "automatic-action", "sendingMode": "mdn-sent-automatically", "type": "processed"}


class Notifier:
    """Receives messages that ask for MDNs, sends these, and looks at what is in the outbox."""

    def __init__(self, host: MailHost) -> None:
        self.host, self.count = host, 0

    def receive(self, body: str = "Hello.", **fields: str | None) -> str:
        """The id of a new Email; fields as Disposition_Notification_To=..., None for one that is not there."""
        self.count += 1
        given: dict[str, str | None] = {
            "Return_Path": "<bob@example.org>",
            "From": "Bob <bob@example.org>",
            "To": "alice@example.org",
            "Message_ID": f"<{self.count}@example.org>",
            "Subject": f"World domination {self.count}",
            "Disposition_Notification_To": "Bob <bob@example.org>",
        }
        lines = [
            f"{name.replace('_', '-')}: {value}\n" for name, value in (given | fields).items() if value is not None
        ]
        self.host.deliver("".join(lines) + f"\n{body}\n")
        return self.host.ids()[0]

    @property
    def identity(self) -> str:
        """The id of the first one."""
        return str(self.host.call("Identity/get", {"ids": None})["list"][0]["id"])

    def request(self, *given: dict[str, Any], using: tuple[str, ...] = USING, **more: Any) -> list[Any]:
        """The method responses to MDN/send of these, each with the disposition and update that it needs."""
        send = {f"k{n}": {"disposition": MANUAL} | each for n, each in enumerate(given)}
        arguments = {
            "accountId": "alice",
            "identityId": self.identity,
            "send": send,
            "onSuccessUpdateEmail": {f"#{key}": SETS for key in send},
        }
        return self.host.request([["MDN/send", arguments | more]], using)

    def sent(self, given: dict[str, Any], **more: Any) -> Any:
        """What the answer says of one that is sent."""
        [name, answer, _], *_ = self.request(given, **more)
        assert name == "MDN/send" and answer["notSent"] is None, answer
        return answer["sent"]["k0"]

    def refused(self, given: dict[str, Any], **more: Any) -> Any:
        """The SetError; nothing is sent, no Email/set follows."""
        before = self.entries()
        [[name, answer, _]] = self.request(given, **more)
        assert name == "MDN/send" and answer["sent"] is None, answer
        assert self.entries() == before and not [each for each in self.files() if each.suffix not in (".json", ".eml")]
        assert isinstance(answer["notSent"]["k0"]["description"], str)
        return answer["notSent"]["k0"]

    def files(self) -> list[Path]:
        """What is in the outbox."""
        return sorted(Path(self.host.config.paths.state_dir, "alice", "outbox").glob("[!.]*"))

    def entries(self) -> list[dict[str, Any]]:
        """What is to be sent."""
        return [orjson.loads(path.read_bytes()) for path in self.files() if path.suffix == ".json"]

    def message(self) -> EmailMessage:
        """The only message that is to be sent, as the standard library reads it."""
        [path] = [path for path in self.files() if path.suffix == ".eml"]
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message

    def fields(self) -> EmailMessage:
        """The machine-readable part of it."""
        part = list(self.message().iter_parts())[1]
        text = part.get_payload()[0] if isinstance(part.get_payload(), list) else part.get_content()
        found = text if isinstance(text, EmailMessage) else message_from_bytes(bytes(text), policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found


@pytest.fixture
def notifier(make_mailhost: Any) -> Notifier:
    """alice@example.org, who may also write as sales@example.org and *@alice.example."""
    addresses = {"alice": ["sales@example.org", "*@alice.example"]}
    return Notifier(make_mailhost(identities={"domain": "example.org", "addresses": addresses}))
