"""A push service of the test's own (RFC 8030), which decrypts with another implementation what it is sent."""

import base64
import http.server
import json
import os
import ssl
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .web import certificate, free_port


@dataclass
class Pushed:
    """One request."""

    path: str
    headers: dict[str, str]
    value: Any
    at: float = field(default_factory=time.monotonic)


def plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class PushService:
    """https://localhost:port; `answers`: by path, what is answered: status and headers, in turn; else 201."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        certificate(folder)
        self.ca_file, self.port = folder / "fullchain.pem", free_port()
        self.requests: Queue[Pushed] = Queue()
        self.answers: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self.hangs: set[str] = set()
        self.is_over = threading.Event()
        self.secret, self.auth = generate_private_key(SECP256R1()), os.urandom(16)
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                service.take(self)

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder / "fullchain.pem", folder / "privkey.pem")
        self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def keys(self) -> dict[str, str]:
        """For a PushSubscription."""
        point = self.secret.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {name: base64.urlsafe_b64encode(data).decode().rstrip("=") for name, data in
                (("p256dh", point), ("auth", self.auth))}  # fmt: skip

    def url(self, path: str) -> str:
        return f"https://localhost:{self.port}{path}"

    def take(self, request: http.server.BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        assert len(body) <= 4096
        if request.path in self.hangs:
            self.is_over.wait(60)
        if request.headers["Content-Encoding"] == "aes128gcm":
            body = http_ece.decrypt(body, private_key=self.secret, auth_secret=self.auth)
        self.requests.put(Pushed(request.path, dict(request.headers.items()), json.loads(body)))
        status, headers = (self.answers.get(request.path) or [(201, {})]).pop(0)
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def next(self, path: str = "/a", seconds: float = 20.0) -> Pushed:
        """The next request to that path; others are passed over. Raises Empty."""
        deadline = time.monotonic() + seconds
        while (request := self.requests.get(timeout=max(0.0, deadline - time.monotonic()))).path != path:
            pass
        return request

    def close(self) -> None:
        self.is_over.set()
        self.server.shutdown()
        self.server.server_close()


def claims(authorization: str, key: str) -> Any:
    """What the token says, once its signature is checked (RFC 8292 3, RFC 7518 3.4)."""
    scheme, _, given = authorization.partition(" ")
    parts = dict(each.strip().split("=", 1) for each in given.split(","))
    assert scheme == "vapid" and parts["k"] == key
    head, body, signature = parts["t"].split(".")
    raw = plain(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), plain(key))
    public.verify(der, f"{head}.{body}".encode(), ECDSA(SHA256()))
    assert json.loads(plain(head))["alg"] == "ES256"
    return json.loads(plain(body))
