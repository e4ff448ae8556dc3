"""Takes the connection of a request away from the WSGI server, so that a listener holds none of its threads."""

import os
import socket
from typing import Any

from jmapd.http.exchange import Environ

SOCKET = "gunicorn.socket"


class AlreadyAnswered(StopIteration):
    """Tells gunicorn that the connection is not its any more: it takes a StopIteration for a client that went."""


def can_detach(environ: Environ) -> bool:
    """Whether the server gives the connection away."""
    return type(environ.get(SOCKET)) is socket.socket


def detached(environ: Environ) -> socket.socket | None:
    """The request's connection, not blocking; None where the server does not give it (or speaks TLS itself).

    gunicorn is left with a socket that leads nowhere in its place: it shuts down what it closes.
    """
    if not can_detach(environ):
        return None
    theirs: Any = environ[SOCKET]
    ours = socket.socket(fileno=os.dup(theirs.fileno()))
    nowhere = socket.socket(theirs.family, socket.SOCK_STREAM)
    try:
        os.dup2(nowhere.fileno(), theirs.fileno(), inheritable=False)
    finally:
        nowhere.close()
    ours.setblocking(False)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # one that is cut off is noticed without pings
    return ours


def head(status_line: str, headers: list[tuple[str, str]]) -> bytes:
    """What begins the answer on a detached connection (RFC 9112)."""
    lines = [f"HTTP/1.1 {status_line}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
