"""mbsync between an IMAP server (far) and a Maildir (near)."""

import subprocess
from pathlib import Path

from .peers import Dovecot
from .plain_user import SystemUser
from .web import program

CONF = """
IMAPStore remote
Host 127.0.0.1
Port {port}
User alice
Pass secret
SSLType None
AuthMechs LOGIN
Timeout 60

MaildirStore local
Inbox {maildir}/
SubFolders Maildir++
AltMap {altmap}

Channel all
Far :remote:
Near :local:
Patterns {patterns}
Create Both
Remove Both
Expunge Both
CopyArrivalDate yes
SyncState *
"""


class Mbsync:
    """By default with its native scheme, which writes the uid into file names, and all folders."""

    def __init__(
        self, conf: Path, far: Dovecot, near: Path, user: SystemUser, altmap: bool = False, patterns: str = "*"
    ) -> None:
        self.program, self.user, self.conf = program("mbsync"), user, conf
        word = "yes" if altmap else "no"
        self.conf.write_text(CONF.format(port=far.port, maildir=near, altmap=word, patterns=patterns))

    def attempt(self) -> tuple[int, list[str]]:
        """Its exit status and what it complains of."""
        command = [*self.user.prefix, self.program, "-c", str(self.conf), "-a"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.conf.parent)
        said = [line for line in done.stderr.splitlines() if not line.startswith("*** IMAP Warning ***")]  # no TLS
        return done.returncode, said

    def run(self) -> None:
        """Must do it without a complaint."""
        assert self.attempt() == (0, [])
