"""One certificate as S/MIME looks at it (RFC 5280 4, RFC 8550 3 and 4.4)."""

import hashlib
import threading
import warnings
from functools import cached_property

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from jmapd.formats.smime.cms import Algorithm
from jmapd.formats.smime.signature import Key, Scheme, Unsupported, hash_of, is_valid, scheme_of

_WARNINGS = threading.Lock()  # filters of warnings are the process's, not the thread's

NameKey = tuple[frozenset[tuple[str, str]], ...]

SMTP_UTF8_MAILBOX = "1.3.6.1.5.5.7.8.9"  # RFC 8398
_UNDERSTOOD = frozenset((
    ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.ISSUER_ALTERNATIVE_NAME,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME, ExtensionOID.NAME_CONSTRAINTS, ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.POLICY_MAPPINGS, ExtensionOID.INHIBIT_ANY_POLICY, ExtensionOID.POLICY_CONSTRAINTS,
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER, ExtensionOID.SUBJECT_KEY_IDENTIFIER,
))  # fmt: skip
_MAIL = frozenset((ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE))


class Certificate:
    """Raises ValueError when the octets are no certificate, or one whose extensions cannot be read."""

    def __init__(self, der: bytes) -> None:
        self.der = der
        try:
            self._read(der)
        except Exception as error:  # the library has many for octets that are no certificate
            raise ValueError("not a certificate that can be read") from error

    def _read(self, der: bytes) -> None:
        # Some issuers have the serial number 0, of which the library warns whoever looks on
        with _WARNINGS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.x509 = x509.load_der_x509_certificate(der)
            self._extensions = {each.oid: each for each in self.x509.extensions}
            self.not_before = int(self.x509.not_valid_before_utc.timestamp())
            self.not_after = int(self.x509.not_valid_after_utc.timestamp())
            self.serial = self.x509.serial_number
            self.subject, self.issuer = name_key(self.x509.subject), name_key(self.x509.issuer)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and other.der == self.der

    def __hash__(self) -> int:
        return hash(self.der)

    @cached_property
    def title(self) -> str:
        """For messages to people."""
        names = self.x509.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        text = str(names[0].value) if names else self.x509.subject.rfc4514_string()
        return "".join(char for char in text if char.isprintable())[:100] or "without a name"

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.der).hexdigest()

    # Names

    @cached_property
    def names(self) -> list[x509.GeneralName]:
        """Of the subjectAltName."""
        value = self._value(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
        return list(value) if isinstance(value, x509.SubjectAlternativeName) else []

    @cached_property
    def emails(self) -> list[str]:
        """RFC 8550 3: of the subjectAltName, RFC 8398 ones too, and emailAddress of the subject."""
        found = [each.value for each in self.names if isinstance(each, x509.RFC822Name)]
        found += [
            text
            for each in self.names
            if isinstance(each, x509.OtherName)
            and each.type_id.dotted_string == SMTP_UTF8_MAILBOX
            and (text := _utf8(each.value)) is not None
        ]
        found += [str(each.value) for each in self.x509.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)]
        return found

    # Keys and signatures

    @cached_property
    def key(self) -> Key | None:
        """None: of a kind that is not known."""
        try:
            return self.x509.public_key()
        except (UnsupportedAlgorithm, ValueError, TypeError):
            return None

    @cached_property
    def key_id(self) -> bytes | None:
        value = self._value(ExtensionOID.SUBJECT_KEY_IDENTIFIER)
        return value.digest if isinstance(value, x509.SubjectKeyIdentifier) else None

    @cached_property
    def issuer_key_id(self) -> bytes | None:
        value = self._value(ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
        return value.key_identifier if isinstance(value, x509.AuthorityKeyIdentifier) else None

    @cached_property
    def signature_digest(self) -> str:
        """Of the signature it bears, as hashlib names it; "" where that is the algorithm's own affair."""
        try:
            found = self.x509.signature_hash_algorithm
        except UnsupportedAlgorithm:
            return ""
        return found.name.replace("-", "_") if found else ""

    def is_signed_by(self, issuer: "Certificate") -> bool:
        """Only the signature."""
        try:
            scheme: Scheme = self.x509.signature_algorithm_parameters
            if scheme is None and self.signature_digest:  # the library gives none for old digests
                name = "ecdsa" if isinstance(issuer.key, ec.EllipticCurvePublicKey) else "rsa"
                scheme = scheme_of(Algorithm(name, self.signature_digest))
            signature, signed = self.x509.signature, self.x509.tbs_certificate_bytes
            return is_valid(issuer.key, scheme, lambda: hash_of(self.signature_digest), signature, signed)
        except (Unsupported, UnsupportedAlgorithm, ValueError, TypeError):
            return False

    # What it may be used for

    def may_sign_mail(self) -> bool:
        """RFC 8550 4.4.2, 4.4.4: where the extensions are there, they must allow it."""
        usage = self._value(ExtensionOID.KEY_USAGE)
        if isinstance(usage, x509.KeyUsage) and not (usage.digital_signature or usage.content_commitment):
            return False
        return self.is_for_mail()

    def is_for_mail(self) -> bool:
        """Its extended key usage, which in an issuer's certificate bounds what it issues."""
        value = self._value(ExtensionOID.EXTENDED_KEY_USAGE)
        return not isinstance(value, x509.ExtendedKeyUsage) or not _MAIL.isdisjoint(value)

    def may_issue(self) -> bool:
        """RFC 5280 6.1.4 (k), (n)."""
        value, usage = self._value(ExtensionOID.BASIC_CONSTRAINTS), self._value(ExtensionOID.KEY_USAGE)
        is_ca = isinstance(value, x509.BasicConstraints) and value.ca
        return is_ca and (not isinstance(usage, x509.KeyUsage) or usage.key_cert_sign)

    @property
    def path_length(self) -> int | None:
        value = self._value(ExtensionOID.BASIC_CONSTRAINTS)
        return value.path_length if isinstance(value, x509.BasicConstraints) else None

    @property
    def name_constraints(self) -> x509.NameConstraints | None:
        value = self._value(ExtensionOID.NAME_CONSTRAINTS)
        return value if isinstance(value, x509.NameConstraints) else None

    def unknown_extension(self) -> str | None:
        """RFC 5280 4.2: a critical extension that we do not follow makes it useless. Policies we take any of."""
        for oid, each in self._extensions.items():
            value = each.value
            if isinstance(value, x509.PolicyConstraints) and value.require_explicit_policy is not None:
                return "policyConstraints"
            if each.critical and oid not in _UNDERSTOOD:
                return str(oid.dotted_string)
        return None

    def _value(self, oid: x509.ObjectIdentifier) -> x509.ExtensionType | None:
        found = self._extensions.get(oid)
        return found.value if found is not None else None


def name_key(name: x509.Name) -> NameKey:
    """To compare names by (RFC 5280 7.1): no matter the case, the spaces and the kind of string."""
    return tuple(
        frozenset((each.oid.dotted_string, " ".join(str(each.value).casefold().split())) for each in part)
        for part in name.rdns
    )


def _utf8(der: bytes) -> str | None:
    """The text of a short UTF8String."""
    if len(der) < 2 or der[0] != 0x0C or der[1] >= 0x80 or len(der) != 2 + der[1]:
        return None
    return str(der[2:], "utf-8", "replace")
