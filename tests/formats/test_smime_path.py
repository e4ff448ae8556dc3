"""Certificates: which path from a signer to a trust anchor is valid, at what time, for whom (RFC 5280 6, RFC 8550)."""

import datetime
import time
from functools import cache
from typing import Any

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from jmapd.formats.smime.trust import trust_of
from jmapd.formats.smime.verify import Verdict, examine
from tests.smimeverify.authority import FAR_AWAY, Holder, authority, by_hand, for_mail, opaque, usage

pytestmark = [pytest.mark.rfc("5280", "6.1"), pytest.mark.rfc("8550", "4")]

BEGIN, END = datetime.datetime(2020, 1, 1), datetime.datetime(2021, 1, 1)
VERIFIED = "signed/verified"
LEGACY = ObjectIdentifier("1.3.6.1.4.1.99999.2")


def seconds(year: int, month: int = 1, day: int = 1) -> int:
    return int(datetime.datetime(year, month, day, tzinfo=datetime.UTC).timestamp())


@cache
def root() -> Holder:
    return authority()


def verdict(signer: Holder, *given: Holder, anchors: tuple[Holder, ...] = (), at: int | None = None) -> Verdict:
    """Of a message with these certificates in it beside the signer's and its issuers'."""
    raw = opaque(by_hand(signer), certificates=(signer, *signer.chain(), *given))
    found = examine(raw)
    assert found is not None
    trust = trust_of(each.pem for each in anchors or (root(),))
    return found.verdict(trust, int(time.time()) if at is None else at)


def why(signer: Holder, *given: Holder, **more: Any) -> str:
    """The only error."""
    found = verdict(signer, *given, **more)
    assert found.status == "signed/failed" and len(found.errors) == 1, found
    return found.errors[0]


def test_validity_at_the_moment_asked_for() -> None:
    alice = root().issue(since=BEGIN, until=END)
    before, within, after = (verdict(alice, at=seconds(*day)) for day in ((2019, 12, 31), (2020, 6, 1), (2021, 1, 2)))
    assert [each.status for each in (before, within, after)] == ["signed/failed", VERIFIED, "signed/failed"]
    assert before.errors == ("The certificate of 'Alice' is not valid yet",)
    assert after.errors == ("The certificate of 'Alice' has expired",)
    assert before.until == seconds(2020) and within.until == seconds(2021) + 1


@pytest.mark.parametrize(("since", "until"), [(BEGIN, END), (END, FAR_AWAY)])
def test_every_issuer_must_be_valid_at_that_moment(since: Any, until: Any) -> None:
    middle = root().authority("Middle", since=since, until=until)
    old = authority("Old", since=since, until=until)
    at = seconds(2021, 6) if until == END else seconds(2020, 6)
    assert "'Middle'" in why(middle.issue(), at=at)
    assert "'Old'" in why(old.issue(), anchors=(old,), at=at)


def test_untrusted() -> None:
    stranger = authority("Elsewhere")
    assert why(stranger.issue()) == "The certificate of 'Alice' does not lead to an issuer that this server trusts"
    assert "does not lead to" in why(stranger.issue(), stranger)  # to bring the root along makes it no better
    middle = root().authority("Middle")
    alone = Holder(middle.issue().certificate, middle.issue().key)
    assert "does not lead to" in why(alone)  # nobody knows the issuer between


def test_an_issuer_of_the_same_name_with_another_key() -> None:
    other = authority("Test CA", number=77)
    assert "does not lead to" in why(other.issue())
    assert verdict(other.issue(), anchors=(root(), other)).status == VERIFIED


def test_a_long_chain() -> None:
    each = root()
    for number in range(8):
        each = each.authority(f"Middle {number}")
    assert verdict(each.issue()).status == VERIFIED
    assert "does not lead to" in why(each.authority("Middle 8").issue())  # longer than anybody needs


def test_chain_with_unneeded_certificates_in_any_order() -> None:
    middle = root().authority("Middle")
    alice = middle.issue()
    others = [root().authority(f"Other {number}") for number in range(5)]
    raw = opaque(by_hand(alice), certificates=(*others, root(), middle, alice))
    found = examine(raw)
    assert found is not None
    assert found.verdict(trust_of([root().pem]), int(time.time())).status == VERIFIED


def test_trust_in_an_issuer_between_or_in_the_signer() -> None:
    middle = authority("Unknown root").authority("Middle")
    assert verdict(middle.issue(), anchors=(middle,)).status == VERIFIED
    assert verdict(middle.issue(), anchors=(middle.issue(number=4), middle.issue())).status == "signed/failed"
    alice = middle.issue()
    assert verdict(alice, anchors=(alice,)).status == VERIFIED


@pytest.mark.rfc("5280", "6.1.4")
def test_who_may_issue() -> None:
    assert (
        why(root().issue("bob@example.org", name="Bob").issue())
        == "The certificate of 'Bob' may not issue certificates"
    )
    assert "may not issue" in why(root().authority("Not", may_issue=False).issue())
    signer_only = root().authority("Bits", extensions=[(usage("crl_sign"), True)])
    assert "may not issue" in why(signer_only.issue())
    right = root().authority("Bits", extensions=[(usage("key_cert_sign"), True)])
    assert verdict(right.issue()).status == VERIFIED
    short = root().authority("Short", path_length=0)
    assert verdict(short.issue()).status == VERIFIED
    assert "so long a chain" in why(short.authority("Deeper").issue())


