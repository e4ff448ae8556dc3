"""Encrypts a message for one device (RFC 8291: aes128gcm of RFC 8188, one record)."""

import os

from cryptography.hazmat.primitives.asymmetric.ec import ECDH, SECP256R1, EllipticCurvePublicKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD = 4096  # octets; RFC 8291 4: what a push service must take
OVERHEAD = 86 + 17  # header; end mark and tag
MAX_PLAIN = RECORD - OVERHEAD


def encrypted(message: bytes, public_key: bytes, secret: bytes) -> bytes:
    """`public_key`: p256dh, an uncompressed point; `secret`: auth. Raises ValueError."""
    if len(message) > MAX_PLAIN:
        raise ValueError(f"longer than {MAX_PLAIN} octets")
    theirs = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)
    ours = generate_private_key(SECP256R1())
    point = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = ours.exchange(ECDH(), theirs)
    material = _derived(shared, secret, b"WebPush: info\0" + public_key + point, 32)
    salt = os.urandom(16)
    key = _derived(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(material, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD.to_bytes(4, "big") + bytes([len(point)]) + point
    return header + AESGCM(key).encrypt(nonce, message + b"\x02", None)


def _derived(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(material)
