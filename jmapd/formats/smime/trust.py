"""Trust anchors: certificates believed without being told by another (RFC 5280 6.1.1 d); and CRLs beside them (5)."""

import binascii
import hashlib
import logging
import re
from collections.abc import Iterable, Iterator

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtensionOID

from jmapd.formats.smime.certificate import Certificate, NameKey, name_key

log = logging.getLogger(__name__)

RULES = 1  # counted up when a signature may be judged otherwise than before, so that kept results are found anew
_PEM = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?(CERTIFICATE|CRL)-----([^-]*)-----END")
_PARTIAL = frozenset((ExtensionOID.DELTA_CRL_INDICATOR, ExtensionOID.ISSUING_DISTRIBUTION_POINT))


class Trust:
    """The anchors by subject, and CRLs by issuer; `digest` changes when they do, or RULES."""

    def __init__(self, anchors: Iterable[Certificate], crls: Iterable[x509.CertificateRevocationList] = ()) -> None:
        self._all = {each.der: each for each in anchors}
        self._by_subject: dict[NameKey, list[Certificate]] = {}
        self._crls: dict[NameKey, list[x509.CertificateRevocationList]] = {}
        digests = [each.digest for each in self._all.values()]
        for each in self._all.values():
            self._by_subject.setdefault(each.subject, []).append(each)
        for crl in crls:
            self._crls.setdefault(name_key(crl.issuer), []).append(crl)
            digests.append(hashlib.sha256(crl.signature).hexdigest())
        self.digest = hashlib.sha256(" ".join([str(RULES), *sorted(digests)]).encode()).hexdigest()[:16]

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, certificate: Certificate) -> bool:
        return certificate.der in self._all

    def named(self, subject: NameKey) -> list[Certificate]:
        """The anchors of that name."""
        return self._by_subject.get(subject, [])

    def revoked_at(self, certificate: Certificate, issuer: Certificate) -> int | None:
        """Since when the issuer has revoked it, in seconds since 1970; None: not as far as is known here."""
        for crl in self._crls.get(certificate.issuer, ()):
            found = crl.get_revoked_certificate_by_serial_number(certificate.serial)
            if found is not None and _is_signed_by(crl, issuer):
                return int(found.revocation_date_utc.timestamp())
        return None


def _is_signed_by(crl: x509.CertificateRevocationList, issuer: Certificate) -> bool:
    try:
        return crl.is_signature_valid(issuer.key)  # type: ignore[arg-type]  # a key of another kind raises TypeError
    except (UnsupportedAlgorithm, TypeError, ValueError):
        return False


def read(data: bytes) -> tuple[list[Certificate], list[x509.CertificateRevocationList]]:
    """Those of a file, PEM, or DER of one certificate; what cannot be read is logged and left out."""
    anchors, crls = [], []
    for kind, der in _blocks(data):
        try:
            if kind == b"CERTIFICATE":
                anchors.append(Certificate(der))
            else:
                crl = x509.load_der_x509_crl(der)
                if _PARTIAL.isdisjoint(each.oid for each in crl.extensions):
                    crls.append(crl)
        except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
            log.warning("smime.trust_store: a %s cannot be read and is left out: %s", kind.decode().lower(), error)
    return anchors, crls


def _blocks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    found = False
    for match in _PEM.finditer(data):
        found = True
        try:
            yield match[1], binascii.a2b_base64(match[2])
        except binascii.Error:
            yield match[1], b""
    if not found and data[:1] == b"\x30":
        yield b"CERTIFICATE", data


def trust_of(files: Iterable[bytes]) -> Trust:
    """Of the contents of files."""
    found = [read(data) for data in files]
    return Trust((each for anchors, _ in found for each in anchors), (each for _, crls in found for each in crls))
