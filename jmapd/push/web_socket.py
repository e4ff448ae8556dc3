"""One WebSocket (RFC 8887): requests are run by other threads, and changes are told once they are asked for."""

import zlib
from collections.abc import Sequence
from typing import Any, Protocol

from wsproto import ConnectionType, WSConnection
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
from wsproto.frame_protocol import CloseReason, FrameDecoder, FrameProtocol
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from jmapd.push import frames
from jmapd.push.states import States, difference, event_id, state_change, states_of
from jmapd.stores.calendar_alerts import TYPE as ALERT
from jmapd.wire import Record, ijson

SUBPROTOCOL = "jmap"
SILENCE = 60  # seconds after which the other side is asked whether it is still there
Headers = Sequence[tuple[bytes, bytes]]


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
        self.is_over = self.is_full = self.is_clogged = False
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
        except (RemoteProtocolError, LocalProtocolError) as error:
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
        if isinstance(event, TextMessage):
            return self._text(event)
        if isinstance(event, Ping):
            return self._wire.send(event.response())
        if isinstance(event, BytesMessage):  # RFC 8887 4.3.1
            self.is_over = True
            return frames.close(frames.UNSUPPORTED)
        if isinstance(event, CloseConnection):
            self.is_over = True
            return self._wire.send(event.response())
        return b""

    def _text(self, event: TextMessage) -> bytes:
        self._message += event.data.encode()
        if len(self._message) > self._max_size:
            self.is_over = True
            return frames.close(frames.TOO_LARGE)
        if event.message_finished:
            message, self._message = bytes(self._message), bytearray()
            self._work.take(self, message)
        return b""

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
        """The CalendarAlert, where changes of that type are wanted."""
        if self.listening is None or (self.listening[0] is not None and ALERT not in self.listening[0]):
            return b""
        return self.framed(alert)

    def pinged(self) -> bytes:
        """A ping; the end when the last one was not answered."""
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
        return frames.text(ijson.dumps(value), self._deflate.enabled())


class Deflate(PerMessageDeflate):
    """permessage-deflate (RFC 7692) that makes of one piece of a message no more than a message may have."""

    def __init__(self, most: int) -> None:
        super().__init__(client_no_context_takeover=True, server_no_context_takeover=True)
        self._most = most

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
