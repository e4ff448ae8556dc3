"""JMAP over a WebSocket (RFC 8887): the handshake, and what a message is answered with."""

import logging
from collections.abc import Iterable

from jmapd.http.api import call_names
from jmapd.http.detached import AlreadyAnswered, can_detach, detached
from jmapd.http.exchange import Answer, Environ, Exchange, HTTPError
from jmapd.http.site import Site
from jmapd.push.events import Seat, TooManyConnections
from jmapd.push.web_socket import NoHandshake, tagged
from jmapd.stores.base import StoreUnavailable
from jmapd.wire import Record, ijson
from jmapd.wire.errors import NotRequest, RequestError

log = logging.getLogger(__name__)
access = logging.getLogger("jmapd.access")

REQUEST = "Request"
UPGRADE = ("Upgrade", "websocket")


def get_web_socket(site: Site, exchange: Exchange) -> Answer:
    """101, and from then on messages. Raises HTTPError 400, 403, 426, 429, 501."""
    if exchange.header("UPGRADE").lower() != "websocket":
        raise HTTPError(426, "This resource is for WebSockets.", [UPGRADE])
    if not site.cors.may_connect(exchange):
        raise HTTPError(403, "Pages of this origin may not connect.")
    if not can_detach(exchange.environ):
        raise HTTPError(501, "This WSGI server does not give its connections away; gunicorn does.")
    if exchange.header("SEC_WEBSOCKET_VERSION") != "13":  # RFC 6455 4.2.2
        raise HTTPError(426, "Sec-WebSocket-Version must be 13.", [UPGRADE, ("Sec-WebSocket-Version", "13")])
    user = exchange.user
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in _headers(exchange.environ)]
    before = site.events.credential(user)

    def answer(message: bytes) -> Record | None:
        """4.2: None when the credentials of the handshake are none any more."""
        return answered(site, user, message) if site.events.credential(user) == before else None

    try:
        seat = site.events.web_socket(user, headers, site.limits.max_size_request, answer)
    except NoHandshake as error:
        raise HTTPError(400, str(error)) from None
    except TooManyConnections:
        raise HTTPError(429, "There are too many open connections.", [("Retry-After", "30")]) from None
    return Answer(101, stream=lambda environ, _, __: _started(seat, environ))


def _started(seat: Seat, environ: Environ) -> Iterable[bytes]:
    try:
        connection = detached(environ)
    except BaseException:
        seat.give_up()
        raise
    assert connection is not None
    seat.take(connection, b"")
    raise AlreadyAnswered


def _headers(environ: Environ) -> Iterable[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name.removeprefix("HTTP_").replace("_", "-"), value


def answered(site: Site, user: str, message: bytes) -> Record:
    """The Response or the RequestError (4.3.3, 4.3.4)."""
    request: object = None
    try:
        request = ijson.loads(message)
        if not isinstance(request, dict) or request.get("@type", REQUEST) != REQUEST:
            raise NotRequest("'@type' must be 'Request', 'WebSocketPushEnable' or 'WebSocketPushDisable'.")
        with site.requests.enter(user):
            response = site.run(request, user)
        if site.config.log.access:
            access.info("user=%s websocket calls=%s", user, ",".join(call_names(site, request)))
        return tagged(response, "Response", request)
    except RequestError as error:
        return tagged(error.problem(), "RequestError", request)
    except (StoreUnavailable, OSError) as error:
        log.exception("a WebSocket of user %s", user)
        reason = f"The files cannot be reached: {type(error).__name__}."
        return tagged(HTTPError(503, reason).problem(), "RequestError", request)
    except Exception:
        log.exception("a WebSocket of user %s", user)
        return tagged(
            HTTPError(500, "Something went wrong here; the log says what.").problem(), "RequestError", request
        )
