"""CMS SignedData (RFC 5652 5) as plain values, read with bounds: hostile octets cost little, raise Malformed only."""

from dataclasses import dataclass
from typing import Any

from asn1crypto import algos, cms, core, x509

from jmapd.formats.smime.shape import Malformed, first_element

MAX_CERTIFICATES = 1000
MAX_SIGNERS = 16
MAX_ATTRIBUTES = 64  # of one signer

_ATTRIBUTES_SET = b"\x31"  # RFC 5652 5.4: signed attributes are signed as an explicit SET OF


@dataclass(frozen=True, slots=True)
class Algorithm:
    """How a signature is made; `name`: rsa, pss, ecdsa, ed25519, ed448, or what else was said."""

    name: str
    digest: str = ""  # as hashlib names it
    mask_digest: str = ""
    salt: int = 0


@dataclass(frozen=True, slots=True)
class SignerInfo:
    """RFC 5652 5.3. `attributes`: the octets that are signed, None where the content itself is."""

    identifier: Any  # (issuer, serial number) or a key identifier
    digest: str
    algorithm: Algorithm
    signature: bytes
    attributes: bytes | None
    message_digest: bytes | None
    content_type: str | None


@dataclass(frozen=True, slots=True)
class SignedData:
    """`content` is None where the signature is detached."""

    content_type: str
    content: bytes | None
    certificates: list[bytes]
    signers: list[SignerInfo]


def read_signed_data(data: bytes) -> SignedData:
    """Raises Malformed."""
    data = first_element(data)
    try:
        return _signed_data(cms.ContentInfo.load(data))
    except Malformed:
        raise
    except Exception as error:  # the parser raises nearly anything for octets that are no CMS
        raise Malformed("it is no CMS SignedData") from error


def _signed_data(info: Any) -> SignedData:
    if info["content_type"].native != "signed_data":
        raise Malformed("it is no CMS SignedData")
    signed = info["content"]
    encapsulated = signed["encap_content_info"]
    content = encapsulated["content"]
    given = signed["certificates"]
    if len(given) > MAX_CERTIFICATES:
        raise Malformed(f"it has more than {MAX_CERTIFICATES} certificates")
    if len(signed["signer_infos"]) > MAX_SIGNERS:
        raise Malformed(f"it has more than {MAX_SIGNERS} signers")
    return SignedData(
        encapsulated["content_type"].dotted,
        None if isinstance(content, core.Void) else bytes(content),
        [each.chosen.dump() for each in given if each.name == "certificate"],
        [_signer(each) for each in signed["signer_infos"]],
    )


def _signer(info: Any) -> SignerInfo:
    attributes = info["signed_attrs"]
    digest = info["digest_algorithm"]["algorithm"].native
    values: dict[str, list[Any]] = {}
    octets = None
    if not isinstance(attributes, core.Void):
        if len(attributes) > MAX_ATTRIBUTES:
            raise Malformed(f"it has more than {MAX_ATTRIBUTES} signed attributes")
        for each in attributes:
            values.setdefault(each["type"].dotted, []).extend(each["values"])
        octets = _explicit(attributes)
    return SignerInfo(
        _identifier(info["sid"]),
        digest,
        _algorithm(info["signature_algorithm"], digest),
        info["signature"].native,
        octets,
        _only(values, "1.2.840.113549.1.9.4", "native"),
        _only(values, "1.2.840.113549.1.9.3", "dotted"),
    )


def _explicit(attributes: Any) -> bytes:
    octets: bytes = attributes.dump()
    if octets[1] == 0x80:  # indefinite length: made anew in DER
        octets = attributes.dump(force=True)
    return _ATTRIBUTES_SET + octets[1:]


def _only(values: dict[str, list[Any]], oid: str, form: str) -> Any:
    """RFC 5652 11: these attributes have one value each."""
    found = values.get(oid, [])
    if len(found) > 1:
        raise Malformed("a signed attribute is there more than once")
    return getattr(found[0], form) if found else None


def _identifier(sid: Any) -> Any:
    if sid.name == "issuer_and_serial_number":
        return sid.chosen["issuer"], sid.chosen["serial_number"].native
    return sid.chosen.native


def _algorithm(given: Any, digest: str) -> Algorithm:
    oid = given["algorithm"].native
    if oid == "rsassa_pss":
        parameters = given["parameters"]
        mask = parameters["mask_gen_algorithm"]
        if mask["algorithm"].native != "mgf1":
            return Algorithm("an unknown mask")
        return Algorithm(
            "pss",
            parameters["hash_algorithm"]["algorithm"].native,
            mask["parameters"]["algorithm"].native,
            parameters["salt_length"].native,
        )
    if oid in ("ed25519", "ed448"):
        return Algorithm(oid)
    try:
        name = algos.SignedDigestAlgorithm({"algorithm": oid}).signature_algo
    except ValueError:
        return Algorithm(str(oid))
    said = given.hash_algo if "_" in oid and oid != "rsassa_pkcs1v15" else digest
    return Algorithm({"rsassa_pkcs1v15": "rsa"}.get(name, name), said)


def is_issuer(name: Any, certificate: bytes) -> bool:
    """Whether an issuer name of a signer identifier is that of a certificate (RFC 5280 7.1)."""
    try:
        return bool(x509.Certificate.load(certificate).issuer == name)
    except Exception:  # as above
        return False
