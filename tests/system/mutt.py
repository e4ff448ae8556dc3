"""mutt or neomutt at a terminal of its own, told by `push` what to do."""

import contextlib
import os
import pty
import subprocess
import time
from pathlib import Path

from .web import program

RC = """
set mbox_type=Maildir folder={maildir} record="" postponed=""
set maildir_trash={trash} delete=yes quit=yes move=no mark_old={old} confirmappend=no wait_key=no
set sleep_time=0 pager=builtin sort=date crypt_use_gpgme=no
"""


class Mutt:
    """Over a Maildir."""

    def __init__(self, name: str, folder: Path, maildir: Path, trash: bool = False, old: bool = False) -> None:
        self.program, self.maildir, self.rc, self.home = program(name), maildir, folder / "muttrc", folder
        words = {True: "yes", False: "no"}
        self.rc.write_text(RC.format(maildir=maildir, trash=words[trash], old=words[old]))

    def run(self, keys: str, folder: str = "") -> None:
        """Opens a folder, does what the keys say, and quits."""
        ours, its = pty.openpty()
        path = self.maildir / folder if folder else self.maildir
        command = [self.program, "-n", "-F", str(self.rc), "-f", str(path), "-e", f"push '{keys}<quit>'"]
        environ = os.environ | {"TERM": "vt100", "HOME": str(self.home), "LINES": "24", "COLUMNS": "80"}
        with subprocess.Popen(
            command, stdin=its, stdout=its, stderr=its, env=environ, start_new_session=True
        ) as process:
            os.close(its)
            shown, deadline = b"", time.monotonic() + 20
            with contextlib.suppress(OSError):  # the terminal is gone when the last process that has it is
                while time.monotonic() < deadline and (read := os.read(ours, 65536)):
                    shown += read
            if process.poll() is None and time.monotonic() > deadline:
                process.kill()
            assert process.wait() == 0, shown[-2000:]
        os.close(ours)
