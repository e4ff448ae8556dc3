"""Debian's Dovecot as a process of its own, for alice's mail: IMAP, LMTP and the LDA."""

import contextlib
import grp
import imaplib
import os
import re
import signal
import smtplib
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from .plain_user import SystemUser
from .web import free_port, program, wait_until

FLAGS = {"\\Seen": "$seen", "\\Flagged": "$flagged", "\\Answered": "$answered", "\\Draft": "$draft"}
LIBEXEC = Path("/usr/lib/dovecot")
# The processes that a Dovecot without root cannot lock into a directory or run as somebody else.
SERVICES = """
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
"""
# What the settings of Debian leave as they are: a mail for alice+Sent goes to Sent, without making it.
DELIVERY = """
postmaster_address = postmaster@example.org
hostname = mail.example.org
recipient_delimiter = +
lmtp_save_to_detail_mailbox = yes
"""


class Dovecot:
    """An IMAP server over one Maildir++ tree, with a configuration and a port of its own."""

    def __init__(self, folder: Path, maildir: Path, user: SystemUser) -> None:
        self.program, self.user = program("dovecot"), user
        self.port, self.lmtp_port = free_port(), free_port()
        if not all((LIBEXEC / name).exists() for name in ("imap", "lmtp")):
            pytest.skip("dovecot-imapd or dovecot-lmtpd is not installed (tests/system/peers.sh installs them)")
        version = subprocess.run([self.program, "--version"], capture_output=True, text=True, check=True).stdout
        if not version.startswith("2.3."):
            pytest.skip(f"the configuration is for Dovecot 2.3, this is {version}")
        self.folder, self.maildir, self.log = folder, maildir, folder / "dovecot.log"
        self.conf = folder / "dovecot.conf"
        for name in ("run", "lib", "home"):
            (folder / name).mkdir(parents=True)
        self.conf.write_text(self._settings() + DELIVERY + SERVICES.format(imap=self.port, lmtp=self.lmtp_port))
        user.own(folder)
        command = [*user.prefix, self.program, "-F", "-c", str(self.conf)]
        self.process = subprocess.Popen(command, cwd=folder, start_new_session=True)
        try:
            wait_until(self._is_up, lambda: self.log.read_text() if self.log.exists() else "no log")
        except BaseException:
            self.stop()
            raise

    def _settings(self) -> str:
        name, group = self.user.name, grp.getgrgid(self.user.gid).gr_name
        ids = f"uid={self.user.uid} gid={self.user.gid}"
        return f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/lib
log_path = {self.log}
protocols = imap lmtp
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
        """Delivers by the program that MTAs start."""
        environ = {"USER": "alice", "HOME": str(self.folder / "home"), "PATH": os.environ["PATH"]}
        command = [*self.user.prefix, str(LIBEXEC / "dovecot-lda"), "-c", str(self.conf), "-m", mailbox]
        subprocess.run(command, env=environ, input=message, text=True, check=True, cwd=self.folder)

    def lmtp(self, message: bytes, mailbox: str = "") -> None:
        """Delivers as an MTA does; into the INBOX when there is no such mailbox."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=20) as session:
            session.sendmail("bob@example.org", [f"alice+{mailbox}" if mailbox else "alice"], message)

    def complaints(self) -> list[str]:
        """What its log has of warnings and errors."""
        lines = self.log.read_text().splitlines()
        return [line for line in lines if any(word in line for word in ("Warning", "Error", "Fatal", "Panic"))]

    def stop(self) -> None:
        """All of its processes at once; asking it takes seconds."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def checked(answer: tuple[str, list[object]]) -> list[object]:
    """The data of an IMAP answer that is OK."""
    assert answer[0] == "OK", answer
    return answer[1]


def message(subject: str, body: str = "A line.\r\n") -> bytes:
    head = f"From: Bob <bob@example.org>\r\nMessage-ID: <{subject}@example.org>\r\nSubject: {subject}\r\n"
    return f"{head}\r\n{body}".encode()


def append(imap: imaplib.IMAP4, subject: str, flags: str = "", mailbox: str = "INBOX") -> None:
    checked(imap.append(mailbox, f"({flags})" if flags else "", "", message(subject)))


def fetched(dovecot: Dovecot, mailbox: str = "INBOX") -> dict[str, dict[str, Any]]:
    """{subject: uid, size and keywords in JMAP's words}"""
    found = {}
    with dovecot.imap() as imap:
        checked(imap.select(f'"{mailbox}"', readonly=True))
        data = checked(imap.uid("FETCH", "1:*", "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
    for each in data:
        if isinstance(each, tuple):
            head, subject = each[0].decode(), each[1].decode()
            flags = re.search(r"FLAGS \(([^)]*)\)", head)
            words = {FLAGS.get(flag, flag.lower()) for flag in flags[1].split()} if flags else set()
            numbers = {name: int(re.search(rf"{name} (\d+)", head)[1]) for name in ("UID", "RFC822.SIZE")}  # type: ignore[index]
            name = subject.partition(": ")[2].strip()
            assert name not in found, f"{mailbox} has {name} twice"
            found[name] = {**numbers, "keywords": words - {"\\recent"}}
    return found


def listed(imap: imaplib.IMAP4, is_subscribed: bool = False) -> set[str]:
    """The mailboxes there are, or are subscribed to."""
    lines = checked(imap.lsub() if is_subscribed else imap.list())
    return {line.partition(b'"." ')[2].decode().strip('"') for line in lines if isinstance(line, bytes)}


def internal_dates(dovecot: Dovecot, mailbox: str = "INBOX") -> dict[int, str]:
    """{uid: INTERNALDATE as a UTCDate}"""
    with dovecot.imap() as imap:
        checked(imap.select(f'"{mailbox}"', readonly=True))
        data = checked(imap.uid("FETCH", "1:*", "(UID INTERNALDATE)"))
    found = {}
    for each in data:
        if isinstance(each, bytes):
            date = datetime.strptime(re.search(rb'INTERNALDATE "([^"]*)"', each)[1].decode(), "%d-%b-%Y %H:%M:%S %z")  # type: ignore[index]
            uid = int(re.search(rb"UID (\d+)", each)[1])  # type: ignore[index]
            found[uid] = date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return found


def bases(dovecot: Dovecot, mailbox: str = "INBOX") -> dict[int, str]:
    """{uid: base name} as Dovecot has noted them; of several lines for a uid the last counts."""
    path = dovecot.maildir / ("" if mailbox == "INBOX" else f".{mailbox}") / "dovecot-uidlist"
    lines = [line.partition(" :") for line in path.read_text().splitlines()[1:]]
    return {int(head.split()[0]): name.partition(":2,")[0] for head, _, name in lines}
