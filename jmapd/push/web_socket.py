"""One WebSocket (RFC 8887): requests are run by other threads, and changes are told once they are asked for."""

import re
import zlib
from collections.abc import Sequence
from typing import Any, Protocol

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Request,
    TextMessage,
)
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason, FrameDecoder, FrameProtocol, Opcode, RsvBits
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from jmapd.push import frames
from jmapd.push.states import States, difference, event_id, state_change, states_of
from jmapd.stores.calendar_alerts import TYPE as ALERT
from jmapd.wire import Record, ijson
from jmapd.wire.errors import LimitExceeded

SUBPROTOCOL = "jmap"
SILENCE = 60  # seconds after which the other side is asked whether it is still there
PATIENCE = 5  # seconds in which it ends the connection, too
Headers = Sequence[tuple[bytes, bytes]]
# RFC 7692 7.1; zlib makes no window of 8 bits
_PARAMETER = re.compile(
    r"(client|server)_no_context_takeover|client_max_window_bits(\s*=\s*(8|9|1[0-5]|\"(8|9|1[0-5])\"))?"
    r"|server_max_window_bits\s*=\s*(9|1[0-5]|\"(9|1[0-5])\")"
).fullmatch


class Work(Protocol):
    """What is done with the messages of one WebSocket; called by the hub's thread."""

    def take(self, web_socket: "WebSocket", message: bytes) -> None:
        """Has it done by a thread that may wait; sets `is_full` while more of them would have to wait."""

    def go_on(self, web_socket: "WebSocket") -> None:
        """Begins what had to wait, where there is room for it now."""

    def ended(self) -> None:
        """The connection is closed."""


class NoHandshake(ValueError):
    """The request does not open a WebSocket for JMAP."""


class WebSocket:
    """See push/hub.Talk. `work` gets each message; the answer comes back through hub.say()."""

    def __init__(self, user: str, headers: Headers, max_size: int, work: Work) -> None:
        """Raises NoHandshake."""
        self.user, self.interval = user, SILENCE
        self.is_over = self.is_full = self.is_clogged = self.is_closing = False
        self._max_size, self._work = max_size, work
        self._message = bytearray()  # as much as there is of it
        self._is_heard = True  # since the last ping
        self.listening: tuple[frozenset[str] | None, States] | None = None  # types; what the client knows
        self._wire = WSConnection(ConnectionType.SERVER)
        self._deflate = Deflate(max_size)
        self.opening = self._handshake(headers)

    def _handshake(self, headers: Headers) -> bytes:
        try:
            self._wire.initiate_upgrade_connection(list(headers), b"/")
            event = next(iter(self._wire.events()), None)
            if not isinstance(event, Request):
                raise NoHandshake("The request is no WebSocket handshake.")
            if SUBPROTOCOL not in event.subprotocols:  # RFC 8887 4.2: MUST
                raise NoHandshake("The subprotocol 'jmap' must be among Sec-WebSocket-Protocol.")
            return self._wire.send(AcceptConnection(subprotocol=SUBPROTOCOL, extensions=[self._deflate]))
        except (RemoteProtocolError, LocalProtocolError, ValueError) as error:  # ValueError: a header is not ASCII
            raise NoHandshake(f"The request is no WebSocket handshake: {error}.") from None

    # What the hub asks for

    def heard(self, data: bytes) -> bytes:
        """What must be said to that at once: pongs and closes."""
        self._is_heard = True
        self._wire.receive_data(data)
        return self.go_on()

    def go_on(self) -> bytes:
        """The same, of what was received; the rest stays in its packed form while there is no room."""
        self._work.go_on(self)
        answer = b""
        try:
            events = self._wire.events()
            while not (self.is_over or self.is_full) and (event := next(events, None)) is not None:
                answer += self._answer(event)
        except RemoteProtocolError as error:
            self.is_over = True
            return answer + (self._wire.send(error.event_hint) if error.event_hint is not None else b"")
        return answer

    def _answer(self, event: Event) -> bytes:
        if self.is_closing:
            self.is_over = isinstance(event, CloseConnection)
            return b""
        if isinstance(event, TextMessage):
            return self._text(event)
        if isinstance(event, Ping):
            return self._wire.send(event.response())
        if isinstance(event, BytesMessage):  # RFC 8887 4.3.1
            self.is_over = True
            return frames.close(frames.UNSUPPORTED)
        if isinstance(event, CloseConnection):
            self.is_over = True
            is_ours = self._wire.state is ConnectionState.OPEN  # it stands for what is wrong with a frame
            return (
                self._too_large() if is_ours and event.code == frames.TOO_LARGE else self._wire.send(event.response())
            )
        return b""

    def _text(self, event: TextMessage) -> bytes:
        self._message += event.data.encode()
        if len(self._message) > self._max_size:
            return self._too_large()
        if event.message_finished:
            message, self._message = bytes(self._message), bytearray()
            self._work.take(self, message)
        return b""

    def _too_large(self) -> bytes:
        """The error (RFC 8887 4.3.1) and the end; what is under way is taken in, for else the answer could be lost."""
        self._message, self.listening = bytearray(), None
        self.is_closing, self.interval = True, PATIENCE
        error = LimitExceeded("maxSizeRequest", f"The message is longer than {self._max_size} octets.", 400)
        return self.framed(tagged(error.problem(), "RequestError", None)) + frames.close(frames.TOO_LARGE)

    def told(self, states: States) -> bytes:
        """A StateChange, if changes are wanted and any of the types has changed (4.3.5)."""
        if self.listening is None:
            return b""
        types, seen = self.listening
        if seen is states:
            return b""
        self.listening = types, states
        changed = difference(seen, states, types)
        if not changed:
            return b""
        return self.framed(state_change(changed) | {"pushState": event_id(states)})

    def alerted(self, alert: Record) -> bytes:
        """The CalendarAlert, where that type is named: who has not heard of it may close on it (RFC 8887 4.3.1)."""
        if self.listening is None or self.listening[0] is None or ALERT not in self.listening[0]:
            return b""
        return self.framed(alert)

    def pinged(self) -> bytes:
        """A ping; the end when the last one was not answered."""
        if self.is_closing:
            self.is_over = True
            return b""
        if not (self._is_heard or self.is_full):
            self.is_over = True
            return frames.close(frames.POLICY)
        self._is_heard = False
        return frames.ping()

    def drained(self, states: States | None) -> bytes:
        """What was not said meanwhile, and what had to wait."""
        return (b"" if states is None else self.told(states)) + self.go_on()

    def leaving(self) -> bytes:
        """1012: it may come back at once."""
        return frames.close(frames.RESTART)

    def ended(self) -> None:
        self._work.ended()

    # By any thread

    def framed(self, value: Record) -> bytes:
        """A message."""
        return frames.text(ijson.dumps(value), self._deflate.server_max_window_bits if self._deflate.enabled() else 0)


