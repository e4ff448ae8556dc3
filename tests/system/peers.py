"""Debian's Dovecot, mbsync and notmuch as processes of their own, for alice's mail."""

import contextlib
import grp
import imaplib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .plain_user import SystemUser
from .web import free_port, program, stop, wait_until

LDA = "/usr/lib/dovecot/dovecot-lda"
# The processes that a Dovecot without root cannot lock into a directory or run as somebody else.
SERVICES = """
service anvil {{ chroot = }}
service imap-login {{
  chroot =
  inet_listener imap {{ port = {port} }}
  inet_listener imaps {{ port = 0 }}
}}
"""


class Dovecot:
    """An IMAP server over one Maildir++ tree, with a configuration and a port of its own."""

    def __init__(self, folder: Path, maildir: Path, user: SystemUser) -> None:
        self.program, self.user, self.port = program("dovecot"), user, free_port()
        version = subprocess.run([self.program, "--version"], capture_output=True, text=True, check=True).stdout
        if not version.startswith("2.3."):
            pytest.skip(f"the configuration is for Dovecot 2.3, this is {version}")
        self.folder, self.maildir, self.log = folder, maildir, folder / "dovecot.log"
        self.conf = folder / "dovecot.conf"
        for name in ("run", "lib", "home"):
            (folder / name).mkdir(parents=True)
        self.conf.write_text(self._settings() + SERVICES.format(port=self.port))
        user.own(folder)
        self.process = subprocess.Popen([*user.prefix, self.program, "-F", "-c", str(self.conf)], cwd=folder)
        wait_until(self._is_up, lambda: self.log.read_text() if self.log.exists() else "no log")

    def _settings(self) -> str:
        name, group = self.user.name, grp.getgrgid(self.user.gid).gr_name
        ids = f"uid={self.user.uid} gid={self.user.gid}"
        return f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/lib
log_path = {self.log}
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {name}
default_internal_group = {group}
default_login_user = {name}
first_valid_uid = 1
mail_location = maildir:{self.maildir}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = {ids} home={self.folder}/home
}}
"""

    def _is_up(self) -> bool:
        with self.imap():
            return True

    @contextlib.contextmanager
    def imap(self) -> Iterator[imaplib.IMAP4]:
        """A session of alice's."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=20) as session:
            session.login("alice", "secret")
            yield session

    def lda(self, message: str, mailbox: str = "INBOX") -> None:
        """Delivers as an MTA does."""
        if not Path(LDA).exists():
            pytest.skip(f"{LDA} is not installed")
        environ = {"USER": "alice", "HOME": str(self.folder / "home"), "PATH": os.environ["PATH"]}
        command = [*self.user.prefix, LDA, "-c", str(self.conf), "-m", mailbox]
        subprocess.run(command, env=environ, input=message, text=True, check=True, cwd=self.folder)

    def complaints(self) -> list[str]:
        """What its log has of warnings and errors."""
        lines = self.log.read_text().splitlines()
        return [line for line in lines if any(word in line for word in ("Warning", "Error", "Fatal", "Panic"))]

    def stop(self) -> None:
        stop(self.process)


def checked(answer: tuple[str, list[object]]) -> list[object]:
    """The data of an IMAP answer that is OK."""
    assert answer[0] == "OK", answer
    return answer[1]
