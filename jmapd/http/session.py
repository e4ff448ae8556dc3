"""The Session resource (RFC 8620 2), at /.well-known/jmap itself."""

import orjson

from jmapd.http.compression import accepts_gzip, compressed
from jmapd.http.exchange import JSON, Answer, Exchange
from jmapd.http.site import SessionBytes, Site
from jmapd.protocol.session import listed, session_object, session_state

NO_CACHE = ("Cache-Control", "no-cache, no-store, must-revalidate")
MAX_SESSIONS = 1024


def get_session(site: Site, exchange: Exchange) -> Answer:
    """The user's Session; its bytes are kept until something in it changes."""
    key = (exchange.user, exchange.base_url)
    accounts = listed(exchange.user, site.accounts.for_user(exchange.user), site.config.protocol.strict)
    state = session_state(exchange.user, accounts, site.limits, site.registry)
    kept = site.sessions.get(key)
    if kept is None or kept.state != state:
        session = session_object(exchange.user, accounts, exchange.base_url, site.limits, site.registry)
        plain = orjson.dumps(session)
        kept = SessionBytes(state, plain, compressed(plain, "gzip", site.gzip_level))
        if len(site.sessions) >= MAX_SESSIONS:
            site.sessions.clear()
        site.sessions[key] = kept
    if kept.gzipped and accepts_gzip(exchange.header("ACCEPT_ENCODING")):
        return Answer(200, kept.gzipped, [JSON, NO_CACHE, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")])
    return Answer(200, kept.plain, [JSON, NO_CACHE])
