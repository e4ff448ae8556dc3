"""WebSockets whose other side sends too much, reads too little or is none any more (RFC 8887, 6455, 7692)."""

import contextlib
import json
import random
import socket
import struct
import threading
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from wsproto.events import Ping, Pong, TextMessage

from jmapd.push import conversation, frames, web_socket
from tests.conftest import HASH, MailHost
from tests.push import stream
from tests.push.stream import Connected, Web, wait_until

pytestmark = pytest.mark.rfc("8887", "4")
MASK = bytes(4)


@pytest.fixture
def host(make_mailhost: Any) -> MailHost:
    found: MailHost = make_mailhost(limits={"max_size_request": 1_000_000})
    return found


def frame(first: int, payload: bytes, length: int | None = None) -> bytes:
    """As a client sends it, masked with zeros; `length`: another one than is true."""
    length = len(payload) if length is None else length
    if length < 126:
        return struct.pack(">BB", first, 0x80 | length) + MASK + payload
    if length < 1 << 16:
        return struct.pack(">BBH", first, 0xFE, length) + MASK + payload
    return struct.pack(">BBQ", first, 0xFF, length) + MASK + payload


def test_a_long_answer_to_a_slow_reader(host: MailHost) -> None:
    web = Web(host, buffer=4096)
    web.echo("R", long="x" * 900_000)
    time.sleep(0.3)
    assert web.hear()["methodResponses"][0][1] == {"long": "x" * 900_000}


def test_what_is_changed_while_it_reads_is_told_once(host: MailHost) -> None:
    web = Web(host, buffer=4096)
    web.say("WebSocketPushEnable", dataTypes=["Mailbox"])
    web.echo("R", long="x" * 900_000)
    web.socket.recv(1, socket.MSG_PEEK)  # the answer is on its way, and more of it than fits
    for number in range(5):
        state = host.call("Mailbox/set", {"create": {"a": {"name": f"M{number}"}}})["newState"]
    told = list[str]()
    while not told or told[-1] != state:
        message = web.hear()
        if message["@type"] == "StateChange":
            told.append(message["changed"]["alice"]["Mailbox"])
    assert len(told) <= 2


@pytest.mark.rfc("8620", "2")
def test_so_many_requests_at_a_time(host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """maxConcurrentRequests is never exceeded by one WebSocket: what comes on top waits, unread."""
    inside, most, guard, run = 0, 0, threading.Lock(), host.app.site.run

    def slow(*arguments: Any) -> Any:
        nonlocal inside, most
        with guard:
            inside += 1
            most = max(most, inside)
        time.sleep(0.02)
        with guard:
            inside -= 1
        return run(*arguments)

    monkeypatch.setattr(host.app.site, "run", slow)
    web = Web(host)
    for number in range(40):
        web.echo(str(number))
    answers = [web.hear() for _ in range(40)]
    assert {each["requestId"] for each in answers} == {str(number) for number in range(40)}
    assert {each["@type"] for each in answers} == {"Response"}
    assert most == conversation.PARALLEL


def test_a_client_that_never_reads_makes_no_answers(host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    ran, run = [], host.app.site.run

    def counted(*arguments: Any) -> Any:
        ran.append(1)
        return run(*arguments)

    monkeypatch.setattr(host.app.site, "run", counted)
    web = Web(host, buffer=4096)
    monkeypatch.setattr(stream, "PATIENCE", 0.5)
    with pytest.raises(TimeoutError):
        while True:
            web.echo("R", x="y" * 100_000)
    assert len(ran) <= 2 * conversation.PARALLEL
    monkeypatch.undo()
    other = Web(host)
    other.echo("R")
    assert other.hear()["requestId"] == "R"


@pytest.mark.rfc("7692", "7.2.2")
@pytest.mark.parametrize("size", [999_000, 100_000_000])
def test_what_is_large_once_it_is_unpacked(host: MailHost, size: int) -> None:
    web = Web(host, deflates=True)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b'"' + b" " * size + b'"') + packer.flush(zlib.Z_SYNC_FLUSH)
    web.socket.sendall(frame(0xC1, packed[:-4]))
    if size < 1_000_000:
        assert web.hear()["type"].endswith("notRequest")
    else:
        assert web.closed() == 1009


@pytest.mark.rfc("6455", "5.4")
def test_a_ping_within_a_compressed_message(host: MailHost) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    text = json.dumps({"@type": "Request", "id": "R", "using": [], "methodCalls": []}).encode()
    packed = (packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
    web = Web(host, deflates=True)
    for before in (b"", frame(0x89, b"first")):
        web.socket.sendall(before + frame(0x41, packed[:9]) + frame(0x89, b"p") + frame(0x80, packed[9:]))
        for payload in [b"first", b"p"] if before else [b"p"]:
            pong = web.event()
            assert isinstance(pong, Pong) and pong.payload == payload
        assert web.hear()["@type"] == "Response"


@pytest.mark.rfc("7692", "7.1")
@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        ("", ""),
        ("; client_max_window_bits", ""),
        ("; client_max_window_bits=8; client_no_context_takeover", ""),
        ('; server_max_window_bits="10"', "; server_max_window_bits=10"),
        ("; server_max_window_bits=8", None),  # allowed, but zlib makes none
        ("; server_max_window_bits", None),
        ("; server_max_window_bits=16", None),
        ("; client_max_window_bits=abc", None),
        ("; client_max_window_bits=09", None),
        ("; server_no_context_takeover=1", None),
        ("; server_max_window_bits=9; server_max_window_bits=10", None),
        ("; colour=red", None),
    ],
)
def test_which_compression_is_agreed_on(offer: str, answer: str | None) -> None:
    always = "client_no_context_takeover; server_no_context_takeover"
    deflate = web_socket.Deflate(1000)
    assert deflate.accept(f"permessage-deflate{offer}") == (None if answer is None else always + answer)
    assert deflate.enabled() == (answer is not None)
    assert deflate.accept("permessage-deflate") == (always if answer is None else None)  # the first that can be taken


