"""A system user without privileges: whose permissions are tested, and as whom Dovecot runs, which never serves root."""

import os
import pwd
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class SystemUser(NamedTuple):
    """As whom programs are started. Only root can choose."""

    uid: int
    gid: int

    def popen(self) -> dict[str, Any]:
        """Arguments of subprocess.Popen."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, *folders: Path) -> None:
        """Gives him the folders with all that is in them."""
        if self.uid != os.geteuid():
            for folder in folders:
                for path in (folder, *folder.rglob("*")):
                    os.chown(path, self.uid, self.gid, follow_symlinks=False)

    @property
    def name(self) -> str:
        return pwd.getpwuid(self.uid).pw_name


OURSELVES = SystemUser(os.geteuid(), os.getegid())


def plain_user(needs: Iterable[Path]) -> SystemUser:
    """Ourselves, or nobody when we are root; the test is skipped when he cannot run Python with these files."""
    if os.geteuid() != 0:
        return OURSELVES
    entry = pwd.getpwnam("nobody")
    user = SystemUser(entry.pw_uid, entry.pw_gid)
    script = "import sys; [open(path).close() for path in sys.argv[1:]]"
    command = [sys.executable, "-c", script, *map(str, needs)]
    if subprocess.run(command, check=False, capture_output=True, cwd="/", **user.popen()).returncode:
        pytest.skip("the user nobody may not read Python or this checkout")
    return user
