"""A folder of files that other programs change, and the account over it."""

import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jmapd.stores.account import FileAccount
from jmapd.stores.vdir import VdirPart

LONG_AGO = 1_700_000_000


class ItemFiles:
    """alice's collections: what other programs do to the files."""

    def __init__(self, root: Path, format: Callable[[], Any]) -> None:
        self.root, self.state_dir, self._format = root, root.parent / "state", format
        self._count = itertools.count(1)
        self.root.mkdir(exist_ok=True)
        self.account = self.open()

    def open(self) -> FileAccount:
        """Another process's view of the same files."""
        return FileAccount("alice", "alice", "alice", self.state_dir, [VdirPart(self.root, self._format())])

    def write(self, path: str, text: str | bytes) -> Path:
        """As vdirsyncer does: a temporary file, renamed. Its folder is made."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.parent / f"{target.name}{next(self._count)}.tmp"
        temporary.write_bytes(text.encode() if isinstance(text, str) else text)
        return temporary.rename(target)

    def age(self) -> None:
        """As if nothing had changed for long: nothing is so fresh that it is looked at once more."""
        for path in [*self.root.rglob("*"), self.root]:
            if not path.is_symlink():
                os.utime(path, (LONG_AGO, LONG_AGO))

    def files(self) -> dict[str, str]:
        """{path: text} of all there is."""
        found = sorted(path for path in self.root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)): path.read_bytes().decode() for path in found}
