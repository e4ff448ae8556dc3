"""What somebody with a certificate of his own could try so that his signature is taken for another's."""

import hashlib
import time
from functools import cache

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from jmapd.formats.smime import path
from jmapd.formats.smime.addresses import is_within, same
from jmapd.formats.smime.certificate import Certificate
from jmapd.formats.smime.signature import Unsupported, is_valid
from jmapd.formats.smime.trust import trust_of
from jmapd.formats.smime.verify import Verdict, examine
from tests.smimeverify.authority import BODY, Holder, authority, by_hand, opaque

pytestmark = [pytest.mark.rfc("9219", "6"), pytest.mark.rfc("5280", "6.1")]

VERIFIED = "signed/verified"


@cache
def root() -> Holder:
    return authority()


def verdict(raw: bytes) -> Verdict:
    found = examine(raw)
    assert found is not None
    return found.verdict(trust_of([root().pem]), int(time.time()))


@pytest.mark.rfc("8551", "2.1")
def test_weak_digest_of_the_signature_beside_a_strong_one_of_the_content() -> None:
    alice = root().issue()
    info = by_hand(alice, algorithm="sha1_ecdsa", sign=lambda data: alice.key.sign(data, ec.ECDSA(hashes.SHA1())))
    found = verdict(opaque(info, certificates=(alice,)))
    assert found.errors == ("The signature is made with SHA1, which is no longer safe",)


@pytest.mark.rfc("5652", "5.3")
def test_signed_attributes_passed_off_as_content() -> None:
    """The signature of the attributes of a true message is also one of their octets as a content without any."""
    alice = root().issue()
    info = by_hand(alice)
    octets = b"\x31" + info["signed_attrs"].dump()[1:]
    bare = cms.SignerInfo({name: info[name] for name in info if name not in ("signed_attrs", "unsigned_attrs")})
    assert verdict(opaque(bare, certificates=(alice,), content=octets)).status == "signed/failed"
    assert verdict(opaque(info, certificates=(alice,))).status == VERIFIED
    plain = cms.SignerInfo(dict(bare.native, sid=info["sid"], signature=_sign(alice, BODY.encode())))
    assert verdict(opaque(plain, certificates=(alice,))).status == VERIFIED


def _sign(holder: Holder, data: bytes) -> bytes:
    return bytes(holder.key.sign(data, ec.ECDSA(hashes.SHA256())))


def test_odd_parameters_of_pss() -> None:
    alice = root().issue()
    algorithm = {"algorithm": "rsassa_pss", "parameters": {"salt_length": -5}}
    info = by_hand(alice, sign=lambda data: b"")
    info["signature_algorithm"] = algorithm
    found = verdict(opaque(info, certificates=(alice,)))
    assert found.status == "signed/failed" and "not supported" in found.errors[0]


@pytest.mark.rfc("8398", "5")
@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("Alice@Example.ORG", "alice@example.org", True),
        ("alice@BÜCHER.example", "alice@xn--bcher-kva.example", True),
        ("alice@stra\u00dfe.example", "alice@strasse.example", False),
        ("alice@stra\u00dfe.example", "alice@xn--strae-oqa.example", True),
        ("\u017fam@example.org", "sam@example.org", False),
        ("\u212aate@example.org", "kate@example.org", False),
        ("alice@\u212aate.example", "alice@kate.example", False),
        ("alice@example\uff0eorg", "alice@example.org", False),
    ],
)
def test_addresses_that_only_look_the_same(first: str, second: str, is_same: bool) -> None:
    assert same(first, second) == same(second, first) == is_same


@pytest.mark.rfc("5280", "4.2.1.10")
@pytest.mark.parametrize(
    ("limits", "names"),
    [
        (x509.NameConstraints([x509.DNSName("example.com")], None), [x509.DNSName("www.example.org")]),
        (
            x509.NameConstraints(None, [x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.TITLE, "Boss")]))]),
            [x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.TITLE, "Boss")]))],
        ),
    ],
)
def test_name_constraints_of_every_kind(limits: x509.NameConstraints, names: list[x509.GeneralName]) -> None:
    issuer = root().authority("Limited", extensions=[(limits, True)])
    alice = issuer.issue(names=[x509.RFC822Name("alice@example.org"), *names])
    assert "for these names" in verdict(opaque(by_hand(alice), certificates=(alice, issuer))).errors[0]


def test_a_constraint_without_text_is_all_addresses() -> None:
    assert is_within("alice@example.org", "")


def test_a_key_that_takes_long() -> None:
    """With a large exponent each signature would take a hundred times as long."""
    modulus = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
    key = rsa.RSAPublicNumbers(modulus - 2, modulus).public_key()
    with pytest.raises(Unsupported, match="exponent"):
        is_valid(key, padding.PKCS1v15(), hashes.SHA256, b"\1" * 256, b"")


def test_the_signatures_of_certificates_are_bounded_for_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many signers it has, and at both moments."""
    count, original = [0], Certificate.is_signed_by

    def counted(self: Certificate, issuer: Certificate) -> bool:
        count[0] += 1
        return original(self, issuer)

    monkeypatch.setattr(Certificate, "is_signed_by", counted)
    decoys = tuple(authority("Stranger", number=2000 + at % 3) for at in range(120))
    signers = tuple(authority("Stranger").issue(number=at) for at in range(4))
    raw = opaque(*map(by_hand, signers), certificates=(*signers, *decoys))
    found = examine(raw)
    assert found is not None
    for moment in (0, int(time.time())):
        assert found.verdict(trust_of([root().pem]), moment).status == "signed/failed"
    assert count[0] <= path.MAX_CHECKS


def test_md5_where_the_system_forbids_it(monkeypatch: pytest.MonkeyPatch) -> None:
    original = hashlib.new

    def forbidding(name: str, data: bytes = b"", *, usedforsecurity: bool = True) -> object:
        if name == "md5" and usedforsecurity:
            raise ValueError("disabled for FIPS")
        return original(name, data, usedforsecurity=usedforsecurity)

    raw = opaque(by_hand(root().issue(), digest="md5", algorithm="sha256_ecdsa"), certificates=(root().issue(),))
    monkeypatch.setattr(hashlib, "new", forbidding)
    assert verdict(raw).status == "signed/failed"
