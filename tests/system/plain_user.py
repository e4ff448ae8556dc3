"""Users for servers: one whose permissions count, and one that is not root at all, for Dovecot never serves root."""

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

READ_ALL = "-all,+dac_read_search"  # to run a Python that lies in root's home


class SystemUser(NamedTuple):
    """As whom programs are started: uid, gid, and what comes before each command."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

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


def limited() -> SystemUser:
    """Ourselves without root's right to read and write everything; the test is skipped where that cannot be."""
    if os.geteuid() != 0:
        return OURSELVES
    return _tried(0, 0, "--bounding-set=-all", "--inh-caps=-all")


def nobody() -> SystemUser:
    """Ourselves, or the user nobody when we are root."""
    if os.geteuid() != 0:
        return OURSELVES
    entry = pwd.getpwnam("nobody")
    caps = (f"--bounding-set={READ_ALL}", f"--inh-caps={READ_ALL}", f"--ambient-caps={READ_ALL}")
    ids = (f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups")
    return _tried(entry.pw_uid, entry.pw_gid, *ids, *caps)


def _tried(uid: int, gid: int, *options: str) -> SystemUser:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("setpriv is not installed, and we are root")
    prefix = (setpriv, *options)
    script = "import os; print(os.geteuid(), os.access('/proc/1/environ', os.W_OK))"
    done = subprocess.run([*prefix, sys.executable, "-c", script], capture_output=True, text=True, check=False)
    if done.stdout != f"{uid} False\n":
        pytest.skip(f"cannot start programs with less than root's rights: {done.stderr or done.stdout}")
    return SystemUser(uid, gid, prefix)


@contextmanager
def open_folder(user: SystemUser) -> Iterator[Path]:
    """A folder of his that all may enter; gone in the end."""
    folder = Path(tempfile.mkdtemp(prefix="jmapd-test-"))
    folder.chmod(0o755)
    user.own(folder)
    yield folder
    shutil.rmtree(folder)


def purelib() -> str:
    return sysconfig.get_path("purelib")


def python_of(user: SystemUser) -> str:
    """A Python of our version that he can run as it is, with our modules; empty where there is none."""
    if shutil.which("setpriv") is None:
        return ""
    drop = ["setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups", "--bounding-set=-all"]
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        command = [*drop, "--inh-caps=-all", "/usr/bin/env", f"PYTHONPATH={purelib()}", python, "-c", "import orjson"]
        if subprocess.run(command, cwd="/", capture_output=True, check=False).returncode == 0:
            return python
    return ""
