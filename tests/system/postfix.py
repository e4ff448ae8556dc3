"""Debian's Postfix, with configuration and queue of its own: takes mail by SMTP, hands ours to an LMTP server."""

import grp
import os
import pwd
import shutil
import signal
import smtplib
import subprocess
from pathlib import Path

import pytest

from .web import free_port, program, wait_until

MASTER = Path("/usr/lib/postfix/sbin/master")
QUEUES = ("incoming", "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "private", "saved", "trace")
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = mail.example.org
mydestination =
mynetworks = 127.0.0.1/32
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
address_verify_poll_delay = 1s
alias_maps =
alias_database =
default_transport = smtp:[127.0.0.1]:{remote}
disable_dns_lookups = yes
smtp_host_lookup = native
smtp_tls_security_level = none
smtpd_tls_security_level = none
mailbox_size_limit = 0
minimal_backoff_time = 1s
queue_run_delay = 1s
default_delivery_slot_cost = 0
{options}
"""
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
verify unix - - n - 1 verify
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
{services}
"""


class Postfix:
    """Mail for example.org goes where `options` (main.cf) and `services` (master.cf) say, all else to port `remote`."""

    def __init__(self, folder: Path, remote: int, services: str, options: str) -> None:
        program("postconf")
        if not MASTER.exists() or os.geteuid() != 0:
            pytest.skip("postfix is not installed (tests/system/peers.sh installs it), or we are not root")
        self.folder, self.port, self.log = folder, free_port(), folder / "postfix.log"
        self._make_queue()
        (folder / "conf").mkdir()
        main = MAIN.format(folder=folder, remote=remote, options=options)
        (folder / "conf/main.cf").write_text(main)
        (folder / "conf/master.cf").write_text(SERVICES.format(port=self.port, services=services))
        self.process = subprocess.Popen([str(MASTER), "-c", str(folder / "conf")], start_new_session=True)
        try:
            wait_until(self._is_up, lambda: self.log.read_text() if self.log.exists() else "no log")
        except BaseException:
            self.stop()
            raise

    def _make_queue(self) -> None:
        """As its own script makes one: the user and the group are Debian's, the place is ours."""
        owner, group = pwd.getpwnam("postfix").pw_uid, grp.getgrnam("postdrop").gr_gid
        for name in QUEUES:
            (self.folder / "queue" / name).mkdir(mode=0o700, parents=True)
            os.chown(self.folder / "queue" / name, owner, -1)
        for name, mode in (("public", 0o710), ("maildrop", 0o730)):
            (self.folder / "queue" / name).mkdir()
            os.chown(self.folder / "queue" / name, owner, group)
            (self.folder / "queue" / name).chmod(mode)
        (self.folder / "queue/pid").mkdir()
        (self.folder / "data").mkdir(mode=0o700)
        shutil.chown(self.folder / "data", owner)

    def _is_up(self) -> bool:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as session:
            return session.noop()[0] == 250

    def send(
        self,
        message: bytes,
        recipient: str = "alice@example.org",
        sender: str = "bob@remote.example",
        client: str = "127.0.0.1",
    ) -> None:
        """Hands in a message; what comes from another client than 127.0.0.1 comes from outside."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20, source_address=(client, 0)) as session:
            session.sendmail(sender, [recipient], message)

    def complaints(self) -> list[str]:
        """What its log has of warnings and errors."""
        lines = self.log.read_text().splitlines()
        return [line for line in lines if any(word in line for word in ("warning:", "error:", "fatal:", "panic:"))]

    def stop(self) -> None:
        """All of its processes at once: the master made a session of its own."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
