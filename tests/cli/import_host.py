"""What the tests of jmapd-import-contacts and jmapd-import-calendar share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from jmapd.cli import reindex
from tests.items_host import ItemsHost


class ImportHost(ItemsHost):
    """A host with its configuration in a file, as the programs want it."""

    program: Callable[[list[str]], int]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        paths = self.config.paths
        lines = [f'{name} = "{getattr(paths, name)}"' for name in ("state_dir", "users_file", "mail", self.part)]
        (folder / "jmapd.toml").write_text("\n".join(["[paths]", *lines, ""]))

    def given(self, name: str, *texts: str | bytes) -> str:
        """A file to import."""
        path = self.folder / name
        path.write_bytes(b"".join(text.encode() if isinstance(text, str) else text for text in texts))
        return str(path)

    def run(self, *arguments: str, user: str = "alice") -> int:
        return self.program(["--config", str(self.folder / "jmapd.toml"), "--user", user, *arguments])

    def verified(self) -> bool:
        return reindex.main(["--config", str(self.folder / "jmapd.toml"), "--verify", "alice"]) == 0


def last(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What was said since it was asked for."""
    return capsys.readouterr().out.splitlines()
