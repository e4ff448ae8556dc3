"""The API resource (RFC 8620 3.1): a Request object in, a Response object out."""

from typing import Any

from jmapd.http import body
from jmapd.http.compression import compressed
from jmapd.http.exchange import JSON, Answer, Exchange, Headers
from jmapd.http.site import Site
from jmapd.wire import ijson
from jmapd.wire.errors import RequestError


def post_api(site: Site, exchange: Exchange) -> Answer:
    """Runs the request's method calls."""
    kind = exchange.environ.get("CONTENT_TYPE", "")
    if kind != "application/json" and kind.partition(";")[0].strip().lower() != "application/json":
        # RFC 8620 3.6.1: the problem type is notJSON; the status may be 415.
        raise RequestError("notJSON", "The Content-Type must be application/json.", 415)
    body.refuse_encoding(exchange.environ)
    with site.requests.enter(exchange.user):
        limit = site.limits.max_size_request
        data = body.whole(exchange.environ, limit, "maxSizeRequest", site.config.server.read_timeout)
        request = ijson.loads(data)
        exchange.calls = call_names(site, request)
        out = ijson.dumps(site.run(request, exchange.user))
    headers: Headers = [JSON, ("Cache-Control", "no-store")]
    smaller = compressed(out, exchange.header("ACCEPT_ENCODING"), site.gzip_level)
    if smaller is not None:
        return Answer(200, smaller, [*headers, ("Content-Encoding", "gzip")])
    return Answer(200, out, headers)


def call_names(site: Site, request: Any) -> tuple[str, ...]:
    """Names of the calls for the log; "?" for what is no method of ours."""
    calls = request.get("methodCalls") if isinstance(request, dict) else None
    if not isinstance(calls, list):
        return ()
    names = (call[0] if isinstance(call, list) and call else None for call in calls[: site.limits.max_calls_in_request])
    return tuple(name if isinstance(name, str) and name in site.registry else "?" for name in names)
