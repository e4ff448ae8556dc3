"""What is for people and monitors: the front page, /healthz and /metrics."""

import html
import os

from jmapd import __version__
from jmapd.http.exchange import Answer, Exchange, HTTPError
from jmapd.http.site import Site

TEXT = ("Content-Type", "text/plain; charset=utf-8")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
FRONT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>jmapd</title>
<style>
body {{ font: 1rem/1.5 sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; color: #222; }}
code, pre {{ background: #f2f2f2; padding: .1rem .3rem; }}
pre {{ padding: .8rem; overflow-x: auto; }}
</style>
</head>
<body>
<h1>jmapd</h1>
<p>This is a <a href="https://jmap.io/">JMAP</a> server: mail programs read and keep mail here. There is nothing to see
with a browser alone.</p>
<h2>To connect a mail program</h2>
<p>Choose an account of type JMAP and give it</p>
<ul>
<li>the session URL <code>{url}/.well-known/jmap</code> (some ask only for the server's name),</li>
<li>your user name and your password.</li>
</ul>
<h2>To see that it answers</h2>
<pre>curl -u 'NAME:PASSWORD' {url}/.well-known/jmap</pre>
<p><small>jmapd {version}</small></p>
</body>
</html>
"""


def get_front(site: Site, exchange: Exchange) -> Answer:
    """A page that says what this is and how to connect."""
    page = FRONT.format(url=html.escape(exchange.base_url), version=__version__)
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", policy)]
    return Answer(200, page.encode(), headers)


def get_health(site: Site, exchange: Exchange) -> Answer:
    """200 when requests can be served, else 503 with the reason."""
    # One real operation on the disk: a file system gone read-only still passes a check of permissions.
    try:
        handle = os.open(f"{site.config.paths.state_dir}/.health", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.close(handle)
    except OSError as error:
        return Answer(503, f"state_dir: {error.strerror}\n".encode(), [TEXT, ("Cache-Control", "no-store")])
    return Answer(200, b"ok\n", [TEXT, ("Cache-Control", "no-store")])


def get_metrics(site: Site, exchange: Exchange) -> Answer:
    """Prometheus text, for the addresses that [metrics] allow names."""
    if site.metrics is None:
        raise HTTPError(404, "There is nothing here.")
    if exchange.address not in site.metrics_readers:
        raise HTTPError(403, "Not from this address.")
    return Answer(200, site.metrics.text().encode(), [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")])
