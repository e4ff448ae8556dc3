"""The event source (RFC 8620 7.3). Nothing is pushed yet: 204 tells a client not to connect again."""

from jmapd.http.exchange import Answer, Exchange
from jmapd.http.site import Site


def get_event_source(site: Site, exchange: Exchange) -> Answer:
    """No events (HTML, server-sent events: 204 ends reconnecting)."""
    return Answer(204, b"", [("Cache-Control", "no-store")])
