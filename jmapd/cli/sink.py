"""jmapd-sink: an SMTP server for trying things out. No mail leaves the machine by it (RFC 5321).

What the LMTP server behind it takes is delivered there, all else becomes a file.
"""

import argparse
import asyncio
import logging
import re
import signal
import smtplib
import threading
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST = 64 << 20
TIMEOUT = 60.0
ADDRESS = re.compile(r"(127\.0\.0\.1|localhost):(\d{1,5})")


class Sink:
    """Takes every message."""

    def __init__(self, folder: Path, lmtp_port: int | None) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder, self._lmtp_port = folder, lmtp_port
        self._guard = threading.Lock()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The answer to the client."""
        data, sender = envelope.content or b"", envelope.mail_from or ""
        assert isinstance(data, bytes)
        try:
            return await asyncio.to_thread(self.take, data, sender, list(envelope.rcpt_tos))
        except (OSError, smtplib.SMTPException) as error:
            print(f"jmapd-sink: {error}", flush=True)
            return "451 4.3.0 Try again later"

    def take(self, data: bytes, sender: str, recipients: list[str]) -> str:
        """To the LMTP server, or into a file. Raises OSError, SMTPException."""
        others = self._handed_on(data, sender, recipients)
        if others:
            path = self._kept(data)
            print(f"jmapd-sink: {sender or '<>'} to {', '.join(others)}: {path}", flush=True)
        return "250 2.0.0 Taken"

    def _handed_on(self, data: bytes, sender: str, recipients: list[str]) -> list[str]:
        """The recipients whom the LMTP server does not know."""
        if self._lmtp_port is None:
            return recipients
        options = [] if (sender + "".join(recipients)).isascii() else ["SMTPUTF8"]
        with smtplib.LMTP("127.0.0.1", self._lmtp_port, timeout=TIMEOUT) as server:
            try:
                refused = server.sendmail(sender, recipients, data, options)
            except smtplib.SMTPRecipientsRefused as error:
                refused = error.recipients
        for recipient in recipients:
            if recipient not in refused:
                print(f"jmapd-sink: {sender or '<>'} to {recipient}: delivered here", flush=True)
            elif refused[recipient][0] < 500:
                raise smtplib.SMTPResponseException(*refused[recipient])
        return [recipient for recipient in recipients if recipient in refused]

    def _kept(self, data: bytes) -> Path:
        with self._guard:
            number = 1 + max((int(path.stem) for path in self._folder.glob("[0-9]*.eml")), default=0)
            path = self._folder / f"{number:04}.eml"
            path.write_bytes(data)
        return path


def _port(text: str) -> int:
    """Of this machine only."""
    found = ADDRESS.fullmatch(text)
    if not found or int(found[2]) > 65535:
        raise argparse.ArgumentTypeError(f"must be as 127.0.0.1:2525, is {text!r}")
    return int(found[2])


def main(arguments: list[str] | None = None) -> int:
    """Stays until SIGTERM or Control-C; answers 0. 1: it cannot listen there."""
    parser = argparse.ArgumentParser(prog="jmapd-sink", description="An SMTP server that lets no mail leave.")
    parser.add_argument("folder", type=Path, help="where mail to others is kept, a file for each message")
    parser.add_argument("--listen", type=_port, metavar="ADDRESS:PORT", default=2525, help="default: 127.0.0.1:2525")
    parser.add_argument("--lmtp", type=_port, metavar="ADDRESS:PORT", help="who takes the mail of local users")
    given = parser.parse_args(arguments)
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})  # before there are threads
    sink = Sink(given.folder, given.lmtp)
    controller = Controller(
        sink, "127.0.0.1", given.listen, data_size_limit=LARGEST, enable_SMTPUTF8=True, ident="jmapd-sink"
    )
    try:
        controller.start()
    except OSError as error:
        print(f"jmapd-sink: 127.0.0.1:{given.listen}: {error.strerror or error}")
        return 1
    print(f"jmapd-sink: listens on 127.0.0.1:{given.listen}", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    controller.stop()
    return 0
