"""POST answers a ticket, to be given as `ticket` in the query of the event source's and the WebSocket's URL."""

from jmapd.auth import ticket
from jmapd.http.exchange import Answer, Exchange, json_answer
from jmapd.http.site import Site


def post_ticket(site: Site, exchange: Exchange) -> Answer:
    """{"ticket": String, "expiresIn": seconds}."""
    made = {"ticket": site.tickets.issue(exchange.user), "expiresIn": ticket.SECONDS}
    return json_answer(made, headers=[("Cache-Control", "no-store")])