@pytest.mark.rfc("7692", "7.1.2.1")
def test_the_window_that_was_agreed_on(host: MailHost) -> None:
    headers = {"Host": "a", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "jmap"}
    headers["Sec-WebSocket-Extensions"] = "permessage-deflate; server_max_window_bits=9"
    given = [(name.encode(), value.encode()) for name, value in headers.items()]
    work: Any = None
    far = "".join(random.choices("abcdefgh", k=2000))
    packed = web_socket.WebSocket("alice", given, 1000, work).framed({"a": far, "b": far})[4:]
    unpacker = zlib.decompressobj(-9)
    plain = b"".join(unpacker.decompress(packed[at : at + 1]) for at in range(len(packed)))
    assert json.loads(plain + unpacker.decompress(frames._TAIL)) == {"a": far, "b": far}


@pytest.mark.rfc("6455", "4.2.2")
@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("Sec-WebSocket-Version", "8", 426),
        ("Sec-WebSocket-Protocol", "ä", 400),
        ("Sec-WebSocket-Extensions", "ä", 400),
        ("Host", "ä", 400),
    ],
)
def test_no_handshake(host: MailHost, name: str, value: str, status: int) -> None:
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    headers |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "jmap", name: value}
    refused = Connected(host, "/jmap/ws/", headers)
    assert refused.status == status
    assert refused.headers.get("Sec-WebSocket-Version") == ("13" if status == 426 else None)


@pytest.mark.rfc("6455", "5.4")
def test_a_message_in_very_many_pieces(host: MailHost) -> None:
    text = b'{"using": ["urn:ietf:params:jmap:core"], "methodCalls": []}'
    web = Web(host)
    pieces = [text[at : at + 1] for at in range(len(text))]
    empty = frame(0x00, b"") * 1000
    web.socket.sendall(frame(0x01, b"") + b"".join(empty + frame(0x00, each) for each in pieces))
    web.socket.sendall(frame(0x80, b""))
    assert web.hear()["methodResponses"] == []
    with contextlib.suppress(BrokenPipeError):  # closed before all was sent
        web.socket.sendall(frame(0x01, b"x" * 600_000) + frame(0x00, b"x" * 600_000))
    assert web.closed() == 1009


