"""A server that trusts one test authority."""

import datetime
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jmapd.config import flat
from jmapd.stores import smime_results, smime_trust
from jmapd.stores.maildir import MaildirAccount
from jmapd.stores.rebuild import bring_up
from tests.smimeverify.authority import Holder, authority

CORE, MAIL, SMIME = (f"urn:ietf:params:jmap:{name}" for name in ("core", "mail", "smimeverify"))
PROPERTIES = ["smimeStatus", "smimeStatusAtDelivery", "smimeErrors", "smimeVerifiedAt"]
RECEIVED = int(datetime.datetime(2020, 6, 1, tzinfo=datetime.UTC).timestamp())


class SmimeHost:
    """A mail host, what it trusts, and its clock."""

    def __init__(self, host: Any, store: Path, root: Holder, patch: pytest.MonkeyPatch) -> None:
        self.host, self.store, self.root, self._patch = host, store, root, patch
        self.trust(root)

    def trust(self, *anchors: Holder) -> None:
        """Makes these the trust store."""
        draft = self.store.with_suffix(".new")
        draft.write_bytes(b"".join(each.pem for each in anchors))
        draft.rename(self.store)

    def at(self, moment: int) -> None:
        """Stops the clock of the results there."""
        self._patch.setattr(smime_results, "now", lambda: moment)

    def deliver(self, raw: bytes, received: int = RECEIVED, **more: Any) -> str:
        """With LF, as a mail server stores it; answers the Email id."""
        self.host.deliver(raw.replace(b"\r\n", b"\n"), received=received, **more)
        return "M" + hashlib.sha256(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")).hexdigest()[:24]

    def call(self, method: str, **arguments: Any) -> Any:
        return self.host.call(method, arguments, using=(CORE, MAIL, SMIME))

    def get(self, id: str, properties: list[str] | None = None) -> Any:
        """The S/MIME properties of one Email."""
        found = self.call("Email/get", ids=[id], properties=properties or PROPERTIES)["list"][0]
        found.pop("id")
        return found

    def status(self, id: str) -> tuple[str | None, str | None]:
        """(smimeStatus, smimeStatusAtDelivery)."""
        found = self.get(id)
        return found["smimeStatus"], found["smimeStatusAtDelivery"]

    def query(self, **condition: Any) -> set[str]:
        return set(self.call("Email/query", filter=condition)["ids"])

    def state(self) -> str:
        return str(self.call("Email/get", ids=[])["state"])

    def changes(self, since: str) -> list[str]:
        """The ids that are updated since then."""
        return list(self.call("Email/changes", sinceState=since)["updated"])

    def account(self) -> MaildirAccount:
        """The account as another process has it."""
        state = Path(self.host.config.paths.state_dir) / "alice"
        return MaildirAccount("alice", "alice", "alice", self.host.root, state, flat(self.host.config))

    def sidecar(self, **more: Any) -> None:
        """One pass."""
        bring_up(self.account(), **more)

    def lose_index(self) -> None:
        """All that may be deleted at any time."""
        for path in (Path(self.host.config.paths.state_dir) / "alice").iterdir():
            if path.is_file() and path.name != "objects.json":
                path.unlink()
        self.host.start()


@pytest.fixture
def smimehost(make_mailhost: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmimeHost]:
    monkeypatch.setattr(smime_trust, "LOOK_SECONDS", -1.0)
    monkeypatch.setattr(smime_results, "LOOK_SECONDS", 0)
    store = tmp_path / "trust.pem"
    yield SmimeHost(make_mailhost(smime={"trust_store": str(store)}), store, authority(), monkeypatch)
