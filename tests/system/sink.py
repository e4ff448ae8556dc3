"""An SMTP server (RFC 5321) in a thread: keeps what it has taken, and answers as it was told to."""

import contextlib
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .web import wait_until

EXTENSIONS = ("8BITMIME", "SMTPUTF8", "DSN", "SIZE 60000000", "ENHANCEDSTATUSCODES")
DROP = "(the connection is dropped)"
END = "."  # in place of a command: the end of the message
GREETING = "CONNECT"


@dataclass
class Taken:
    """One message that it has answered 250 to."""

    sender: str
    sender_options: list[str]
    recipients: list[str]
    recipient_options: list[list[str]]
    data: bytes


@dataclass
class Order:
    """What to answer to a command that has `text` in it."""

    verb: str
    answer: str
    text: str
    times: int
    drops: bool


@dataclass
class Envelope:
    sender: str = ""
    sender_options: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    recipient_options: list[list[str]] = field(default_factory=list)


class Sink:
    """Listens on a free port of 127.0.0.1, or on the one given."""

    def __init__(self, port: int = 0, extensions: tuple[str, ...] = EXTENSIONS) -> None:
        self.extensions = self._usual = extensions
        self.taken: list[Taken] = []
        self.commands: list[str] = []  # of all sessions, in the order they came
        self.sessions = 0
        self._orders: list[Order] = []
        self._guard = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Session)
        self._server.sink = self
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def say(self, verb: str, answer: str, text: str = "", times: int = 10**9, drops: bool = False) -> None:
        """From now on, to so many commands; answer DROP: nothing, and the end; `drops`: the end after the answer."""
        with self._guard:
            self._orders.append(Order(verb, answer, text, times, drops))

    def obey(self) -> None:
        """Forgets what it was told to say."""
        with self._guard:
            self._orders.clear()

    def forget(self) -> None:
        """As new."""
        self.obey()
        self.extensions = self._usual
        self.taken.clear()
        self.commands.clear()
        self.sessions = 0

    def answer_to(self, verb: str, line: str, usual: str) -> tuple[str, bool]:
        """What to answer, and whether that is the end. Used by sessions."""
        with self._guard:
            self.commands.append(line)
            for order in self._orders:
                if order.verb == verb and order.text in line and order.times:
                    order.times -= 1
                    return order.answer, order.drops or order.answer == DROP
        return usual, False

    def wait(self, count: int) -> list[Taken]:
        """All it has taken, once there are so many."""
        wait_until(lambda: len(self.taken) >= count, lambda: f"{len(self.taken)} of {count} have come: {self.commands}")
        return self.taken

    def to(self, recipient: str) -> list[Taken]:
        return [each for each in self.taken if recipient in each.recipients]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 50
    sink: Sink


class _Session(socketserver.StreamRequestHandler):
    server: _Server
    timeout = 30

    def handle(self) -> None:
        self.sink, self.envelope = self.server.sink, Envelope()
        self.sink.sessions += 1
        with contextlib.suppress(OSError):
            if self._reply(GREETING, GREETING, "220 sink.example ESMTP"):
                while (line := self.rfile.readline(2000)) and self._command(line.decode("utf-8", "replace").rstrip()):
                    pass

    def _reply(self, verb: str, line: str, usual: str, then: Callable[[], None] | None = None) -> bool:
        """Whether the session goes on. `then` is done when the answer is a good one, before it is told."""
        answer, is_end = self.sink.answer_to(verb, line, usual)
        if then and answer[:1] in "23":
            then()
        if answer != DROP:
            self.wfile.write(answer.encode() + b"\r\n")
        return not is_end and not answer.startswith("421")

    def _command(self, line: str) -> bool:
        verb = line.split(" ")[0].partition(":")[0].upper()
        if verb in ("EHLO", "HELO", "LHLO"):
            lines = ["sink.example", *self.sink.extensions]
            text = "\r\n".join(f"250{' ' if each is lines[-1] else '-'}{each}" for each in lines)
            return self._reply(verb, line, text)
        if verb == "MAIL":
            return self._reply(verb, line, "250 2.1.0 Ok", lambda: self._mail(line))
        if verb == "RCPT":
            return self._reply(verb, line, "250 2.1.5 Ok", lambda: self._rcpt(line))
        if verb == "DATA":
            return self._data()
        if verb == "RSET":
            self.envelope = Envelope()
        if verb == "QUIT":
            self._reply(verb, line, "221 2.0.0 Bye")
            return False
        return self._reply(verb, line, "250 2.0.0 Ok" if verb in ("RSET", "NOOP") else "502 5.5.1 Unknown command")

    def _mail(self, line: str) -> None:
        address, options = _path(line)
        self.envelope = Envelope(address, options)

    def _rcpt(self, line: str) -> None:
        address, options = _path(line)
        self.envelope.recipients.append(address)
        self.envelope.recipient_options.append(options)

    def _data(self) -> bool:
        if not self.envelope.recipients:
            return self._reply("DATA", "DATA", "554 5.5.1 No valid recipients")
        answer, is_end = self.sink.answer_to("DATA", "DATA", "354 Go on")
        if answer != DROP:
            self.wfile.write(answer.encode() + b"\r\n")
        if is_end or not answer.startswith("354"):
            return not is_end
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        envelope, self.envelope = self.envelope, Envelope()
        taken = Taken(**vars(envelope), data=b"".join(lines))
        return self._reply(END, END, "250 2.0.0 Taken as 1", lambda: self.sink.taken.append(taken))


def _path(line: str) -> tuple[str, list[str]]:
    """The address of a MAIL or RCPT command, and its parameters."""
    found = re.fullmatch(r"[^<]*<([^>]*)>\s*(.*)", line)
    assert found, line
    return found[1], found[2].split()


@contextlib.contextmanager
def sink(port: int = 0, extensions: tuple[str, ...] = EXTENSIONS) -> Iterator[Sink]:
    """One that is stopped in the end."""
    server = Sink(port, extensions)
    try:
        yield server
    finally:
        server.stop()