class Deflate(PerMessageDeflate):
    """permessage-deflate (RFC 7692) that makes of one piece of a message no more than a message may have."""

    def __init__(self, most: int) -> None:
        super().__init__(client_no_context_takeover=True, server_no_context_takeover=True)
        self._most = most

    def accept(self, offer: str) -> str | None:
        """What is agreed on; None declines it: what is unknown, wrong or there twice (RFC 7692 7), and a second one."""
        parts = [part.strip() for part in offer.split(";")[1:]]
        names = {part.partition("=")[0].strip() for part in parts}
        if self.enabled() or len(names) < len(parts) or not all(map(_PARAMETER, parts)):
            return None
        agreed = ["client_no_context_takeover", "server_no_context_takeover"]
        for part in parts:
            if part.startswith("server_max_window_bits"):
                self.server_max_window_bits = int(part.partition("=")[2].strip(' "'))
                agreed.append(f"server_max_window_bits={self.server_max_window_bits}")
        self._enabled = True
        return "; ".join(agreed)

    def frame_inbound_header(
        self, proto: FrameDecoder | FrameProtocol, opcode: Opcode, rsv: RsvBits, payload_length: int
    ) -> CloseReason | RsvBits:
        """As the one it replaces, for which a control frame ends the message that it comes in the middle of."""
        if not opcode.iscontrol():
            return super().frame_inbound_header(proto, opcode, rsv, payload_length)
        self._inbound_is_compressible = False
        return CloseReason.PROTOCOL_ERROR if rsv.rsv1 else RsvBits(True, False, False)

    def frame_inbound_complete(self, proto: FrameDecoder | FrameProtocol, fin: bool) -> bytes | CloseReason | None:
        """The rest of what was in it."""
        return super().frame_inbound_complete(proto, fin) if self._inbound_is_compressible else None

    def frame_inbound_payload_data(self, proto: FrameDecoder | FrameProtocol, data: bytes) -> bytes | CloseReason:
        """As the one it replaces, which has no bound."""
        unpack = self._decompressor
        if not self._inbound_compressed or not self._inbound_is_compressible or unpack is None:
            return data
        try:
            plain = unpack.decompress(bytes(data), self._most + 1)
        except zlib.error:
            return CloseReason.INVALID_FRAME_PAYLOAD_DATA
        return CloseReason.MESSAGE_TOO_BIG if unpack.unconsumed_tail or len(plain) > self._most else plain


def push_wanted(message: Record) -> tuple[frozenset[str] | None, States | None]:
    """(types, or None for all; what the client knows) of a WebSocketPushEnable (4.3.5.2). Raises ValueError."""
    types, state = message.get("dataTypes"), message.get("pushState")
    if types is not None and not (isinstance(types, list) and all(isinstance(each, str) for each in types)):
        raise ValueError("'dataTypes' must be String[]|null.")
    if state is not None and not isinstance(state, str):
        raise ValueError("'pushState' must be a String.")
    return None if types is None else frozenset(types), states_of(state) if state else None


def tagged(answer: Record, type: str, request: Any) -> Record:
    """A Response or a RequestError with what RFC 8887 4.3.3 and 4.3.4 add; the client's id where it gave one."""
    id = request.get("id") if isinstance(request, dict) else None
    head: Record = {"@type": type}
    return head | ({"requestId": id} if isinstance(id, str) else {}) | answer
