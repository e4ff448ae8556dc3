"""gunicorn for jmapd: `JMAPD_CONFIG=/etc/jmapd/jmapd.toml gunicorn -c gunicorn.conf.py jmapd.wsgi:application`.

Set JMAPD_BIND, JMAPD_WORKERS or JMAPD_THREADS, or use gunicorn's own options, which come before what is here.
"""

import gc
import os
import pathlib
import signal
import socket
import struct
from typing import Any

wsgi_app = "jmapd.wsgi:application"
bind = os.environ.get("JMAPD_BIND", "127.0.0.1:8008")

# Two workers at least: they share nothing but files. Threads wait for disks and clients, so a few do.
worker_class = "gthread"
workers = int(os.environ.get("JMAPD_WORKERS", "2"))
threads = int(os.environ.get("JMAPD_THREADS", "4"))

# Loaded once, before the workers are forked: they start at once and share its memory.
preload_app = True

# A worker shows that it lives by touching a file; on a disk that could stall.
worker_tmp_dir = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None
timeout = 120
graceful_timeout = 30

# Longer than nginx keeps its connections to us (60 s), so that it is nginx that closes them.
keepalive = 75

# jmapd decides itself whom it believes: server.trusted_proxies.
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
limit_request_line = 8190
limit_request_field_size = 8190

# Otherwise a socket in the home directory of whoever starts it.
control_socket_disable = True

# jmapd writes a line for each request itself, without what the URL says of a file's name.
accesslog = None
errorlog = "-"
loglevel = os.environ.get("JMAPD_GUNICORN_LOG", "warning")
proc_name = "jmapd"


HEADER_SECONDS = 30


def when_ready(server: Any) -> None:
    """All is loaded, no worker yet: what is there now is never collected, so its pages stay shared."""
    gc.collect()
    gc.freeze()
    for listener in server.LISTENERS:
        # Connections inherit it: one that stops within its headers gives its thread back.
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", HEADER_SECONDS, 0))


def post_fork(server: Any, worker: Any) -> None:
    """Requests make many objects that live only for a moment: look for cycles less often."""
    gc.set_threshold(20_000, 20, 50)


def worker_exit(server: Any, worker: Any) -> None:
    """Listeners are sent away, so that they come back to a worker that stays."""
    if (application := getattr(worker, "wsgi", None)) is not None:
        application.site.events.close()


def post_worker_init(worker: Any) -> None:
    """Control-C reaches all processes, and the master tells its workers too: once is enough.

    gunicorn's own handler of SIGQUIT takes a lock that the interrupted code may hold; that of SIGTERM takes none.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGQUIT, worker.handle_exit)
