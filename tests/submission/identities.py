"""A host whose user has an address, a second one, and a domain."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from jmapd.config import from_dict
from tests.conftest import MailHost
from tests.sharing import Sharing

OPTIONS: dict[str, Any] = {
    "domain": "example.org",
    "addresses": {"alice": ["sales@example.org", "*@alice.example"]},
}
BLANK = {"name": "", "replyTo": None, "bcc": None, "textSignature": "", "htmlSignature": ""}


class Identities(MailHost):
    """alice@example.org."""

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__(folder, identities=OPTIONS | options)

    def restart(self, **options: Any) -> None:
        """With another [identities]."""
        self.config = replace(self.config, identities=from_dict({"identities": options}).identities)
        self.start()

    def identities(self) -> dict[str, dict[str, Any]]:
        """By email, in the order of the answer."""
        return by_email(self)

    def set(self, **arguments: Any) -> dict[str, Any]:
        return dict(self.call("Identity/set", arguments))

    def create(self, **properties: Any) -> dict[str, Any]:
        """What the server answers for the new Identity."""
        answer = self.set(create={"new": {"email": "alice@example.org"} | properties})
        assert answer["notCreated"] is None, answer["notCreated"]
        return dict(answer["created"]["new"])

    def refused(self, **properties: Any) -> dict[str, Any]:
        """The SetError for a new Identity."""
        state = self.state()
        answer = self.set(create={"new": {"email": "alice@example.org"} | properties})
        assert answer["created"] is None and answer["oldState"] == answer["newState"] == state == self.state()
        return dict(answer["notCreated"]["new"])

    def state(self) -> str:
        return str(self.call("Identity/get", {"ids": []})["state"])

    def changes(self, since: str) -> tuple[list[str], list[str], list[str]]:
        """Created, updated and destroyed."""
        answer = self.call("Identity/changes", {"sinceState": since})
        assert answer["newState"] == self.state() and not answer["hasMoreChanges"]
        return answer["created"], answer["updated"], answer["destroyed"]


def by_email(host: MailHost | Sharing) -> dict[str, dict[str, Any]]:
    answer = host.call("Identity/get", {"ids": None})
    return {record["email"]: record for record in answer["list"]}
