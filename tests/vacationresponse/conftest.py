"""alice is away: her host, what arrives for her, and what waits in her outbox."""

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from jmapd.delivery.deliver import Incoming, deliver
from jmapd.protocol.accounts import Accounts
from tests.conftest import CORE, MailHost

VACATION = "urn:ietf:params:jmap:vacationresponse"
USING = (CORE, VACATION)
OWN = 'require "fileinto"; if header "Subject" "x" { fileinto "X"; stop; }\n'
DOMAIN = {"identities": {"domain": "example.org"}}


class Away(MailHost):
    """alice's account, with an agent that delivers to it."""

    def __init__(self, folder: Path, **sections: dict[str, Any]) -> None:
        super().__init__(folder, **(DOMAIN | sections))
        self.state = Path(self.config.paths.state_dir) / "alice"

    def vacation(self) -> dict[str, Any]:
        """The VacationResponse."""
        [record] = self.call("VacationResponse/get", {"ids": ["singleton"]}, USING)["list"]
        return dict(record)

    def change(self, **properties: Any) -> dict[str, Any]:
        """The answer of an update."""
        return dict(self.call("VacationResponse/set", {"update": {"singleton": properties}}, USING))

    def set(self, **properties: Any) -> None:
        """An update that must pass."""
        answer = self.change(**properties)
        assert answer["notUpdated"] is None, answer

    def refused(self, **properties: Any) -> dict[str, Any]:
        """The SetError of an update; nothing has changed."""
        before = self.vacation()
        answer = self.change(**properties)
        assert answer["updated"] is None and self.vacation() == before and answer["newState"] == answer["oldState"]
        return dict(answer["notUpdated"]["singleton"])

    def receive(
        self, *lines: str, sender: str = "bob@example.com", recipient: str = "alice@example.org", to: str | None = None
    ) -> None:
        """Delivers a message with these header fields more; it must arrive."""
        account = Accounts(self.config).account("alice")
        assert account is not None
        head = [f"From: {sender}", f"To: {recipient if to is None else to}", "Subject: A question", *lines]
        data = "\r\n".join([*head, "", "Text", ""]).encode()
        [outcome] = deliver(account, [Incoming(data, sender, recipient)])
        assert outcome.is_delivered, outcome
        account.close()

    def entries(self) -> list[dict[str, Any]]:
        """What waits in the outbox."""
        account = Accounts(self.config).account("alice")
        assert account is not None
        return sorted(account.outbox.entries(), key=lambda entry: entry["created"])

    def replies(self) -> list[EmailMessage]:
        """The messages that wait, parsed by another parser than ours."""
        paths = [self.state / "outbox" / f"{entry['id']}.eml" for entry in self.entries()]
        return [BytesParser(policy=default).parsebytes(path.read_bytes()) for path in paths]

    def reply(self) -> EmailMessage:
        """The only one."""
        [found] = self.replies()
        return found


class Home:
    """alice's home, with scripts of hers."""

    def __init__(self, folder: Path) -> None:
        self.path, self.sieve, self.active = folder, folder / "sieve", folder / ".dovecot.sieve"

    def script(self, name: str, text: str = OWN) -> Path:
        self.sieve.mkdir(exist_ok=True)
        path = self.sieve / f"{name}.sieve"
        path.write_text(text)
        return path

    def activate(self, target: str) -> None:
        self.active.symlink_to(target)

    def files(self) -> dict[str, str]:
        """{path: content, or where a link leads}"""
        found = {}
        for path in sorted(self.path.rglob("*")):
            if not path.is_dir():
                found[str(path.relative_to(self.path))] = (
                    f"-> {path.readlink()}" if path.is_symlink() else path.read_text()
                )
        return found


@pytest.fixture
def away(tmp_path: Path) -> Away:
    """alice@example.org's host; her VacationResponse is enabled and says nothing else."""
    host = Away(tmp_path)
    host.set(isEnabled=True)
    return host


@pytest.fixture
def make_away(tmp_path: Path) -> Callable[..., Away]:
    """As `away`, not enabled, with sections of the configuration given."""
    return lambda **sections: Away(tmp_path, **sections)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "home" / "alice").mkdir(parents=True)
    return Home(tmp_path / "home" / "alice")


@pytest.fixture
def host(tmp_path: Path, home: Home) -> Iterator[Away]:
    folder = str(tmp_path / "home" / "{user}")
    vacation = {"method": "sieve", "sieve_folder": f"{folder}/sieve", "sieve_active": f"{folder}/.dovecot.sieve"}
    yield Away(tmp_path, vacation=vacation)
    assert not list(home.path.rglob("*.tmp")), "a temporary file was left"
