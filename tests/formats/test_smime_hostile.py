"""Octets made to hurt: malformed CMS, deep or endless ASN.1, many certificates. Bounded, and never a traceback."""

import base64
import contextlib
import random
import time
import tracemalloc
from functools import cache

import pytest
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.smime import path
from jmapd.formats.smime.certificate import Certificate
from jmapd.formats.smime.cms import MAX_CERTIFICATES, read_signed_data
from jmapd.formats.smime.shape import MAX_ELEMENTS, Malformed, first_element
from jmapd.formats.smime.trust import Trust, trust_of
from jmapd.formats.smime.verify import FAILED, MAX_ERRORS, UNKNOWN, Verdict, examine
from tests.smimeverify.authority import Holder, authority, by_hand, enclosed, opaque, signed

pytestmark = [pytest.mark.rfc("9219", "6"), pytest.mark.rfc("5652", "5")]


@cache
def root() -> Holder:
    return authority()


@cache
def alice() -> Holder:
    return root().issue()


def verdict(raw: bytes) -> Verdict:
    found = examine(raw)
    assert found is not None
    return found.verdict(trust_of([root().pem]), int(time.time()))


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x30",
        b"\x30\x80" * 500_000,
        b"\x30\x84\x7f\xff\xff\xff" * 1000,
        b"\x30\x88" + b"\xff" * 8,
        b"\x30\x83\x10\x00\x00" + b"\x05\x00" * 0x80000,
        b"\x30\x80" + b"\x24\x80" * 60 + b"\x04\x01x" * 200_000,
        b"\x1f" + b"\xff" * 1_000_000,
        b"\x04\x80\x00\x00",
        b"\x30\x80\x00\x00",
    ],
    ids=range(10),
)
def test_shapes_that_are_refused(octets: bytes) -> None:
    with pytest.raises(Malformed):
        read_signed_data(octets)
    assert verdict(enclosed(octets)).status == FAILED


def test_the_bounds_of_a_shape() -> None:
    assert first_element(b"\x30\x02\x05\x00rest") == b"\x30\x02\x05\x00"
    assert first_element(b"\x30\x80\x05\x00\x00\x00rest") == b"\x30\x80\x05\x00\x00\x00"
    wide = b"\x05\x00" * (MAX_ELEMENTS - 2)
    assert first_element(b"\x30\x84" + len(wide).to_bytes(4) + wide)
    for wrong in (
        b"\x30\x03\x05\x00",
        b"\x30\x02\x05\x01",
        b"\x30\x03\x30\x80\x00",
        b"\x30\x84" + len(wide + b"\5\0\5\0").to_bytes(4) + wide + b"\5\0\5\0",
    ):
        with pytest.raises(Malformed):
            first_element(wrong)


def test_the_depth_of_a_shape() -> None:
    for depth in (64, 65):
        octets = b"\x30\x80" * depth + b"\x05\x00" + b"\x00\x00" * depth
        if depth == 64:
            assert first_element(octets) == octets
        else:
            with pytest.raises(Malformed, match="too deeply"):
                first_element(octets)


def test_changed_octets_anywhere() -> None:
    """Each changed object is read or refused; what is read is never verified unless nothing that counts was changed."""
    der = base64.b64decode(opaque(by_hand(alice()), certificates=(alice(),)).partition(b"\r\n\r\n")[2])
    chance = random.Random(1)
    kept = 0
    for _ in range(1500):
        octets = bytearray(der)
        for _ in range(chance.choice((1, 1, 2, 8))):
            octets[chance.randrange(len(octets))] = chance.randrange(256)
        found = verdict(enclosed(bytes(octets)))
        kept += found.status == "signed/verified"
        assert found.status in (FAILED, UNKNOWN, "signed/verified")
        assert (found.status == FAILED) == bool(found.errors)
        assert all(text.isprintable() and len(text) < 300 for text in found.errors)
    assert kept < 150


@given(st.binary(max_size=300))
def test_any_octets(octets: bytes) -> None:
    for raw in (
        octets,
        enclosed(octets),
        enclosed(b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80" + octets),
    ):
        found = examine(raw)
        if found is not None:
            assert found.verdict(Trust(()), 0).status != "signed/verified"


@given(st.binary(max_size=300))
def test_any_octets_as_a_certificate(octets: bytes) -> None:
    with contextlib.suppress(ValueError):
        Certificate(octets)
    assert len(trust_of([octets])) == 0


def test_a_message_cut_anywhere() -> None:
    raw = signed(alice())
    for end in range(0, len(raw), 37):
        found = examine(raw[:end])
        assert found is None or found.verdict(trust_of([root().pem]), 0).status in (FAILED, UNKNOWN)


def many(count: int) -> bytes:
    """The signer's certificate after many others of the name that its issuer has."""
    decoys = [authority(number=1000 + at % 3) for at in range(count)]
    info = {
        "version": "v1",
        "digest_algorithms": [],
        "encap_content_info": {"content_type": "data", "content": b"x"},
        "certificates": [asn1_x509.Certificate.load(each.der) for each in [*decoys, alice()]],
        "signer_infos": [by_hand(alice(), content=b"x")],
    }
    return enclosed(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(info)}).dump())


def test_many_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as that are looked through; signatures are verified a bounded number of times."""
    count, original = [0], Certificate.is_signed_by

    def counted(self: Certificate, issuer: Certificate) -> bool:
        count[0] += 1
        return original(self, issuer)

    monkeypatch.setattr(Certificate, "is_signed_by", counted)
    assert verdict(many(300)).status == "signed/verified"
    stranger = authority("Stranger").issue()
    decoys = tuple(authority("Stranger", number=2000 + at % 3) for at in range(300))
    count[0] = 0
    found = verdict(opaque(by_hand(stranger), certificates=(stranger, *decoys)))
    assert found.status == FAILED and count[0] <= path.MAX_CHECKS


def test_too_many_certificates() -> None:
    one = asn1_x509.Certificate.load(alice().der)
    info = {
        "version": "v1",
        "digest_algorithms": [],
        "encap_content_info": {"content_type": "data", "content": b"x"},
        "certificates": [one] * (MAX_CERTIFICATES + 1),
        "signer_infos": [],
    }
    raw = enclosed(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(info)}).dump())
    assert "certificates" in verdict(raw).errors[0] or "elements" in verdict(raw).errors[0]


def test_circles_of_issuers() -> None:
    """Two that issued each other."""
    one, two = authority("One"), authority("Two")
    crossed = [one, two, authority("One", two, number=sum(b"One")), authority("Two", one, number=sum(b"Two"))]
    signer = one.issue()
    found = verdict(opaque(by_hand(signer), certificates=(signer, *crossed)))
    assert found.status == FAILED and "does not lead to" in found.errors[0]


def test_errors_are_few_and_short() -> None:
    infos = [
        by_hand(root().issue("x@example.org", name="N\n" * 30 + str(n), number=n), content=b"?") for n in range(16)
    ]
    holders = [root().issue("x@example.org", name="N\n" * 30 + str(n), number=n) for n in range(16)]
    found = verdict(opaque(*infos, certificates=tuple(holders)))
    assert found.status == FAILED and len(found.errors) <= MAX_ERRORS
    assert all("\n" not in text for text in found.errors)


def test_memory_of_a_large_message() -> None:
    raw = signed(alice(), body="Content-Type: text/plain\r\n\r\n" + "x" * 70 + "\r\n" * 100_000)
    tracemalloc.start()
    assert verdict(raw).status == "signed/verified"
    assert tracemalloc.get_traced_memory()[1] < 12 * len(raw) + 20_000_000
    tracemalloc.stop()
