"""Cross-origin requests of web clients in browsers (Fetch standard, CORS protocol)."""

from collections.abc import Iterable

from jmapd.http.exchange import Answer, Exchange, Headers

METHODS = "GET, HEAD, POST, OPTIONS"
REQUEST_HEADERS = "Authorization, Content-Type, Last-Event-ID, Accept, Cache-Control, If-None-Match, If-Range, Range"
EXPOSED = "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Retry-After, WWW-Authenticate"
DAY = "86400"


class Cors:
    """The configured origins; with none, no header is ever set."""

    def __init__(self, origins: Iterable[str]) -> None:
        self.origins = frozenset(origins)
        self.is_any = "*" in self.origins

    def headers(self, exchange: Exchange) -> Headers:
        """What any answer carries, refusals too: else a browser hides from its page why it was refused."""
        if not self.origins:
            return []
        origin = exchange.header("ORIGIN")
        vary = ("Vary", "Origin")
        if not origin or not (self.is_any or origin in self.origins):
            return [vary]
        return [vary, ("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", EXPOSED)]

    def may_connect(self, exchange: Exchange) -> bool:
        """Whether the page may open a WebSocket: these are no subject of CORS, and browsers send a remembered password.

        "*" is for pages that bring a ticket: these know the password.
        """
        origin = exchange.header("ORIGIN")
        if not origin or origin in self.origins or (self.is_any and exchange.is_by_ticket):
            return True
        return origin == "/".join(exchange.base_url.split("/")[:3])

    def options(self, exchange: Exchange, allow: str) -> Answer:
        """The answer to OPTIONS. A browser's preflight carries no credentials, so none are asked for."""
        headers: Headers = [("Allow", allow)]
        if exchange.header("ACCESS_CONTROL_REQUEST_METHOD") and len(self.headers(exchange)) > 1:
            headers += [
                ("Access-Control-Allow-Methods", METHODS),
                ("Access-Control-Allow-Headers", REQUEST_HEADERS),
                ("Access-Control-Max-Age", DAY),
            ]
        return Answer(204, b"", headers)
