"""Fixtures of all protocol tests: a Maildir, a server over it in this process, and a client."""

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from passlib.hash import sha256_crypt
from werkzeug.datastructures import Authorization
from werkzeug.test import Client

from jmapd.app import make_app
from jmapd.config import from_dict

settings.register_profile("bounded", deadline=None)  # a slow machine is no failure
settings.load_profile("bounded")

CORE = "urn:ietf:params:jmap:core"
MAIL = "urn:ietf:params:jmap:mail"
PASSWORD = "secret"
HASH = sha256_crypt.using(rounds=1000).hash(PASSWORD)  # cheap on purpose: each test makes a server of its own
NEWEST = 1_700_000_000
LONG = re.compile(r"tests/(properties|fuzz|formats/js)|(_machine|_killed|_corpora|_hostile|_oracle)\.py$")


class MailHost:
    """A host with one user, alice, whose Maildir other programs may change too."""

    using: tuple[str, ...] = (CORE, MAIL)  # of its requests, where none is given

    def __init__(self, folder: Path, **sections: dict[str, Any]) -> None:
        self.root, self.account, self._count = folder / "mail" / "alice", "alice", itertools.count(1)
        for name in ("cur", "new", "tmp"):
            (self.root / name).mkdir(parents=True)
        users = folder / "users"
        users.write_text(f"alice:{HASH}\n")
        users.chmod(0o640)
        paths = {"state_dir": str(folder / "state"), "users_file": str(users), "mail": str(folder / "mail" / "{user}")}
        self.config = from_dict({"paths": paths | sections.pop("paths", {})} | sections)
        self.start()

    def start(self) -> None:
        """A new server over the same files, as after a restart."""
        self.app = make_app(self.config)
        self.client = Client(self.app)
        self.authorization = Authorization("basic", {"username": "alice", "password": PASSWORD})

    def folder(self, name: str = "INBOX") -> Path:
        """The folder's path, made when it is not there."""
        path = self.root if name == "INBOX" else self.root / f".{name}"
        for part in ("cur", "new", "tmp"):
            (path / part).mkdir(parents=True, exist_ok=True)
        return path

    def deliver(
        self, data: bytes | str, folder: str = "INBOX", flags: str = "S", received: int | None = None, new: bool = False
    ) -> Path:
        """Writes a message as another program would; answers the file's path."""
        number = next(self._count)
        received = NEWEST + number if received is None else received
        name = f"{received}.M{number}P1.host"
        path = self.folder(folder) / ("new" if new else "cur") / (name if new else f"{name}:2,{flags}")
        draft = self.folder(folder) / "tmp" / name
        draft.write_bytes(data.encode() if isinstance(data, str) else data)
        os.utime(draft, (received, received))
        return draft.rename(path)

    def request(self, calls: list[Any], using: tuple[str, ...] | None = None, **more: Any) -> list[Any]:
        """The method responses to [name, arguments] or [name, arguments, id] calls."""
        calls = [[name, arguments, *(rest or [f"c{n}"])] for n, (name, arguments, *rest) in enumerate(calls)]
        body = {"using": list(self.using if using is None else using), "methodCalls": calls, **more}
        answer = self.client.post("/jmap/api/", json=body, auth=self.authorization)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        body = answer.get_json()
        assert isinstance(body["methodResponses"], list)
        return body["methodResponses"]

    def call(self, method: str, arguments: dict[str, Any] | None = None, using: tuple[str, ...] | None = None) -> Any:
        """The arguments of the only response; an error response fails the test."""
        name, answer, _ = self.request([[method, {"accountId": self.account} | (arguments or {})]], using)[0]
        assert name == method, answer
        return answer

    def error(self, method: str, arguments: dict[str, Any] | None = None, using: tuple[str, ...] | None = None) -> Any:
        """The error object of the only response."""
        name, answer, _ = self.request([[method, {"accountId": self.account} | (arguments or {})]], using)[0]
        assert name == "error", answer
        return answer

    def mailbox(self, name: str) -> str:
        """The id of the mailbox with that name."""
        return next(box["id"] for box in self.call("Mailbox/get", {"ids": None})["list"] if box["name"] == name)

    def ids(self, **condition: Any) -> list[str]:
        """The ids that Email/query answers, newest first."""
        sort = [{"property": "receivedAt", "isAscending": False}]
        return list(self.call("Email/query", {"filter": condition or None, "sort": sort})["ids"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What tries many inputs is `long`: it runs with one Python only, and without coverage."""
    for item in items:
        if LONG.search(str(item.path)):
            item.add_marker("long")


@pytest.fixture
def mailhost(tmp_path: Path) -> Iterator[MailHost]:
    """alice's Maildir and a server over it."""
    yield MailHost(tmp_path)


@pytest.fixture
def make_mailhost(tmp_path: Path) -> Any:
    """As mailhost, with sections of the configuration given."""
    return lambda **sections: MailHost(tmp_path, **sections)


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of real messages, cards and calendars; the test is skipped where there is none."""
    path = Path(os.environ.get("JMAPD_CORPORA") or Path(__file__).parents[1] / ".." / "shared" / "corpora").resolve()
    if not path.is_dir():
        pytest.skip(f"JMAPD_CORPORA: no corpora at {path}")
    return path
