"""A host with limits."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jmapd.config_table import Quota
from tests.conftest import CORE, MAIL, MailHost

USING = (CORE, MAIL, "urn:ietf:params:jmap:quota")


class Limited(MailHost):
    """alice's account with quota rules, a maildirsize, or none."""

    def __init__(self, folder: Path, *rules: str, **options: Any) -> None:
        super().__init__(folder, quota={"rules": list(rules), **options})

    def quotas(self, **arguments: Any) -> dict[str, dict[str, Any]]:
        answer = self.call("Quota/get", {"ids": None, **arguments}, USING)
        return {record["id"]: record for record in answer["list"]}

    def used(self) -> dict[str, int]:
        return {id: record["used"] for id, record in self.quotas().items()}

    def state(self) -> str:
        return str(self.call("Quota/get", {"ids": []}, USING)["state"])

    def changes(self, since: str, **arguments: Any) -> dict[str, Any]:
        return dict(self.call("Quota/changes", {"sinceState": since, **arguments}, USING))

    def message(self, octets: int, folder: str = "INBOX", flags: str = "S") -> str:
        """Delivers a message of that size in wire form; answers its Email id."""
        before = set(self.ids())
        self.deliver(f"Subject: {next(self._count):04}\n\n" + "x" * (octets - 17), folder, flags)
        [id] = set(self.ids()) - before
        return id

    def set(self, **arguments: Any) -> dict[str, Any]:
        return dict(self.call("Email/set", arguments))

    def restart(self, *rules: str, **options: Any) -> None:
        """With another configuration."""
        self.config = replace(self.config, quota=Quota(rules=list(rules), **options))
        self.start()


@pytest.fixture
def limited(tmp_path: Path) -> Any:
    """limited(*rules, **options of [quota])."""
    return lambda *rules, **options: Limited(tmp_path, *rules, **options)
