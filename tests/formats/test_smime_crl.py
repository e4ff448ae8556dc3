"""CRLs that lie beside the trust anchors (RFC 5280 5, 6.3): the only way that revocation is seen."""

import datetime
import logging
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from jmapd.formats.smime import trust as trust_store
from jmapd.formats.smime.trust import trust_of
from jmapd.formats.smime.verify import examine
from tests.formats.test_smime_path import VERIFIED, root, seconds
from tests.smimeverify.authority import FAR_AWAY, Holder, by_hand, opaque


def crl(issuer: Holder, *revoked: Holder, key: Any = None) -> bytes:
    """That these were revoked in the middle of 2020."""
    when = datetime.datetime(2020, 7, 1)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(when).next_update(FAR_AWAY)
    for each in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(each.certificate.serial_number).revocation_date(when)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key or issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.rfc("9219", "4.1")
@pytest.mark.rfc("5280", "6.3")
def test_revoked_by_a_list_beside_the_anchors() -> None:
    """The signer or an issuer between; from that day on; by nobody but its issuer."""
    middle = root().authority("Middle")
    alice = middle.issue()
    raw = examine(opaque(by_hand(alice), certificates=(alice, middle)))
    assert raw is not None
    for lists, text in [
        ([crl(middle, alice)], "The certificate of 'Alice' was revoked"),
        ([crl(root(), middle)], "The certificate of 'Middle' was revoked"),
        ([crl(middle, root()), crl(root(), alice)], None),
        ([crl(middle, alice, key=root().key)], None),
    ]:
        trust = trust_of([root().pem, *lists])
        assert raw.verdict(trust, seconds(2021)).errors == ((text,) if text else ())
        assert raw.verdict(trust, seconds(2020, 6)).status == VERIFIED


def test_what_cannot_be_read_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    junk = b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n-----BEGIN CERTIFICATE-----\n*\n-----END"
    with caplog.at_level(logging.WARNING):
        trust = trust_of([junk, root().pem, b"", b"\x30junk"])
    assert len(trust) == 1 and len(caplog.records) == 3


def test_the_digest_says_when_anything_changed() -> None:
    alone = trust_of([root().pem])
    assert alone.digest == trust_of([root().pem, root().pem]).digest
    assert len({alone.digest, trust_of([]).digest, trust_of([root().pem, crl(root())]).digest}) == 3


def test_the_digest_says_when_we_judge_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what a fault of ours let through would be told as verified for as long as the certificate is valid."""
    before = trust_of([]).digest
    monkeypatch.setattr(trust_store, "RULES", trust_store.RULES + 1)
    assert trust_of([]).digest != before
