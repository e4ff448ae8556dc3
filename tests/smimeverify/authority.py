"""Certificates made for a test, and messages signed with them by the openssl command, which is not our code."""

import base64
import datetime
import hashlib
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LONG_AGO, FAR_AWAY = datetime.datetime(2001, 1, 1), datetime.datetime(2090, 1, 1)
MORE = (
    "To: bob@example.org\r\nSubject: Signed\r\nMessage-ID: <1@example.org>\r\nDate: Tue, 1 Jul 2025 10:00:00 +0000\r\n"
)
BODY = "Content-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\nfrom Alice\r\n"
USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
          "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip


@cache
def key(kind: str, number: int = 0) -> Any:
    """A private key; the same each time, as making one takes long."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:] or 2048))
    return ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(ec.SECP256R1())


def usage(*allowed: str) -> x509.KeyUsage:
    """keyUsage with these bits."""
    return x509.KeyUsage(**{name: name in allowed for name in USAGES})


@dataclass
class Holder:
    """Who has a certificate, and with `is_ca` may issue others."""

    certificate: x509.Certificate
    key: Any
    issuer: "Holder | None" = None

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return bytes(self.key.private_bytes(*kind))

    def chain(self) -> list["Holder"]:
        """Its issuers, without the root."""
        found, each = [], self.issuer
        while each is not None and each.issuer is not None:
            found.append(each)
            each = each.issuer
        return found

    def issue(self, email: str | None = "alice@example.org", **more: Any) -> "Holder":
        """A certificate for somebody who writes mail."""
        names = more.pop("names", [x509.RFC822Name(email)] if email else [])
        extensions = [(x509.SubjectAlternativeName(names), False)] if names else []
        return issued(more.pop("name", "Alice"), self, [*extensions, *more.pop("extensions", [])], **more)

    def authority(self, name: str, path_length: int | None = None, **more: Any) -> "Holder":
        """An issuer under this one."""
        return authority(name, self, path_length, **more)


def issued(
    name: str,
    issuer: Holder | None,
    extensions: list[tuple[x509.ExtensionType, bool]],
    kind: str = "ec",
    number: int = 0,
    since: datetime.datetime = LONG_AGO,
    until: datetime.datetime = FAR_AWAY,
    subject: list[x509.NameAttribute[str]] | None = None,
) -> Holder:
    """A certificate; without an issuer, one signed by itself."""
    own = key(kind, number)
    signing = issuer.key if issuer else own
    title = x509.Name(subject or [x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(title)
        .issuer_name(issuer.certificate.subject if issuer else title)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False)
    )
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, is_critical)
    is_edwards = isinstance(signing, ed25519.Ed25519PrivateKey)
    return Holder(builder.sign(signing, None if is_edwards else hashes.SHA256()), own, issuer)


def authority(
    name: str = "Test CA",
    issuer: Holder | None = None,
    path_length: int | None = None,
    extensions: Any = (),
    may_issue: bool = True,
    number: int | None = None,
    **more: Any,
) -> Holder:
    """An issuer of certificates, a root unless it has an issuer itself."""
    constraints = x509.BasicConstraints(ca=may_issue, path_length=path_length if may_issue else None)
    number = sum(name.encode()) if number is None else number
    return issued(name, issuer, [(constraints, True), *extensions], number=number, **more)


def for_mail(*purposes: Any) -> tuple[x509.ExtensionType, bool]:
    """extKeyUsage."""
    return x509.ExtendedKeyUsage(purposes or [ExtendedKeyUsageOID.EMAIL_PROTECTION]), False


def signed(
    *signers: Holder,
    body: str = BODY,
    sender: str | None = "Alice <alice@example.org>",
    options: tuple[str, ...] = (),
    command: str = "cms",
    extra: tuple[Holder, ...] = (),
    with_chain: bool = True,
) -> bytes:
    """A message in wire form, signed by the openssl command."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "body").write_bytes(body.encode())
        arguments = ["openssl", command, "-sign", "-binary", "-in", str(path / "body")]
        others = [*(each for one in signers if with_chain for each in one.chain()), *extra]
        for number, signer in enumerate(signers):
            (path / f"{number}.pem").write_bytes(signer.pem)
            (path / f"{number}.key").write_bytes(signer.key_pem)
            arguments += ["-signer", str(path / f"{number}.pem"), "-inkey", str(path / f"{number}.key")]
        if others:
            (path / "others").write_bytes(b"".join(each.pem for each in others))
            arguments += ["-certfile", str(path / "others")]
        found = subprocess.run([*arguments, *options], capture_output=True, check=False)
        assert found.returncode == 0, found.stderr.decode()
    head = f"From: {sender}\r\n" if sender else ""
    return (head + MORE).encode() + found.stdout.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def by_hand(signer: Holder, content: bytes = BODY.encode(), digest: str = "sha256", **more: Any) -> cms.SignerInfo:
    """A SignerInfo that openssl would not make. `sign`: what signs the attributes; `attributes`: others than usual."""
    usual = [
        {"type": "content_type", "values": ["data"]},
        {"type": "message_digest", "values": [hashlib.new(digest, content).digest()]},
    ]
    attributes = cms.CMSAttributes([cms.CMSAttribute(each) for each in more.get("attributes", usual)])
    own = asn1_x509.Certificate.load(signer.der)
    name = {"issuer": own.issuer, "serial_number": own.serial_number}
    return cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": cms.IssuerAndSerialNumber(name)}),
            "digest_algorithm": {"algorithm": digest},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": more.get("algorithm", f"{digest}_ecdsa")},
            "signature": more.get("sign", partial(_by_curve, signer, digest))(attributes.dump()),
        }
    )


def _by_curve(signer: Holder, digest: str, data: bytes) -> bytes:
    return bytes(signer.key.sign(data, ec.ECDSA(getattr(hashes, digest.upper())())))


def opaque(*infos: cms.SignerInfo, certificates: tuple[Holder, ...], content: bytes = BODY.encode()) -> bytes:
    """A message whose whole content is the CMS object with these signers."""
    signed_data = {
        "version": "v1",
        "digest_algorithms": [],
        "encap_content_info": {"content_type": "data", "content": content},
        "certificates": [asn1_x509.Certificate.load(each.der) for each in certificates],
        "signer_infos": list(infos),
    }
    return enclosed(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed_data)}).dump())


def enclosed(der: bytes, sender: str = "alice@example.org", kind: str = "; smime-type=signed-data") -> bytes:
    """A message of type application/pkcs7-mime."""
    head = f"From: {sender}\r\n{MORE}MIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime{kind}\r\n"
    body = base64.encodebytes(der).replace(b"\n", b"\r\n")
    return head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + body


@cache
def root() -> Holder:
    return authority()


@cache
def alice(kind: str = "ec") -> Holder:
    return root().issue(kind=kind)
