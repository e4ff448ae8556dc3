"""Mail that comes to alice of a MailHost: by the functions, and by LMTP."""

import asyncio
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from jmapd.cli.deliver import Agent
from jmapd.delivery.batch import Batches
from jmapd.delivery.deliver import Incoming, Outcome
from jmapd.delivery.lmtp import Peer, Recipients
from jmapd.stores.maildir import MaildirAccount
from tests.conftest import MailHost

TEXT = "From: sender@example.com\nTo: alice@example.org\nSubject: {}\nMessage-ID: <{}@example.com>\n\nHello.\n"
Make = Callable[..., MailHost]


def message(subject: str) -> bytes:
    return TEXT.format(subject, subject.replace(" ", "-")).encode()


def incoming(subject: str, **more: Any) -> Incoming:
    given = {"mail_from": "sender@example.com", "recipient": "alice@example.org"} | more
    return Incoming(given.pop("data", message(subject)), **given)


@pytest.fixture
def host(make_mailhost: Make) -> MailHost:
    return make_mailhost(identities={"domain": "example.org"})


def agent_of(host: MailHost) -> Agent:
    return Agent(host.config)


def account_of(host: MailHost) -> MaildirAccount:
    """As another process would open it."""
    account = agent_of(host)._accounts.account("alice")
    assert account is not None
    return account


def deliver_to(host: MailHost, *messages: Incoming) -> list[Outcome]:
    return agent_of(host).deliver("alice", messages)


def emails(host: MailHost, *properties: str) -> list[dict[str, Any]]:
    """All of alice, newest first."""
    wanted = ["subject", "keywords", "mailboxIds", *properties]
    return list(host.call("Email/get", {"ids": host.ids(), "properties": wanted})["list"])


def subjects(host: MailHost) -> list[str]:
    return sorted(email["subject"] for email in emails(host))


def new_files(host: MailHost, folder: str = "INBOX") -> list[bytes]:
    return [path.read_bytes() for path in sorted((host.folder(folder) / "new").iterdir())]


def leftovers(host: MailHost) -> list[str]:
    return [str(path) for path in host.root.rglob("tmp/*")]


@contextmanager
def lmtp_server(recipients: Recipients, max_size: int = 1 << 20) -> Iterator[int]:
    """The port; the loop is in a thread of its own."""
    ready, ports = threading.Event(), list[int]()
    loop = asyncio.new_event_loop()
    end = asyncio.Event()

    async def serve() -> None:
        server = await loop.create_server(lambda: Peer(recipients, max_size, "mx.example.org"), "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await end.wait()
        server.close()
        await recipients.close()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(10)
        loop.close()


@pytest.fixture
def lmtp(host: MailHost) -> Iterator[int]:
    """The port of a server for alice."""
    agent = agent_of(host)
    with lmtp_server(Recipients(agent.find, Batches(agent.deliver))) as port:
        yield port


@pytest.fixture
def client(lmtp: int) -> Iterator[smtplib.LMTP]:
    with smtplib.LMTP("127.0.0.1", lmtp, local_hostname="client.example.org") as client:
        client.ehlo()
        yield client


class Wire:
    """A client that says what it is told to."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.file, self.is_greeted = self.socket.makefile("rb"), False

    def send(self, text: bytes) -> None:
        self.socket.sendall(text)

    def reply(self) -> str:
        """One, of its last line only."""
        while True:
            line = self.file.readline().decode()
            assert line, "the server hung up"
            if line[3:4] != "-":
                return line.rstrip("\r\n")

    def begin(self, *recipients: str) -> None:
        """To the 354 of DATA."""
        self.send(b"LHLO client.example.org\r\nMAIL FROM:<sender@example.com>\r\n")
        for recipient in recipients:
            self.send(f"RCPT TO:<{recipient}>\r\n".encode())
        self.send(b"DATA\r\n")
        answers = [self.reply() for _ in range(3 + len(recipients) + (not self.is_greeted))]
        self.is_greeted = True
        assert answers[-1].startswith("354"), answers

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def wire(lmtp: int) -> Iterator[Wire]:
    wire = Wire(lmtp)
    yield wire
    wire.close()
