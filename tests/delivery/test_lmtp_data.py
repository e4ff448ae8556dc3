"""The message itself by LMTP: dots, the end, sizes, and clients that do it wrong (RFC 5321 4.5.2, 4.5.3)."""

import random

import pytest

from jmapd.delivery import lmtp as lmtp_module
from tests.conftest import MailHost

from .conftest import Wire, emails, leftovers, new_files

pytestmark = pytest.mark.rfc("5321", "4.5.2")


def sent(wire: Wire, host: MailHost, octets: bytes) -> bytes:
    """What of these octets, which end with the end of the message, is in the file after the fields of delivery."""
    wire.begin("alice")
    wire.send(octets)
    answer = wire.reply()
    assert answer.startswith("250 2.0.0 "), answer
    wire.send(b"NOOP\r\n")
    assert wire.reply() == "250 2.0.0 OK"  # the next command is where it should be
    [path] = (host.root / "new").iterdir()
    data = path.read_bytes().split(b"\n", 5)[5]
    path.unlink()
    return data


@pytest.mark.parametrize(
    ("octets", "data"),
    [
        (b"A: b\r\n\r\nText\r\n.\r\n", b"A: b\n\nText\n"),
        (b"A: b\r\n\r\n..\r\n...x\r\n.y\r\n.\r\n", b"A: b\n\n.\n..x\ny\n"),
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\n"),
        (b"\r\n\r\n.\r\n", b"\n\n"),
        (b"..\r\n.\r\n", b".\n"),
        (b"..A: b\r\n.\r\n", b".A: b\n"),
        (b"A: b\r\n\r\n.\r.\r\n.\r\n", b"A: b\n\n\r.\n"),
    ],
)
def test_dots_and_the_end(wire: Wire, host: MailHost, octets: bytes, data: bytes) -> None:
    assert sent(wire, host, octets) == data


@pytest.mark.rfc("5321", "2.3.8")
@pytest.mark.parametrize("false", [b"\n.\n", b"\r.\r", b"\r\n.\n", b"\n.\r\n", b"\r\r\n.\r", b"\r\n.\r\r\n"])
def test_only_crlf_dot_crlf_is_the_end(wire: Wire, host: MailHost, false: bytes) -> None:
    """Else a sender could put a second message, with an envelope of his own, into one."""
    smuggled = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<alice>\r\nDATA\r\n"
    data = sent(wire, host, b"A: b\r\n\r\nText" + false + smuggled + b"\r\n.\r\n")
    assert b"MAIL FROM:<a@example.com>" in data
    assert len(emails(host)) == 0  # the one there was is unlinked by now


@pytest.mark.parametrize(
    ("start", "kept"),
    [(b"\r", b"\rx\n"), (b"\r\r\n.\r", b"\r\r\n\rx\r\n"), (b".\r", b"\rx\n"), (b"\r\n.\r.", b"\n\r.x\n")],
)
def test_odd_beginnings(wire: Wire, host: MailHost, start: bytes, kept: bytes) -> None:
    wire.begin("alice")
    wire.send(start + b"x\r\n.\r\n")
    assert wire.reply().startswith("250 2.0.0 ")
    assert new_files(host)[0].endswith(kept)


@pytest.mark.parametrize("seed", range(10))
def test_however_it_is_cut(wire: Wire, host: MailHost, seed: int) -> None:
    """Pieces of the network, and of our reading, against lines of any length."""
    chosen = random.Random(seed)
    lines = [b"." * chosen.choice((0, 0, 1, 2)) + b"x" * chosen.choice((0, 1, 80, 70_000)) for _ in range(9)]
    octets = b"".join(b"." + line if line.startswith(b".") else line for line in (each + b"\r\n" for each in lines))
    wire.begin("alice")
    rest = octets + b".\r\nNOOP\r\n"
    while rest:
        size = chosen.choice((1, 2, 3, 1000, 65_536))
        wire.send(rest[:size])
        rest = rest[size:]
    assert wire.reply().startswith("250 2.0.0 ") and wire.reply() == "250 2.0.0 OK"
    assert new_files(host)[0].endswith(b"\n".join(lines) + b"\n")


@pytest.mark.rfc("5321", "4.5.3.1.6")
def test_long_lines_are_taken(wire: Wire, host: MailHost) -> None:
    assert sent(wire, host, b"A: b\r\n\r\n" + b"x" * 200_000 + b"\r\n.\r\n").endswith(b"x" * 200_000 + b"\n")


@pytest.mark.rfc("2033", "4.2")
def test_too_large_for_all_recipients(wire: Wire, host: MailHost) -> None:
    wire.begin("alice", "alice+a", "alice+b")
    wire.send(b"A: b\r\n\r\n" + (b"x" * 998 + b"\r\n") * 1100 + b".\r\nNOOP\r\n")
    assert [wire.reply()[:9] for _ in range(3)] == ["552 5.3.4"] * 3
    assert wire.reply() == "250 2.0.0 OK" and new_files(host) == []


@pytest.mark.rfc("1870", "6.1")
def test_as_large_as_it_may_be(wire: Wire, host: MailHost) -> None:
    octets = b"A: b\r\n\r\n"
    octets += b"x" * ((1 << 20) - len(octets) - 2) + b"\r\n"
    assert sent(wire, host, octets + b".\r\n").endswith(b"x\n")
    wire.begin("alice")
    wire.send(b"x" + octets + b".\r\n")
    assert wire.reply().startswith("552 5.3.4 ")


@pytest.mark.rfc("5321", "4.1.1.10")
def test_a_connection_that_breaks_in_the_message_delivers_nothing(wire: Wire, host: MailHost) -> None:
    wire.begin("alice")
    wire.send(b"A: b\r\n\r\nText\r\n")
    wire.close()
    assert new_files(host) == [] and leftovers(host) == []


@pytest.mark.rfc("5321", "4.5.3.2")
def test_a_client_that_says_nothing_is_let_go(
    host: MailHost, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(lmtp_module, "TIMEOUT", 0.1)
    wire = request.getfixturevalue("wire")
    assert wire.reply().startswith("220 ")
    assert wire.file.readline() == b""


@pytest.mark.rfc("5321", "4.5.3.1.4")
def test_a_command_without_end(wire: Wire, host: MailHost) -> None:
    wire.send(b"LHLO " + b"x" * 300_000 + b"\r\nLHLO a\r\n")
    assert wire.reply().startswith("220 ")
    assert wire.reply().startswith("500 5.5.2 ") and wire.reply().startswith("250 ")


@pytest.mark.parametrize("address", ["\xff@\xfe", "<<>>", "a b", '"', "@", "alice@[", "a" * 400, "()"])
def test_hostile_addresses(wire: Wire, host: MailHost, address: str) -> None:
    wire.send(b"LHLO a\r\nMAIL FROM:<s@example.com>\r\nRCPT TO:<" + address.encode("latin-1") + b">\r\nNOOP\r\n")
    answers = [wire.reply() for _ in range(5)]
    assert answers[3][0] == "5" and answers[4] == "250 2.0.0 OK", answers
