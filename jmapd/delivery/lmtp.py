"""LMTP (RFC 2033) over aiosmtpd: an answer for each recipient once the message is on the disk, or is not."""

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session

from jmapd.delivery import replies
from jmapd.delivery.batch import Batches
from jmapd.delivery.deliver import Incoming

log = logging.getLogger(__name__)

TIMEOUT = 300.0  # seconds a client may be silent: RFC 5321 4.5.3.2.7
PATIENCE = 600.0  # and how long he may wait for us: RFC 5321 4.5.3.2.6
MOST_RECIPIENTS = 1000  # RFC 5321 4.5.3.1.8: at least 100
_CHUNK = 64 * 1024
_END = b"\r\n.\r\n"
_BEGINNINGS = tuple(_END[:length] for length in range(1, len(_END)))
_BARE = re.compile(r"([245])\d\d (?!\1\.\d)")
_STATUS = {"500": "5.5.2", "501": "5.5.4", "502": "5.5.1", "503": "5.5.1", "552": "5.3.4", "555": "5.5.4"}
_NO_STATUS = ("220 ", "250 HELP")

Find = Callable[[str], str | None]  # the account of a recipient


class Mail(Envelope):
    """One message to come; `accounts` are those of its recipients."""

    def __init__(self) -> None:
        super().__init__()
        self.accounts: list[str] = []


class Peer(LMTP):
    """One connection."""

    line_length_limit = _CHUNK  # of what is read at once; lines may have any length

    def __init__(self, recipients: "Recipients", max_size: int, hostname: str) -> None:
        super().__init__(
            recipients,
            data_size_limit=max_size,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident="jmapd LMTP",
            timeout=TIMEOUT,
            loop=asyncio.get_running_loop(),
        )
        self._recipients = recipients

    def _create_envelope(self) -> Mail:
        return Mail()

    async def push(self, status: Any) -> None:
        """With an enhanced status code (RFC 2034), which RFC 2033 5 asks for."""
        if isinstance(status, str) and _BARE.match(status) and not status.startswith(_NO_STATUS):
            code = _STATUS.get(status[:3], f"{status[0]}.0.0")
            status = f"{status[:3]} {code} {status[4:]}"
        await super().push(status)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 (aiosmtpd finds it by its name)
        """RFC 2033 4.2: one reply for each recipient, also to a message that is too large."""
        envelope = self.envelope
        assert isinstance(envelope, Mail)
        if arg:
            return await self.push("501 Syntax: DATA")
        if not envelope.rcpt_tos:
            return await self.push("503 No valid recipients")
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        data = await self._data()
        self._reset_timeout(PATIENCE)
        if data is None:
            answers = [replies.TOO_LARGE] * len(envelope.rcpt_tos)
        else:
            answers = await self._recipients.deliver(self._received(envelope) + data, envelope)
        self.envelope = self._create_envelope()
        for answer in answers:
            self._writer.write(answer.encode() + b"\r\n")
        await self._writer.drain()
        return None

    async def _data(self) -> bytes | None:
        """The message, its dots taken away (RFC 5321 4.5.2); None when it is too large, and has been read."""
        start = bytearray(b"\r\n")  # as if a line had ended, for the end may come at once
        while not start.endswith(_END) and any(map(start.endswith, _BEGINNINGS)):
            start += await self._reader.readexactly(1)
        chunks, size, limit = [bytes(start)], len(start), self.data_size_limit or 0
        is_end = start.endswith(_END)
        while not is_end:
            chunk, is_end = await self._chunk()
            size += len(chunk)
            if size - len(_END) > limit:
                chunks.clear()
            else:
                chunks.append(chunk)
            self._reset_timeout()
        if size - len(_END) > limit:
            return None
        return b"".join(chunks)[:-3].replace(b"\r\n.", b"\r\n")[2:]

    async def _chunk(self) -> tuple[bytes, bool]:
        """What has come, and whether it is the end of the message; what comes after that stays."""
        try:
            return await self._reader.readuntil(_END), True
        except asyncio.LimitOverrunError as error:
            return await self._reader.readexactly(error.consumed), False

    def _received(self, envelope: Envelope) -> bytes:
        """RFC 5321 4.4, RFC 3848 and RFC 6531 3.7.3 for the name of the protocol."""
        assert self.session is not None
        protocol = "UTF8LMTP" if envelope.smtp_utf8 else "LMTP"
        client = re.sub(r"[^A-Za-z0-9.:\[\]_-]", "?", self.session.host_name or "unknown")[:255]
        id, date = secrets.token_hex(8), formatdate(time.time(), localtime=True)
        return f"Received: from {client}\r\n\tby {self.hostname} with {protocol} id {id};\r\n\t{date}\r\n".encode()


class Recipients:
    """Who is here, and how mail gets to them. aiosmtpd calls what begins with handle_."""

    def __init__(self, find: Find, batches: Batches) -> None:
        self._find, self._batches = find, batches
        self._is_closed, self._busy = False, 0

    async def handle_EHLO(  # noqa: N802 (aiosmtpd finds it by its name)
        self, _peer: Peer, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """RFC 2033 5: these two MUST be supported."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_RCPT(  # noqa: N802
        self, _peer: Peer, _session: Session, envelope: Mail, address: str, _options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            account = self._find(address)
        except Exception:
            log.exception("whose is %r?", address)
            return replies.LOCAL_ERROR
        if account is None:
            return replies.reply(replies.UNKNOWN, address)
        envelope.rcpt_tos.append(address)
        envelope.accounts.append(account)
        return replies.reply("250 2.1.5 <{recipient}> OK", address)

    async def deliver(self, data: bytes, envelope: Mail) -> list[str]:
        """The answers, in the order of the recipients."""
        sender = (envelope.mail_from or "").removeprefix("<").removesuffix(">")
        if self._is_closed:
            return ["421 4.3.2 Going down"] * len(envelope.accounts)
        self._busy += 1
        try:
            return await self._deliver(data, sender, envelope)
        except Exception:  # the mail must not go back for a fault of ours
            log.exception("not delivered")
            return [replies.LOCAL_ERROR] * len(envelope.accounts)
        finally:
            self._busy -= 1

    async def _deliver(self, data: bytes, sender: str, envelope: Mail) -> list[str]:
        waiting = [
            self._batches.put(account, Incoming(data, sender, address))
            for address, account in zip(envelope.rcpt_tos, envelope.accounts, strict=True)
        ]
        outcomes = await asyncio.gather(*map(asyncio.wrap_future, waiting))
        return [outcome.reply for outcome in outcomes]

    async def close(self) -> None:
        """Takes no more; when this returns all is answered that was."""
        self._is_closed = True
        await asyncio.to_thread(self._batches.close)
        while self._busy:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)  # for the answers to leave

    async def handle_exception(self, error: Exception) -> str:
        """Of a command that aiosmtpd could not parse; all that is ours is caught before."""
        log.info("a command that cannot be parsed: %r", error)
        return "501 5.5.2 Cannot be parsed"
