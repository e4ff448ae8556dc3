"""Signatures made by openssl in all their forms, and what becomes of them when something is changed."""

import base64
import time

import pytest

from jmapd.formats.smime.trust import trust_of
from jmapd.formats.smime.verify import Verdict, examine
from tests.smimeverify.authority import BODY, Holder, alice, authority, root, signed

pytestmark = [pytest.mark.rfc("9219", "4.1"), pytest.mark.rfc("8551", "3"), pytest.mark.rfc("5652", "5")]

NOW = int(time.time())


def verdict(raw: bytes, *anchors: Holder, at: int = NOW) -> Verdict:
    trust = trust_of(each.pem for each in anchors or (root(),))
    found = examine(raw)
    assert found is not None
    return found.verdict(trust, at)


@pytest.mark.parametrize(
    ("kind", "command", "options"),
    [
        ("ec", "cms", ()),
        ("ec", "cms", ("-nodetach",)),
        ("ec", "cms", ("-keyid", "-md", "sha512")),
        ("ec", "cms", ("-nodetach", "-stream")),
        ("ec", "smime", ("-nodetach",)),
        ("rsa", "smime", ()),
        ("rsa", "smime", ("-noattr",)),
        ("rsa", "cms", ("-noattr", "-nodetach")),
        ("rsa", "cms", ("-md", "sha384")),
        ("rsa", "cms", ("-keyopt", "rsa_padding_mode:pss")),
        ("rsa", "cms", ("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32", "-md", "sha512")),
        ("rsa3072", "cms", ("-nosmimecap",)),
    ],
)
@pytest.mark.rfc("8551", "2.2")
def test_every_kind_of_signature(kind: str, command: str, options: tuple[str, ...]) -> None:
    found = verdict(signed(alice(kind), command=command, options=options))
    assert found == Verdict("signed/verified", (), found.until)


CHANGED = ("The message was changed after it was signed",)


def test_a_changed_message() -> None:
    found = verdict(signed(alice()).replace(b"from Alice", b"from Alicf"))
    assert (found.status, found.errors) == ("signed/failed", CHANGED)


def test_a_changed_message_in_its_cms_object() -> None:
    head, _, body = signed(alice(), options=("-nodetach",)).partition(b"\r\n\r\n")
    changed = base64.b64decode(body).replace(b"from Alice", b"from Alicf")
    found = verdict(head + b"\r\n\r\n" + base64.encodebytes(changed))
    assert (found.status, found.errors) == ("signed/failed", CHANGED)


def test_changed_header_of_the_signed_part() -> None:
    raw = signed(alice()).replace(b"text/plain; charset=utf-8", b"text/plain; charset=utf-7")
    assert verdict(raw).status == "signed/failed"


def test_header_fields_of_the_message_are_not_signed() -> None:
    raw = signed(alice()).replace(b"Subject: Signed", b"X-Seen: 1\r\nSubject: Other")
    assert verdict(raw).status == "signed/verified"


@pytest.mark.rfc("8551", "3.1.1")
@pytest.mark.parametrize("options", [(), ("-nodetach",)])
def test_line_ends_changed_on_the_way(options: tuple[str, ...]) -> None:
    raw = signed(alice(), options=options)
    assert verdict(raw.replace(b"\r\n", b"\n")).status == "signed/verified"
    mixed = raw.replace(b"\r\n", b"\n", raw.count(b"\r\n") // 2)
    assert verdict(mixed).status == "signed/verified"


def test_signature_of_another_message() -> None:
    one, other = signed(alice()), signed(alice(), body=BODY + "more\r\n")
    mine, foreign = (raw.split(b"--" + raw.partition(b'boundary="')[2].partition(b'"')[0]) for raw in (one, other))
    mark = b"--" + one.partition(b'boundary="')[2].partition(b'"')[0]
    assert verdict(mark.join(mine)).status == "signed/verified"
    assert verdict(mark.join([*mine[:2], foreign[2], mine[3]])).errors == CHANGED


def test_something_is_put_in_beside_the_signed_part() -> None:
    """RFC 1847 2.1: two parts, no more."""
    raw = signed(alice())
    mark = b"--" + raw.partition(b'boundary="')[2].partition(b'"')[0]
    parts = raw.split(mark)
    found = verdict(mark.join([*parts[:3], b"\r\n\r\nPay to this account.\r\n", parts[3]]))
    assert found.errors == ("The signature cannot be read: multipart/signed must have two parts",)


def test_no_certificate_of_the_signer() -> None:
    raw = signed(alice(), options=("-nocerts",))
    assert verdict(raw) == Verdict("signed/failed", ("The signer's certificate is not in the message",), None)


@pytest.mark.rfc("8550", "3")
@pytest.mark.parametrize(
    ("sender", "status"),
    [
        ("Alice <alice@example.org>", "signed/verified"),
        ("ALICE@Example.ORG", "signed/verified"),
        ("alice@example.com", "signed/failed"),
        ("alice@example.org.evil.example", "signed/failed"),
        ('"alice@example.org" <mallory@example.com>', "signed/failed"),
        ("alice@example.org, mallory@example.com", "signed/failed"),
        ("mallory@example.com\r\nFrom: alice@example.org", "signed/failed"),
        ("mallory@example.com\r\nSender: alice@example.org", "signed/failed"),
        (None, "signed/failed"),
    ],
)
def test_the_from_address_must_be_the_certificates(sender: str | None, status: str) -> None:
    found = verdict(signed(alice(), sender=sender))
    assert found.status == status
    assert found.errors == (() if status.endswith("verified") else ("The From address does not match the certificate",))


@pytest.mark.rfc("5652", "5.1")
def test_several_signers() -> None:
    bob = root().issue("bob@example.org", name="Bob", number=2)
    assert verdict(signed(alice(), bob)).status == "signed/verified"  # one of them is the sender
    stranger = authority("Elsewhere").issue("carol@example.org", name="Carol", number=3)
    assert verdict(signed(alice(), stranger)).status == "signed/verified"
    assert verdict(signed(bob, stranger)).status == "signed/failed"