@pytest.mark.rfc("8887", "4.3.1")
@pytest.mark.parametrize("deflates", [False, True])
def test_a_message_that_is_too_long(host: MailHost, deflates: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is told; all that was under way is taken in, so that the answer is not lost with the connection."""
    monkeypatch.setattr(web_socket, "PATIENCE", 1)
    web = Web(host, deflates=deflates)
    web.say("WebSocketPushEnable", dataTypes=None)
    if deflates:
        packed = zlib.compress(b" " * 2_000_000, 9, -15)
        web.socket.sendall(frame(0xC1, packed))
    else:
        web.socket.sendall(frame(0x01, b"x" * 1_100_000))
    error = web.hear()
    assert error["@type"] == "RequestError" and error["type"] == "urn:ietf:params:jmap:error:limit"
    assert error["limit"] == "maxSizeRequest" and error["status"] == 400
    if not deflates:
        web.socket.sendall(frame(0x00, b"x" * 3_000_000) * 3 + frame(0x80, b"x"))
        host.call("Mailbox/set", {"create": {"a": {"name": "A"}}})
    assert web.closed() == 1009
    assert web.event() is None  # neither a change, nor an answer; it does not wait for ever
    wait_until(lambda: not host.app.site.events._open)


@pytest.mark.rfc("6455", "5.2")
@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (frame(0x81, b"x" * 70_000, 1 << 40) + b"x" * 2_000_000, 1009),  # a frame that does not end
        (frame(0x81, b"", 1 << 63), 1002),
        (frame(0x89, b"x" * 126), 1002),  # a long ping
        (frame(0x81, b"\xff\xfe"), 1007),
        (frame(0x80, b"x"), 1002),  # nothing is continued
        (frame(0x83, b"x"), 1002),  # no such frame
        (frame(0xC1, b"x"), 1002),  # compressed, which was not agreed on
    ],
)
def test_what_no_client_may_send(host: MailHost, octets: bytes, code: int) -> None:
    web = Web(host)
    with contextlib.suppress(BrokenPipeError):
        web.socket.sendall(octets)
    assert web.closed() == code


@pytest.mark.rfc("6455", "5.5.2")
def test_pings_both_ways(host: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_socket, "SILENCE", 1)
    silent, alive = Web(host), Web(host)
    alive.socket.sendall(alive.wire.send(Ping(payload=b"p")))
    assert alive.event().payload == b"p"
    for _ in range(2):
        ping = alive.event()
        assert isinstance(ping, Ping)
        alive.socket.sendall(alive.wire.send(ping.response()))
    assert silent.closed() == 1008


@pytest.mark.rfc("8887", "4.2")
@pytest.mark.parametrize("users", ["", f"alice:{HASH}x\n"], ids=["gone", "other password"])
def test_it_ends_with_the_credentials(host: MailHost, tmp_path: Path, users: str) -> None:
    web = Web(host)
    web.echo("R")
    assert web.hear()["@type"] == "Response"
    Path(host.config.paths.users_file).write_text(users)
    web.echo("R2")
    assert web.closed() == 1008


@pytest.mark.rfc("8887", "4.3.5.2")
def test_enabled_and_disabled_many_times(host: MailHost) -> None:
    web = Web(host)
    for _ in range(20):
        web.say("WebSocketPushEnable", dataTypes=["Mailbox"])
        web.say("WebSocketPushDisable")
    web.say("WebSocketPushEnable", dataTypes=None, pushState="what no server made")
    assert web.hear()["changed"].keys() == {"alice"}
    web.say("WebSocketPushEnable", dataTypes=["Mailbox", 1])
    refused = web.hear()
    assert refused["@type"] == "RequestError" and refused["type"].endswith("notRequest")
    state = host.call("Mailbox/set", {"create": {"a": {"name": "A"}}})["newState"]
    assert web.hear()["changed"]["alice"]["Mailbox"] == state  # it is still as it was before that
    web.close()
    wait_until(lambda: not host.app.site.events._open)
    assert not host.app.site.events._made.follower._listeners  # type: ignore[union-attr]


@pytest.mark.rfc("8887", "4.3.5.1")
def test_an_alert_goes_to_those_who_name_it(host: MailHost) -> None:
    asking, other = Web(host), Web(host)
    asking.say("WebSocketPushEnable", dataTypes=["CalendarAlert"])
    other.say("WebSocketPushEnable", dataTypes=None)
    for web in (asking, other):
        web.echo("R")
        assert web.hear()["requestId"] == "R"
    host.app.site.events._made.hub.alert("alice", {"@type": "CalendarAlert"})  # type: ignore[union-attr]
    assert asking.hear() == {"@type": "CalendarAlert"}
    host.call("Mailbox/set", {"create": {"a": {"name": "A"}}})
    assert other.hear()["@type"] == "StateChange"


def test_at_most_so_many(make_mailhost: Any) -> None:
    host = make_mailhost(push={"max_connections_per_user": 1})
    web = Web(host)
    assert Web(host).status == 429
    web.close()
    wait_until(lambda: Web(host).status != 429)


def test_one_message_is_one_text(host: MailHost) -> None:
    web = Web(host, deflates=True)
    web.echo("R", text="ä" * 5000)
    event = web.event()
    assert isinstance(event, TextMessage) and event.message_finished
