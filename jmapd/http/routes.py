"""The WSGI application: finds the handler of a path, authenticates, turns errors into problem documents, logs."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Map, Rule

from jmapd.auth.basic import CHALLENGE, Throttled, shown
from jmapd.http import api, body, download, event_source, pages, session, ticket, upload, web_socket
from jmapd.http.exchange import STATUS_LINES, Answer, Environ, Exchange, HTTPError, StartResponse, problem
from jmapd.http.site import Site
from jmapd.stores.base import StoreUnavailable
from jmapd.wire.errors import RequestError

log = logging.getLogger(__name__)
access = logging.getLogger("jmapd.access")

Handler = Callable[..., Answer]


@dataclass(frozen=True)
class Endpoint:
    """A handler: called with (site, exchange) and what the path names."""

    name: str
    handler: Handler
    methods: tuple[str, ...] = ("GET", "HEAD")
    needs_user: bool = True
    takes_ticket: bool = False

    @property
    def allow(self) -> str:
        return ", ".join((*self.methods, "OPTIONS"))


class RestConverter(BaseConverter):
    """The rest of the path, slashes and emptiness included: names of files have them."""

    regex = r"(?s:.*)"
    part_isolating = False


SESSION = Endpoint("session", session.get_session)
API = Endpoint("api", api.post_api, ("POST",))
EVENT_SOURCE = Endpoint("eventsource", event_source.get_event_source, takes_ticket=True)
WEB_SOCKET = Endpoint("websocket", web_socket.get_web_socket, ("GET",), takes_ticket=True)
FIXED = {  # paths without parts to find: most requests
    "/.well-known/jmap": SESSION,
    "/.well-known/jmap/": SESSION,  # asked for by Cypht
    "/jmap/api/": API,
    "/jmap/api": API,
    "/": Endpoint("front", pages.get_front, needs_user=False),
    "/healthz": Endpoint("health", pages.get_health, needs_user=False),
    "/metrics": Endpoint("metrics", pages.get_metrics, needs_user=False),
}
URL_MAP = Map(
    [
        Rule("/jmap/upload/<account_id>/", endpoint=Endpoint("upload", upload.post_upload, ("POST",))),
        Rule("/jmap/download/<account_id>/<blob_id>/<rest:name>", endpoint=Endpoint("download", download.get_download)),
        Rule("/jmap/download/<account_id>/<blob_id>", endpoint=Endpoint("download", download.get_download)),
        Rule("/jmap/eventsource/", endpoint=EVENT_SOURCE),
        Rule("/jmap/ws/", endpoint=WEB_SOCKET),
        Rule("/jmap/ticket/", endpoint=Endpoint("ticket", ticket.post_ticket, ("POST",))),
    ],
    converters={"rest": RestConverter},
    strict_slashes=False,
    merge_slashes=False,
    redirect_defaults=False,
)
PATHS = URL_MAP.bind("localhost")


class Application:
    """The callable that a WSGI server runs."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cors = site.cors
        self.logs_access = site.config.log.access

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        exchange = Exchange(
            environ, environ["REQUEST_METHOD"], environ.get("PATH_INFO", "") or "/", environ.get("QUERY_STRING", "")
        )
        answer = self._answer(exchange)
        if answer.status >= 400:
            body.discard(environ)
        content = answer.body
        headers = answer.headers + self.cors.headers(exchange)
        if answer.stream is not None and exchange.method != "HEAD":
            self._record(exchange, answer.status, 0, time.perf_counter() - started)
            return answer.stream(environ, start_response, headers)
        if answer.status not in (204, 304):
            headers.append(("Content-Length", str(len(content))))
        start_response(STATUS_LINES[answer.status], headers)
        sent = 0 if exchange.method == "HEAD" else len(content)
        self._record(exchange, answer.status, sent, time.perf_counter() - started)
        return [] if exchange.method == "HEAD" else [content]

    def _answer(self, exchange: Exchange) -> Answer:
        """The answer, whatever happens."""
        try:
            return self._handle(exchange)
        except RequestError as error:
            return problem(error)
        except (StoreUnavailable, OSError) as error:
            log.exception("%s of user %s", exchange.endpoint, exchange.user or "-")
            return problem(HTTPError(503, f"The files cannot be reached: {type(error).__name__}."))
        except Exception:
            log.exception("%s of user %s", exchange.endpoint, exchange.user or "-")
            return problem(HTTPError(500, "Something went wrong here; the log says what."))

    def _handle(self, exchange: Exchange) -> Answer:
        site = self.site
        exchange.address = site.proxies.client(exchange.environ)
        endpoint = FIXED.get(exchange.path)
        arguments: dict[str, Any] = {}
        if endpoint is None:
            endpoint, arguments = find(exchange.path)
        exchange.endpoint = endpoint.name
        if exchange.method not in endpoint.methods:
            if exchange.method == "OPTIONS":
                return self.cors.options(exchange, endpoint.allow)
            raise HTTPError(405, f"This resource allows {endpoint.allow}.", [("Allow", endpoint.allow)])
        if endpoint.needs_user:
            exchange.user = (endpoint.takes_ticket and self._by_ticket(exchange)) or self._user(exchange)
        exchange.base_url = site.proxies.url(exchange.environ)
        return endpoint.handler(site, exchange, **arguments)

    def _by_ticket(self, exchange: Exchange) -> str | None:
        """For browsers, which can send no header here."""
        given = parse_qs(exchange.query).get("ticket") if "ticket=" in exchange.query else None
        user = self.site.tickets.check(given[-1]) if given else None
        exchange.is_by_ticket = user is not None
        return user

    def _user(self, exchange: Exchange) -> str:
        """Raises HTTPError 401 or 429."""
        header = exchange.environ.get("HTTP_AUTHORIZATION", "")
        try:
            user = self.site.basic.check(header, exchange.address) if header else None
        except Throttled as error:
            wait = [("Retry-After", str(int(error.seconds) + 1))]
            raise HTTPError(429, "Too many failed logins; try again later.", wait) from None
        if user is None:
            detail = "The user name or the password is wrong." if header else "A user name and a password are needed."
            raise HTTPError(401, detail, [("WWW-Authenticate", CHALLENGE)])
        return user

    def _record(self, exchange: Exchange, status: int, sent: int, seconds: float) -> None:
        """One line for a request: who, what, how it went; nothing of what was said."""
        site = self.site
        if site.metrics is not None:
            is_failed = not exchange.user and "HTTP_AUTHORIZATION" in exchange.environ
            site.metrics.request(exchange.endpoint, status, seconds, sent, exchange.calls, is_failed)
        if self.logs_access:
            access.info(
                "address=%s user=%s %s %s status=%d bytes=%d ms=%.1f%s%s",
                exchange.address or "-",
                exchange.user or "-",
                shown(exchange.method),
                exchange.endpoint,
                status,
                sent,
                seconds * 1000,
                " calls=" if exchange.calls else "",
                ",".join(exchange.calls),
            )


def find(path: str) -> tuple[Endpoint, dict[str, Any]]:
    """The endpoint of a path and what its parts are. Raises HTTPError 404."""
    try:
        found: tuple[Any, Any] = PATHS.match(path.encode("latin-1").decode("utf-8", "replace"))
    except (HTTPException, UnicodeEncodeError):
        raise HTTPError(404, "There is nothing here.") from None
    endpoint: Endpoint = found[0]
    return endpoint, dict(found[1])
