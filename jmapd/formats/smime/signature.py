"""Signatures of all kinds that S/MIME and its certificates use, verified (RFC 8551 2.2, RFC 5280 4.1.1.3)."""

from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

from jmapd.formats.smime.cms import Algorithm

MIN_RSA, MAX_RSA = 1024, 8192  # bits; RFC 8551 4.2 and a bound for the time that one takes
MAX_EXPONENT = 64  # bits; likewise

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha3_224": hashes.SHA3_224(),
    "sha3_256": hashes.SHA3_256(),
    "sha3_384": hashes.SHA3_384(),
    "sha3_512": hashes.SHA3_512(),
}
# From when on a digest is not good enough: RFC 6151 took MD5 away, RFC 8551 SHA-1. What was received before was sound.
_WEAK_SINCE = {
    "md5": int(datetime(2011, 3, 1, tzinfo=UTC).timestamp()),
    "sha1": int(datetime(2019, 4, 1, tzinfo=UTC).timestamp()),
}

Key = object
Scheme = padding.AsymmetricPadding | ec.EllipticCurveSignatureAlgorithm | None  # None: as the key says


class Unsupported(Exception):
    """The algorithm or the key is none that we verify; the text names it."""


def is_weak(digest: str, moment: int) -> bool:
    """Whether signatures with that digest count for nothing at that moment (seconds since 1970)."""
    return moment >= _WEAK_SINCE.get(digest, moment + 1)


def scheme_of(algorithm: Algorithm) -> Scheme:
    """Raises Unsupported."""
    if algorithm.name == "rsa":
        return padding.PKCS1v15()
    if algorithm.name == "pss" and algorithm.salt >= 0:
        return padding.PSS(padding.MGF1(hash_of(algorithm.mask_digest)), algorithm.salt)
    if algorithm.name == "ecdsa":
        return ec.ECDSA(hash_of(algorithm.digest))
    if algorithm.name in ("ed25519", "ed448"):
        return None
    raise Unsupported(f"the signature algorithm {algorithm.name[:60]!r} is not supported")


def hash_of(name: str) -> hashes.HashAlgorithm:
    """Raises Unsupported."""
    if name not in _HASHES:
        raise Unsupported(f"the digest algorithm {name[:60]!r} is not supported")
    return _HASHES[name]


def is_valid(
    key: Key, scheme: Scheme, digest: Callable[[], hashes.HashAlgorithm], signature: bytes, signed: bytes
) -> bool:
    """`digest` is asked for RSA only. Raises Unsupported, also for a key that is of another kind than the scheme."""
    try:
        if isinstance(key, rsa.RSAPublicKey) and isinstance(scheme, padding.AsymmetricPadding):
            if not MIN_RSA <= key.key_size <= MAX_RSA:
                raise Unsupported(f"an RSA key of {key.key_size} bits is not supported")
            if key.public_numbers().e.bit_length() > MAX_EXPONENT:
                raise Unsupported("an RSA key with so large an exponent is not supported")
            key.verify(signature, signed, scheme, digest())
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(scheme, ec.EllipticCurveSignatureAlgorithm):
            key.verify(signature, signed, scheme)
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey) and scheme is None:
            key.verify(signature, signed)
        else:
            raise Unsupported("the kind of key is not supported, or another than the signature's")
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError, TypeError, OverflowError) as error:
        raise Unsupported("the signature algorithm is not supported") from error
    return True
