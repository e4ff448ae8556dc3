"""An SMTP client (RFC 5321): a session with one server, and the transactions in it."""

import functools
import logging
import smtplib
import socket
import ssl
from typing import Any

from jmapd.submission import auth
from jmapd.submission.letter import Letter
from jmapd.submission.replies import Failure, Reply, Unreachable, from_lines
from jmapd.submission.settings import Server

log = logging.getLogger(__name__)

CONNECT_SECONDS = 30.0
BLOCK = 1 << 18  # octets of a message that are handed over at a time
READY, GO_AHEAD, CLOSING = 220, 354, 421
MOST_LINES = 500  # of an answer; smtplib bounds each of them
LOST = Reply(451, "4.4.2 The connection was lost")


class _Lines:
    """What a server says. An answer that does not end is none."""

    def __init__(self, file: Any) -> None:
        self._file, self.left = file, MOST_LINES

    def readline(self, most: int) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise OSError("an answer without end")
        return bytes(self._file.readline(most))

    def close(self) -> None:
        self._file.close()


class _Client(smtplib.SMTP):
    def getreply(self) -> tuple[int, bytes]:
        assert self.sock is not None
        self.file = self.file or _Lines(self.sock.makefile("rb"))
        self.file.left = MOST_LINES
        return super().getreply()


class Connection:
    """A session: open, encrypted and logged in. Raises Unreachable when that cannot be had."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.is_usable = True  # for another transaction
        self._smtp = _Client(local_hostname=_own_name(), timeout=server.timeout)
        self._smtp.command_encoding = "utf-8"
        try:
            self._open()
        except Unreachable:
            self.close()
            raise
        except (OSError, UnicodeError) as error:  # smtplib's errors are OSErrors, too
            self.close()
            raise Unreachable(451, f"4.4.1 {server} cannot be used: {_reason(error)}") from error

    def _open(self) -> None:
        smtp, server = self._smtp, self.server
        security = server.security_now
        context = ssl.create_default_context(cafile=server.trust or None) if security != "none" else None
        smtp.sock = socket.create_connection((server.host, server.port), min(CONNECT_SECONDS, server.timeout))
        smtp.sock.settimeout(server.timeout)
        if context is not None and security == "tls":
            smtp.sock = context.wrap_socket(smtp.sock, server_hostname=server.host)
        self._expect(READY, *smtp.getreply())
        smtp.ehlo_or_helo_if_needed()
        if context is not None and security == "starttls":
            self._start_tls(context)
        if server.user:
            bearer = auth.token(list(server.token_command), server.user) if server.token_command else ""
            auth.log_in(smtp, server.user, server.password, bearer)

    def _start_tls(self, context: ssl.SSLContext) -> None:
        """RFC 3207. Nothing that was said before it counts: neither extensions nor octets already read."""
        smtp = self._smtp
        if not smtp.has_extn("starttls"):
            raise Unreachable(454, f"4.7.4 {self.server} does not offer STARTTLS")
        self._expect(READY, *smtp.docmd("STARTTLS"))
        assert smtp.sock is not None
        smtp.sock = context.wrap_socket(smtp.sock, server_hostname=self.server.host)
        smtp.file = smtp.helo_resp = smtp.ehlo_resp = None
        smtp.esmtp_features, smtp.does_esmtp = {}, False
        smtp.ehlo_or_helo_if_needed()

    def _expect(self, wanted: int, code: int, text: bytes) -> None:
        if code != wanted:
            raise Unreachable(451, f"4.3.2 {self.server} said: {from_lines(code, text)}")

    def reset(self) -> bool:
        """Whether the session is there for another transaction."""
        try:
            return self.is_usable and self._smtp.rset()[0] // 100 == 2
        except OSError:
            return False

    def send(self, letter: Letter) -> dict[str, Reply]:
        """What the server says of each recipient (RFC 8621 7: to RCPT, or to the message where that was refused)."""
        emails = [recipient["email"] for recipient in letter.recipients]
        replies = dict[str, Reply]()
        try:
            self._transaction(letter, replies)
        except Failure as failure:
            rest = failure.reply
        except OSError:
            self.is_usable, rest = False, LOST
        else:
            return replies
        # RFC 5321 4.2.5: without an answer to it the message was not taken over; the 250 of RCPT is worth nothing.
        refused = {email: reply for email, reply in replies.items() if not reply.is_ok}
        return {email: refused.get(email, rest) for email in emails}

    def _transaction(self, letter: Letter, replies: dict[str, Reply]) -> None:
        features = self._smtp.esmtp_features
        is_utf8 = letter.check(features)
        reply = self._command(letter.mail_command(features, is_utf8))
        if not reply.is_ok:
            raise Failure(reply.code, reply.text)
        for recipient in letter.recipients:
            try:
                command = letter.rcpt_command(recipient, features, is_utf8)
            except Failure as failure:
                replies[recipient["email"]] = failure.reply
                continue
            replies[recipient["email"]] = self._command(command)
        taken = [email for email, reply in replies.items() if reply.is_ok]
        if taken:
            answer = self._data(letter)
            if answer.is_ok:  # it has the name that the other server gave the message
                log.info("%s: %s: %s", self.server, letter.envelope_id or "-", answer)
            else:
                replies |= dict.fromkeys(taken, answer)

    def _command(self, line: str) -> Reply:
        reply = from_lines(*self._smtp.docmd(line))
        if reply.code == CLOSING:  # RFC 5321 3.8: to any command
            self.is_usable = False
            raise Failure(reply.code, reply.text)
        return reply

    def _data(self, letter: Letter) -> Reply:
        code, text = self._smtp.docmd("DATA")
        if code != GO_AHEAD:
            self.is_usable = code != CLOSING
            reply = from_lines(code, text)
            return reply if not reply.is_ok else Reply(451, "4.5.0 The server answered DATA with " + str(reply))
        assert self._smtp.sock is not None
        # RFC 5321 4.5.3.2.6: a server may take twice as long as for anything else before it answers
        self._smtp.sock.settimeout(2 * self.server.timeout)
        data = memoryview(letter.octets())
        for at in range(0, len(data), BLOCK):  # 4.5.3.2.5: a block has its time, not the whole
            self._smtp.send(data[at : at + BLOCK])
        reply = from_lines(*self._smtp.getreply())
        self._smtp.sock.settimeout(self.server.timeout)
        self.is_usable = reply.code != CLOSING
        return reply

    def close(self) -> None:
        """Takes leave where somebody listens; waits no longer than a moment."""
        smtp = self._smtp
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(2.0)
                if self.is_usable and smtp.ehlo_resp:
                    smtp.docmd("QUIT")
        except OSError:
            pass
        finally:
            smtp.close()


@functools.cache
def _own_name() -> str | None:
    """For EHLO; None: an address literal, which smtplib makes."""
    name = socket.getfqdn()
    return name if "." in name else None


def _reason(error: Any) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate: {error.verify_message}"
    if isinstance(error, smtplib.SMTPResponseException):
        return str(from_lines(error.smtp_code, _octets(error.smtp_error)))
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(getattr(error, "strerror", "") or error or type(error).__name__)


def _octets(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