@pytest.mark.rfc("8550", "4.4.2")
@pytest.mark.rfc("8550", "4.4.4")
def test_what_the_certificate_is_for() -> None:
    fine = [usage("digital_signature"), usage("content_commitment")]
    for bits in fine:
        assert verdict(root().issue(extensions=[(bits, True)])).status == VERIFIED
    assert "not meant for signing mail" in why(root().issue(extensions=[(usage("key_encipherment"), True)]))
    assert verdict(root().issue(extensions=[for_mail()])).status == VERIFIED
    assert verdict(root().issue(extensions=[for_mail(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)])).status == VERIFIED
    web = for_mail(ExtendedKeyUsageOID.SERVER_AUTH)
    assert "not meant for signing mail" in why(root().issue(extensions=[web]))
    assert "'Web' is not meant for mail" in why(root().authority("Web", extensions=[web]).issue())


@pytest.mark.rfc("5280", "4.2")
def test_critical_extensions_that_are_not_known() -> None:
    unknown = x509.UnrecognizedExtension(LEGACY, b"\x05\x00")
    assert verdict(root().issue(extensions=[(unknown, False)])).status == VERIFIED
    assert LEGACY.dotted_string in why(root().issue(extensions=[(unknown, True)]))
    policies = x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None)
    assert "policyConstraints" in why(root().authority("Strict", extensions=[(policies, True)]).issue())


@pytest.mark.rfc("5280", "4.2.1.10")
@pytest.mark.parametrize(
    ("permitted", "excluded", "is_fine"),
    [
        (["example.org"], [], True),
        (["alice@example.org"], [], True),
        ([".example.org"], [], False),
        (["example.com", "example.org"], [], True),
        (["bob@example.org"], [], False),
        (["ample.org"], [], False),
        ([], ["example.org"], False),
        ([], ["example.com"], True),
    ],
)
def test_name_constraints_of_addresses(permitted: list[str], excluded: list[str], is_fine: bool) -> None:
    limits = x509.NameConstraints(
        [x509.RFC822Name(each) for each in permitted] or None, [x509.RFC822Name(each) for each in excluded] or None
    )
    found = verdict(root().authority("Limited", extensions=[(limits, True)]).issue())
    assert (found.status == VERIFIED) == is_fine
    assert is_fine or "for these names" in found.errors[0]


@pytest.mark.rfc("5280", "4.2.1.10")
def test_name_constraints_of_subjects() -> None:
    company = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Ltd")]
    limits = x509.NameConstraints([x509.DirectoryName(x509.Name(company))], None)
    issuer = root().authority("Limited", extensions=[(limits, True)])
    alice = x509.NameAttribute(NameOID.COMMON_NAME, "Alice")
    shouted = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "EXAMPLE  LTD")  # 7.1: compared without case and spaces
    assert verdict(issuer.issue(subject=[shouted, alice])).status == VERIFIED
    assert "for these names" in why(issuer.issue(subject=[alice]))


def with_sha1(holder: Holder) -> Holder:
    """The same certificate signed with SHA-1, which the library no longer does."""
    found = asn1_x509.Certificate.load(holder.der)
    found["tbs_certificate"]["signature"] = found["signature_algorithm"] = {"algorithm": "sha1_ecdsa"}
    signer = holder.issuer.key if holder.issuer else holder.key
    found["signature_value"] = signer.sign(found["tbs_certificate"].dump(force=True), ec.ECDSA(hashes.SHA1()))
    return Holder(x509.load_der_x509_certificate(found.dump(force=True)), holder.key, holder.issuer)


@pytest.mark.rfc("8551", "2.1")
def test_weak_digests_in_certificates() -> None:
    alice = with_sha1(root().issue())
    assert "signed with SHA1" in why(alice)
    assert verdict(alice, at=seconds(2015)).status == VERIFIED
    old = with_sha1(authority("Old root"))  # nobody asks what an anchor is signed with
    assert verdict(old.issue(), anchors=(old,)).status == VERIFIED


@pytest.mark.rfc("8550", "3")
def test_where_the_address_may_stand() -> None:
    in_subject = [
        x509.NameAttribute(NameOID.COMMON_NAME, "Alice"),
        x509.NameAttribute(NameOID.EMAIL_ADDRESS, "alice@example.org"),
    ]
    assert verdict(root().issue(None, subject=in_subject)).status == VERIFIED
    assert why(root().issue(None)) == "The certificate names no mail address"
    several = [x509.RFC822Name("a@example.org"), x509.DNSName("example.org"), x509.RFC822Name("alice@example.org")]
    assert verdict(root().issue(names=several)).status == VERIFIED
    utf8 = [x509.OtherName(ObjectIdentifier("1.3.6.1.5.5.7.8.9"), b"\x0c\x11alice@example.org")]  # RFC 8398
    assert verdict(root().issue(names=utf8)).status == VERIFIED


@pytest.mark.parametrize("kind", ["rsa", "rsa1024", "ed25519"])
def test_kinds_of_keys_of_issuers(kind: str) -> None:
    issuer = authority(f"CA {kind}", kind=kind)
    assert verdict(issuer.authority("Middle", kind=kind).issue(), anchors=(issuer,)).status == VERIFIED
