"""The S/MIME status of a message (RFC 9219 4.1): what its signatures say, and what they are worth at a moment.

What depends on neither time nor trust is found once, by examine(). Nothing here raises, whatever the octets are.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

from jmapd.formats.message import header_forms
from jmapd.formats.message.part import Part
from jmapd.formats.message.structure import parse
from jmapd.formats.message.wire_form import wire_form, wire_size
from jmapd.formats.smime.addresses import same
from jmapd.formats.smime.certificate import Certificate
from jmapd.formats.smime.cms import SignedData, SignerInfo, is_issuer, read_signed_data
from jmapd.formats.smime.kind import SIGNATURE_TYPES, SIGNED, UNKNOWN, Found, find
from jmapd.formats.smime.path import Pool, errors_of
from jmapd.formats.smime.shape import Malformed
from jmapd.formats.smime.signature import Unsupported, hash_of, is_valid, is_weak, scheme_of
from jmapd.formats.smime.trust import Trust

VERIFIED, FAILED = "signed/verified", "signed/failed"
MAX_SIGNED = 128 * 1024 * 1024  # octets that are signed
MAX_SIGNATURE = 4 * 1024 * 1024  # octets of a detached signature
MAX_ERRORS = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """`until`: up to when it holds, if trust stays as it is; None: for ever."""

    status: str
    errors: tuple[str, ...]
    until: int | None


@dataclass(frozen=True, slots=True)
class _Signer:
    """One signature. `is_broken`: it does not fit what was signed; `errors`: what no time or trust can mend."""

    certificate: Certificate | None
    digests: tuple[str, ...]  # of what is signed, and of the signature itself
    errors: list[str]
    is_broken: bool = False


@dataclass(slots=True)
class Examination:
    """What is known of a message without regard to time and trust."""

    kind: str
    senders: list[str] = field(default_factory=list)  # all addresses of From
    errors: list[str] = field(default_factory=list)  # of the message as a whole
    signers: list[_Signer] = field(default_factory=list)
    pool: Pool = field(default_factory=lambda: Pool(()))

    def verdict(self, trust: Trust, moment: int) -> Verdict:
        """RFC 9219 4.1: at a moment, in seconds since 1970. A signer must be the sender, and no signature broken."""
        if self.kind != SIGNED:
            return Verdict(self.kind, (), None)
        found = [[*signer.errors, *self._errors(signer, trust, moment)] for signer in self.signers]
        broken = [error for signer in self.signers if signer.is_broken for error in signer.errors]
        errors = [*self.errors, *broken, *min(found, key=len, default=[])]
        kept = tuple(dict.fromkeys(errors))[:MAX_ERRORS]
        return Verdict(FAILED if kept else VERIFIED, kept, self._until(trust, moment))

    def _errors(self, signer: _Signer, trust: Trust, moment: int) -> list[str]:
        certificate = signer.certificate
        weak = [each for each in dict.fromkeys(signer.digests) if is_weak(each, moment)]
        errors = [f"The signature is made with {each.upper()}, which is no longer safe" for each in weak]
        if certificate is None:
            return errors
        if not certificate.may_sign_mail():
            errors.append(f"The certificate of {certificate.title!r} is not meant for signing mail")
        errors += errors_of(certificate, self.pool, trust, moment)
        if not certificate.emails:
            errors.append("The certificate names no mail address")
        elif not self.senders or not all(any(same(one, own) for own in certificate.emails) for one in self.senders):
            # RFC 8550 3 and RFC 9219 4.1; of several authors, each could be the one who is shown
            errors.append("The From address does not match the certificate")
        return errors

    def _until(self, trust: Trust, moment: int) -> int | None:
        """The next time at which a certificate begins or ceases to be valid."""
        involved = {*self.pool.certificates}
        for each in self.pool.certificates:
            involved.update(trust.named(each.issuer))
        changes = [time for each in involved for time in (each.not_before, each.not_after + 1) if time > moment]
        return min(changes, default=None)


def examine(raw: bytes) -> Examination | None:
    """Of a message in any form; None: it has no signature that can be seen."""
    root = parse(raw)
    found = find(root)
    if found is None:
        return None
    if found.kind != SIGNED:
        return Examination(found.kind)
    out = Examination(SIGNED, _senders(root))
    if not found.is_whole:
        out.errors.append("Only a part of the message is signed")
    try:
        signed, octets = _signed(found)
    except Malformed as error:
        out.errors.append(f"The signature cannot be read: {error}")
        return out
    if not signed.signers:  # RFC 8551 3.2.2: certs-only
        return Examination(UNKNOWN)
    out.pool = Pool(_certificates(signed))
    out.signers = [_examined(each, signed, octets, out.pool) for each in signed.signers]
    return out


def _senders(root: Part) -> list[str]:
    return [one["email"] for value in root.header_all("from") for one in header_forms.as_addresses(value)]


def _signed(found: Found) -> tuple[SignedData, bytes]:
    """The signature and the octets that it signs. Raises Malformed."""
    part = found.part
    if not part.is_multipart:
        signed = read_signed_data(_bounded(part, MAX_SIGNED * 3 // 2))
        if signed.content is None:
            raise Malformed("it comes without what is signed")
        return signed, signed.content
    if len(part.children) != 2:  # RFC 1847 2.1
        raise Malformed("multipart/signed must have two parts")
    entity, signature = part.children
    if signature.type not in SIGNATURE_TYPES:
        raise Malformed("the second part is no signature")
    octets = entity.raw[entity.start : entity.end]
    if wire_size(octets) > MAX_SIGNED:
        raise Malformed("the message is too large")
    signed = read_signed_data(_bounded(signature, MAX_SIGNATURE))
    return signed, wire_form(octets)  # RFC 8551 3.1.1: line ends are CRLF when it is signed


def _bounded(part: Part, limit: int) -> bytes:
    if part.end - part.body > limit:
        raise Malformed("the message is too large")
    return part.decoded()


def _certificates(signed: SignedData) -> list[Certificate]:
    """Those that can be read: one that cannot may be needed for nothing."""
    found: dict[bytes, Certificate] = {}
    for der in signed.certificates:
        try:
            found.setdefault(der, Certificate(der))
        except ValueError:
            continue
    return list(found.values())


def _examined(signer: SignerInfo, signed: SignedData, octets: bytes, pool: Pool) -> _Signer:
    """RFC 5652 5.4, 5.6."""
    digests = signer.digest, signer.algorithm.digest
    certificate = next((each for each in pool.certificates if _is_of(each, signer)), None)
    if certificate is None:
        return _Signer(None, digests, ["The signer's certificate is not in the message"])
    try:
        broken = _broken(signer, signed, octets, certificate)
    except Unsupported as error:
        return _Signer(certificate, digests, [f"The signature cannot be verified: {error}"])
    return _Signer(certificate, digests, broken, bool(broken))


def _is_of(certificate: Certificate, signer: SignerInfo) -> bool:
    if isinstance(signer.identifier, bytes):
        return certificate.key_id == signer.identifier
    issuer, serial = signer.identifier
    return certificate.serial == serial and is_issuer(issuer, certificate.der)


def _broken(signer: SignerInfo, signed: SignedData, octets: bytes, certificate: Certificate) -> list[str]:
    """What does not fit. Raises Unsupported."""
    hash_of(signer.digest)
    attributes = signer.attributes
    if attributes is None:
        # RFC 5652 5.3; no MIME entity begins as a SET, but another message's attributes do, which somebody signed
        if signed.content_type != "1.2.840.113549.1.7.1" or octets[:1] == b"\x31":
            return ["The signature lacks the attributes that it must have"]
        attributes = octets
    else:
        if signer.content_type != signed.content_type or not isinstance(signer.message_digest, bytes):
            return ["The signature lacks the attributes that it must have"]
        if not hmac.compare_digest(
            hashlib.new(signer.digest, octets, usedforsecurity=False).digest(), signer.message_digest
        ):
            return ["The message was changed after it was signed"]
    scheme = scheme_of(signer.algorithm)
    if is_valid(certificate.key, scheme, lambda: hash_of(signer.algorithm.digest), signer.signature, attributes):
        return []
    return ["The signature is wrong"]
