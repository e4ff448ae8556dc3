"""A real browser listens through nginx (RFC 8620 7.3, RFC 8887): EventSource and WebSocket, opened with tickets."""

import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from .jmap import ACCOUNT, Jmap
from .web import Gunicorn, Nginx, free_port, gunicorn, program, stop

pytestmark = [pytest.mark.system, pytest.mark.rfc("8620", "7.3"), pytest.mark.rfc("8887", "4.3.5")]
PAGE = """<!doctype html><title>listening</title><script>
const base = "BASE", login = {Authorization: "Basic " + btoa("alice:secret")};
const report = (what, data) => fetch("/report", {method: "POST", body: JSON.stringify([what, data ?? null])});
const ticket = async () => {
  const session = await (await fetch(base + "/.well-known/jmap", {headers: login})).json();
  const url = session.capabilities["urn:jmapd:ticket"].url;
  return (await (await fetch(url, {method: "POST", headers: login})).json()).ticket;
};
(async () => {
  const source = new EventSource(`${base}/jmap/eventsource/?types=*&closeafter=no&ping=30&ticket=${await ticket()}`);
  source.onopen = () => report("source-open");
  source.addEventListener("state", event => report("source", [JSON.parse(event.data), event.lastEventId]));
  const socket = new WebSocket(`${base.replace("http", "ws")}/jmap/ws/?ticket=${await ticket()}`, "jmap");
  socket.onmessage = event => report("socket", JSON.parse(event.data));
  socket.onopen = () => {
    socket.send(JSON.stringify({"@type": "WebSocketPushEnable", dataTypes: null}));
    socket.send(JSON.stringify({"@type": "Request", id: "first", using: ["urn:ietf:params:jmap:core"],
      methodCalls: [["Core/echo", {hello: "browser"}, "c"]]}));
  };
})().catch(error => report("error", String(error)));
</script>"""


class Site:
    """Where the page comes from, and what it reports."""

    def __init__(self) -> None:
        self.port, self.reports, self.page = free_port(), Queue[tuple[str, Any]](), b""
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(site.page if self.path == "/" else b"")

            def do_POST(self) -> None:
                site.reports.put(tuple(json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
                self.answer(b"")

            def answer(self, data: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def until(self, *wanted: str) -> dict[str, Any]:
        """The last report of each of these."""
        found: dict[str, Any] = {}
        while not found.keys() >= set(wanted):
            what, data = self.reports.get(timeout=30)
            assert what != "error", data
            found[what] = data
        return found

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def server(site: Site, tmp_path: Path) -> Iterator[Gunicorn]:
    chromium = program("chromium")
    (tmp_path / "jmapd").mkdir()
    (tmp_path / "nginx").mkdir()
    options = f"[server]\ncors_origins = ['http://localhost:{site.port}']\ntrusted_proxies = ['127.0.0.1']\n"
    with gunicorn(tmp_path / "jmapd", options) as server:
        nginx = Nginx(tmp_path / "nginx", server.port)
        site.page = PAGE.replace("BASE", f"https://localhost:{nginx.port}").encode()
        flags = ["--headless=new", "--no-sandbox", "--ignore-certificate-errors", "--disable-gpu"]
        profile = f"--user-data-dir={tmp_path}/profile"
        with (tmp_path / "chromium.log").open("wb") as log:
            browser = subprocess.Popen(
                [chromium, *flags, profile, f"http://localhost:{site.port}/"], stdout=log, stderr=log
            )
        try:
            yield server
        finally:
            stop(browser)
            nginx.stop()
            print((tmp_path / "chromium.log").read_text()[-2000:])


def test_a_browser_is_told(server: Gunicorn, site: Site) -> None:
    opened = site.until("source-open", "socket")
    assert opened["socket"]["requestId"] == "first"
    assert opened["socket"]["methodResponses"] == [["Core/echo", {"hello": "browser"}, "c"]]
    state = Jmap(server).call("Mailbox/set", create={"a": {"name": "A"}})["newState"]
    told = site.until("source", "socket")
    change, last_id = told["source"]
    assert change["changed"][ACCOUNT]["Mailbox"] == state and last_id
    assert told["socket"]["@type"] == "StateChange" and told["socket"]["changed"] == change["changed"]
