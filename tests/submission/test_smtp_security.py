"""TLS and logins (RFC 3207, RFC 8314, RFC 4954), and where the settings of them come from."""

import base64
import hmac
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jmapd.submission.connections import Connections
from jmapd.submission.letter import Letter
from jmapd.submission.settings import Server, server_of
from tests.submission.sending_host import BOB, MESSAGE
from tests.submission.tls_server import certificate, tls_server
from tests.system.sink import Sink, sink

LETTER = Letter({"email": "alice@example.org"}, [{"email": BOB}], MESSAGE)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def peer() -> Iterator[Sink]:
    with sink(extensions=("AUTH CRAM-MD5 PLAIN LOGIN XOAUTH2",)) as peer:
        yield peer


def send(port: int, owner: str = "alice", **options: Any) -> str:
    """What is said of the one recipient."""
    given = {"host": "127.0.0.1", "port": port} | options
    connections = Connections({f"submission.{name}": value for name, value in given.items()})
    reply = connections.send(owner, LETTER)[BOB]
    connections.tidy(0)
    return str(reply)


@pytest.mark.rfc("3207", "4")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_tls(pem: Path, security: str) -> None:
    with tls_server(pem, security) as (port, kept):
        assert send(port, security=security, trust_store=str(pem)) == "250 OK"
        assert send(port, security=security).startswith("451 4.4.1 127.0.0.1:")  # a certificate that nobody knows
        assert "certificate" in send(port, security=security) and len(kept.envelopes) == 1


@pytest.mark.rfc("3207", "4.1")
def test_tls_for_another_name(pem: Path) -> None:
    with tls_server(pem, "tls") as (port, kept):
        said = send(port, host="localhost", security="tls", trust_store=str(pem))
        assert said.startswith("451 4.4.1 ") and kept.envelopes == []


@pytest.mark.rfc("3207", "6")
def test_starttls_is_required(peer: Sink) -> None:
    """Whoever takes the word STARTTLS out of the answer gets nothing."""
    assert send(peer.port, security="starttls").startswith("454 4.7.4 ") and peer.taken == []


@pytest.mark.parametrize(
    "host, port, security",
    [("localhost", 25, "none"), ("127.0.0.9", 25, "none"), ("::1", 587, "none"), ("localhost", 465, "tls")]
    + [("mail.example.org", 587, "starttls"), ("192.0.2.1", 25, "starttls"), ("localhost.example.org", 25, "starttls")],
)
def test_auto(host: str, port: int, security: str) -> None:
    """RFC 8314 3: in the clear on this machine only."""
    assert Server(host, port).security_now == security
    assert Server(host, port, security="none").security_now == "none"


@pytest.mark.rfc("4954", "4")
@pytest.mark.parametrize("security", ["starttls", "none"])
def test_login(pem: Path, tmp_path: Path, security: str) -> None:
    (tmp_path / "password").write_text("sécret word\n")
    given = {"security": security, "trust_store": str(pem), "user": "alice@example.org"}
    with tls_server(pem, security, ("alice@example.org", "sécret word")) as (port, kept):
        assert send(port, password_file=str(tmp_path / "password"), **given) == "250 OK"
        (tmp_path / "password").write_text("other")
        said = send(port, password_file=str(tmp_path / "password"), **given)
        assert said.startswith("454 4.7.0 The login was refused: 535 ") and len(kept.envelopes) == 1


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.rfc("4954", "4")
def test_cram_md5_comes_first(peer: Sink, tmp_path: Path) -> None:
    """RFC 2195: the password does not go over the line."""
    (tmp_path / "password").write_text("tanstaaftanstaaf")
    peer.say("AUTH", "334 " + coded("<1896.697170952@postoffice.example>"), text="CRAM-MD5")
    digest = hmac.new(b"tanstaaftanstaaf", b"<1896.697170952@postoffice.example>", "md5").hexdigest()
    peer.say(coded(f"tim {digest}").upper(), "235 2.7.0 Ok")
    assert send(peer.port, user="tim", password_file=str(tmp_path / "password")) == "250 2.1.5 Ok"


