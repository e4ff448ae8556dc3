"""The event source (RFC 8620 7.3): GET with types, closeafter and ping answers server-sent events."""

import socket
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import parse_qs

from jmapd.http.detached import AlreadyAnswered, detached, head
from jmapd.http.exchange import STATUS_LINES, Answer, Environ, Exchange, Headers, HTTPError, StartResponse
from jmapd.http.site import Site
from jmapd.push.event_source import BadVariable, wanted
from jmapd.push.events import Seat, TooManyConnections

_READ = 1 << 16
_HEADERS = [
    ("Content-Type", "text/event-stream; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Accel-Buffering", "no"),
]


def get_event_source(site: Site, exchange: Exchange) -> Answer:
    """A stream of state and ping events."""
    given = {name: values[-1] for name, values in parse_qs(exchange.query, keep_blank_values=True).items()}
    try:
        variables = wanted(given.get("types"), given.get("closeafter"), given.get("ping"))
    except BadVariable as error:
        raise HTTPError(400, f"{error}.") from None
    if exchange.method == "HEAD":
        return Answer(200, b"", list(_HEADERS))
    try:
        seat = site.events.event_source(exchange.user, variables, exchange.header("LAST_EVENT_ID"))
    except TooManyConnections:
        raise HTTPError(429, "There are too many open event sources.", [("Retry-After", "30")]) from None
    return Answer(200, b"", list(_HEADERS), stream=_streaming(seat))


def _streaming(seat: Seat) -> Callable[[Environ, StartResponse, Headers], Iterable[bytes]]:
    def stream(environ: Environ, start_response: StartResponse, headers: Headers) -> Iterable[bytes]:
        try:
            connection = detached(environ)
            if connection is None:
                start_response(STATUS_LINES[200], headers)
                here, there = socket.socketpair()
        except BaseException:
            seat.give_up()
            raise
        if connection is not None:
            seat.take(connection, head(STATUS_LINES[200], [*headers, ("Connection", "close")]))
            raise AlreadyAnswered
        there.setblocking(False)
        seat.take(there, b"")
        return Received(here)

    return stream


class Received:
    """What comes in on a socket, as a WSGI body; of servers that keep their connections. Holds a thread of theirs."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        while data := self._connection.recv(_READ):
            yield data

    def close(self) -> None:
        """Called by the server also when its client has gone."""
        self._connection.close()
