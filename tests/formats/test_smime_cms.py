"""CMS objects that openssl would not make: Ed25519, odd attributes, weak digests, broken ones beside good ones."""

import hashlib
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from asn1crypto import cms

from jmapd.formats.smime.trust import trust_of
from jmapd.formats.smime.verify import Verdict, examine
from tests.smimeverify.authority import BODY, Holder, alice, by_hand, enclosed, opaque, root

pytestmark = [pytest.mark.rfc("9219", "4.1"), pytest.mark.rfc("5652", "5")]

DIGEST = hashlib.sha256(BODY.encode()).digest()
TYPE, SUM = {"type": "content_type", "values": ["data"]}, {"type": "message_digest", "values": [DIGEST]}


def verdict(raw: bytes, at: int | None = None) -> Verdict:
    found = examine(raw)
    assert found is not None
    return found.verdict(trust_of([root().pem]), int(time.time()) if at is None else at)


def test_by_hand() -> None:
    assert verdict(opaque(by_hand(alice()), certificates=(alice(),))).status == "signed/verified"


@pytest.mark.rfc("8419", "3")
def test_ed25519() -> None:
    holder = alice("ed25519")
    info = by_hand(holder, digest="sha512", algorithm="ed25519", sign=holder.key.sign)
    assert verdict(opaque(info, certificates=(holder,))).status == "signed/verified"
    forged = by_hand(holder, digest="sha512", algorithm="ed25519", sign=lambda data: holder.key.sign(data + b"!"))
    assert verdict(opaque(forged, certificates=(holder,))).errors == ("The signature is wrong",)


@pytest.mark.parametrize(
    "attributes",
    [
        [SUM],  # 5.3: content-type must be there
        [TYPE],
        [{"type": "content_type", "values": ["signed_data"]}, SUM],
        [TYPE, SUM, SUM],
        [TYPE, {"type": "message_digest", "values": [DIGEST, DIGEST]}],
        [TYPE, {"type": "message_digest", "values": [b"\0" * 32, DIGEST]}],
        [TYPE, {"type": "message_digest", "values": [DIGEST[:16]]}],
    ],
)
@pytest.mark.rfc("5652", "5.3")
@pytest.mark.rfc("5652", "11")
def test_attributes_that_must_be_right(attributes: list[Any]) -> None:
    found = verdict(opaque(by_hand(alice(), attributes=attributes), certificates=(alice(),)))
    assert found.status == "signed/failed" and len(found.errors) == 1


def test_certificate_of_another_key() -> None:
    """Issuer and serial number of one, key of another."""
    other = Holder(alice().certificate, root().issue(number=9).key)
    found = verdict(opaque(by_hand(other), certificates=(alice(),)))
    assert (found.status, found.errors) == ("signed/failed", ("The signature is wrong",))


@pytest.mark.rfc("5652", "5.1")
def test_one_of_two_signatures_is_broken() -> None:
    bob = root().issue("bob@example.org", name="Bob", number=2)
    fine, broken = by_hand(bob), by_hand(bob, content=b"something else")
    both = (alice(), bob)
    assert verdict(opaque(by_hand(alice()), fine, certificates=both)).status == "signed/verified"
    found = verdict(opaque(by_hand(alice()), broken, certificates=both))
    assert (found.status, found.errors) == ("signed/failed", ("The message was changed after it was signed",))


def test_one_of_two_signatures_is_of_an_unknown_kind() -> None:
    unknown = by_hand(alice(), algorithm="1.3.6.1.4.1.99999.1")
    assert verdict(opaque(unknown, by_hand(alice()), certificates=(alice(),))).status == "signed/verified"
    found = verdict(opaque(unknown, certificates=(alice(),)))
    assert found.status == "signed/failed" and "not supported" in found.errors[0]


@pytest.mark.rfc("8551", "2.1")
def test_sha1_counts_for_what_came_while_it_was_safe() -> None:
    raw = opaque(by_hand(alice(), digest="sha1"), certificates=(alice(),))
    assert verdict(raw).errors == ("The signature is made with SHA1, which is no longer safe",)
    assert verdict(raw, at=int(datetime(2010, 1, 1, tzinfo=UTC).timestamp())).status == "signed/verified"


@pytest.mark.rfc("8551", "3.2.2")
def test_only_certificates() -> None:
    raw = opaque(certificates=(alice(),))
    assert verdict(raw) == Verdict("unknown", (), None)
    der = cms.ContentInfo({"content_type": "data", "content": b"hello"}).dump()
    assert verdict(enclosed(der, kind="")) == Verdict("unknown", (), None)


def test_detached_signature_where_content_is_needed() -> None:
    signed = {"version": "v1", "digest_algorithms": [], "encap_content_info": {"content_type": "data"}}
    more = {"certificates": [], "signer_infos": [by_hand(alice())]}
    der = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed | more)}).dump()
    assert verdict(enclosed(der)).errors == ("The signature cannot be read: it comes without what is signed",)
