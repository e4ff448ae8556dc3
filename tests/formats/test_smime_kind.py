"""Which messages are S/MIME at all (RFC 8551 3.9), as the index sees it: nothing is verified."""

import base64
from typing import Any

import pytest

from jmapd.formats.message.summary import summarise
from jmapd.formats.smime.verify import examine

pytestmark = [pytest.mark.rfc("9219", "4.1"), pytest.mark.rfc("8551", "3.9")]

SIGNED = "3080 0609 2a864886f70d010702 a080"
ENVELOPED = "3082 0123 0609 2a864886f70d010703 a082"
ENCRYPTED = "3082 0123 0609 2a864886f70d010706 a082"
AUTHENTICATED = "3080 060b 2a864886f70d0109100117 a080"
COMPRESSED = "3080 060b 2a864886f70d0109100109 a080"


def cms(octets: str, type: str = "application/pkcs7-mime") -> bytes:
    body = base64.encodebytes(bytes.fromhex(octets.replace(" ", "")) + bytes(100)).decode()
    return f"From: a@example.org\nContent-Type: {type}\nContent-Transfer-Encoding: base64\n\n{body}".encode()


def multipart(kind: str, *parts: str) -> str:
    inner = "".join(f"--b{len(kind)}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="b{len(kind)}"\n\n{inner}--b{len(kind)}--\n'


TEXT = "Content-Type: text/plain\n\nhello\n"
SIGNATURE = "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx\n"
PGP = "Content-Type: application/pgp-signature\n\nx\n"
WHOLE = multipart("signed", TEXT, SIGNATURE)
ATTACHED = f"Content-Type: message/rfc822\n\nSubject: inner\n{WHOLE}"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (cms(SIGNED), "signed"),
        (cms(SIGNED, "application/x-pkcs7-mime; smime-type=signed-data"), "signed"),
        (cms(SIGNED, "application/pkcs7-mime; smime-type=enveloped-data"), "signed"),  # the content knows better
        (cms(SIGNED, "application/pkcs7-mime; smime-type=certs-only"), "unknown"),
        (cms(SIGNED, "application/pkcs7-mime; name=smime.p7c"), "unknown"),
        (cms(SIGNED, "application/octet-stream; name=smime.p7m"), "signed"),
        (cms(SIGNED, "application/octet-stream; name=smime.bin"), None),
        (cms(COMPRESSED, "application/octet-stream; name=smime.P7Z"), "unknown"),
        (cms(ENVELOPED), None),
        (cms(ENCRYPTED), None),
        (cms(AUTHENTICATED), None),
        (cms(COMPRESSED), "unknown"),
        (cms("00"), "unknown"),
        (cms("00", "application/pkcs7-mime; smime-type=signed-data"), "signed"),
        (cms("00", "application/pkcs7-mime; smime-type=enveloped-data"), None),
        (cms("00", "application/octet-stream; name=smime.p7m"), None),
        (WHOLE.encode(), "signed"),
        (multipart("signed", TEXT, SIGNATURE.replace("pkcs7", "x-pkcs7")).encode(), "signed"),
        (multipart("signed", TEXT, PGP).encode(), "unknown"),
        (multipart("signed", TEXT).encode(), "unknown"),
        (multipart("mixed", WHOLE, TEXT).encode(), "signed"),
        (multipart("mixed", multipart("signed", TEXT, PGP), WHOLE).encode(), "signed"),
        (multipart("mixed", TEXT, multipart("signed", TEXT, PGP)).encode(), "unknown"),
        (multipart("mixed", TEXT, SIGNATURE).encode(), None),
        (multipart("mixed", TEXT, cms(SIGNED, "application/pkcs7-mime; name=x.p7c").decode()).encode(), None),
        (multipart("mixed", TEXT, ATTACHED).encode(), None),
        (ATTACHED.encode(), None),
        (TEXT.encode(), None),
        (b"", None),
    ],
)
def test_kinds(raw: bytes, kind: str | None) -> None:
    record: dict[str, Any] = summarise(raw).record
    assert record.get("smime") == kind
    assert "smime" not in record or kind is not None  # plain messages have nothing of it in the index
    found = examine(raw)
    assert (found is None) == (kind is None)


@pytest.mark.parametrize("name", ["Multipart/Signed; PROTOCOL=Application/PKCS7-Signature; boundary=b6"])
def test_the_protocol_says_it_where_the_signature_is_missing(name: str) -> None:
    raw = WHOLE.replace('multipart/signed; boundary="b6"', name).replace("application/pkcs7-signature", "text/plain")
    assert summarise(raw.encode()).record["smime"] == "signed"