@pytest.mark.parametrize("offered", ["PLAIN", "LOGIN"])
def test_other_mechanisms(tmp_path: Path, offered: str) -> None:
    (tmp_path / "password").write_text("secret")
    with sink(extensions=(f"AUTH {offered}",)) as peer:
        peer.say("AUTH", "235 2.7.0 Ok", text="PLAIN " + coded("\0tim\0secret"))
        peer.say("AUTH", "334 VXNlcm5hbWU6", text="LOGIN")
        peer.say(coded("tim").upper(), "334 UGFzc3dvcmQ6")
        peer.say(coded("secret").upper(), "235 2.7.0 Ok")
        assert send(peer.port, user="tim", password_file=str(tmp_path / "password")) == "250 2.1.5 Ok"


def test_nothing_that_we_know(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    with sink(extensions=("AUTH GSSAPI",)) as peer:
        assert send(peer.port, user="tim", password_file=str(tmp_path / "password")).startswith("454 4.7.0 ")
        assert send(peer.port, user="tim", token_command=["/bin/echo", "x"]).startswith("454 4.7.0 ")


def test_xoauth2(peer: Sink) -> None:
    command = [sys.executable, "-c", "import sys; print('token-of-' + sys.argv[1])", "{user}"]
    right = coded("user=tim\1auth=Bearer token-of-tim\1\1")
    peer.say("AUTH", "235 2.7.0 Ok", text=f"XOAUTH2 {right}")
    peer.say("AUTH", "334 " + coded('{"status":"401"}'))
    peer.say("", "535 5.7.8 Bad token")
    assert send(peer.port, user="tim", token_command=command) == "250 2.1.5 Ok"
    said = send(peer.port, user="ann", token_command=command)
    assert said == "454 4.7.0 The login was refused: 535 5.7.8 Bad token"


@pytest.mark.parametrize("command", [["/nowhere/token"], ["/bin/false"], ["/bin/true"]])
def test_token_command_fails(peer: Sink, command: list[str]) -> None:
    assert send(peer.port, user="tim", token_command=command).startswith(f"454 4.7.0 The token command {command[0]} ")


def test_settings_of_a_user(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("ours\n")
    (tmp_path / "bob.toml").write_text("host = 'smtp.example.com'\nport = 465\nuser = 'bob'\npassword = 'his'\n")
    options = {
        "submission.host": "localhost",
        "submission.port": 2525,
        "submission.user": "jmapd",
        "submission.password_file": str(tmp_path / "password"),
        "submission.user_file": str(tmp_path / "{user}.toml"),
    }
    alice, bob = server_of(options, "alice"), server_of(options, "bob")
    assert (alice.host, alice.port, alice.user, alice.password) == ("localhost", 2525, "jmapd", "ours")
    assert (bob.host, bob.port, bob.user, bob.password) == ("smtp.example.com", 465, "bob", "his")
    assert "his" not in repr(bob)


@pytest.mark.parametrize(
    "text, user, password, has_token",
    [
        ("", "jmapd", "ours", True),
        ("port = 587", "jmapd", "ours", True),
        ("host = 'smtp.example.com'", "", "", False),  # another server is not shown our login
        ("user = 'bob'", "bob", "", True),
        ("password = 'his'", "jmapd", "his", False),
    ],
)
def test_whose_login(tmp_path: Path, text: str, user: str, password: str, has_token: bool) -> None:
    (tmp_path / "password").write_text("ours\nand a remark\n")
    (tmp_path / "bob.toml").write_text(text)
    given = {"user": "jmapd", "password_file": f"{tmp_path}/password", "user_file": f"{tmp_path}/{{user}}.toml"}
    given_too = {"token_command": ["/bin/echo", "token"]}
    found = server_of({f"submission.{name}": value for name, value in (given | given_too).items()}, "bob")
    assert (found.user, found.password, bool(found.token_command)) == (user, password, has_token)


@pytest.mark.parametrize("text", ["host = 1", "port = '25'", "security = 'perhaps'", "colour = 'red'", "host"])
def test_bad_settings_of_a_user(peer: Sink, tmp_path: Path, text: str) -> None:
    """His mail waits; that of others goes."""
    (tmp_path / "bob.toml").write_text(text)
    template = str(tmp_path / "{user}.toml")
    assert send(peer.port, "bob", user_file=template).startswith("454 4.3.5 submission.user_file of bob: ")
    assert send(peer.port, "alice", user_file=template) == "250 2.1.5 Ok"


def test_password_file_is_missing(peer: Sink) -> None:
    said = send(peer.port, user="tim", password_file="/nowhere/password")
    assert said == "454 4.3.5 submission.password_file: No such file or directory"
