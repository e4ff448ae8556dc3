"""Real S/MIME messages: what they are, and that their signatures fit their octets, though nobody here trusts them."""

from pathlib import Path

import pytest

from jmapd.formats.smime.trust import Trust
from jmapd.formats.smime.verify import Examination, examine

pytestmark = pytest.mark.rfc("9219", "4.1")

UNTRUSTED = "does not lead to an issuer that this server trusts"
NOVEMBER_2019 = 1_574_800_000
EXPECTED = {  # under eml/: the errors at a time when the certificates were valid; None: no signature to be seen
    "notmuch/pkcs7/smime-onepart-signed.eml": [UNTRUSTED],
    "notmuch/protected-headers/smime-multipart-signed.eml": [UNTRUSTED],
    "notmuch/protected-headers/smime-onepart-signed.eml": [UNTRUSTED],
    "notmuch/protected-headers/smime-sign+enc+legacy-disp.eml": None,
    "notmuch/protected-headers/smime-enc+legacy-disp.eml": None,
    "nextcloud-mail/encrypted-message.eml": None,
    "kmime/x-pkcs7.eml": None,
    "james/mailet/eml/bad_crypted.eml": None,
    "james/mailet/eml/mail_with_bad_signature.eml": [
        "The message was changed after it was signed",
        "SHA1",
        UNTRUSTED,
        "From address",
    ],
    "mailcore2-parser/mbox/jwz/106.eml": ["an RSA key of 512 bits is not supported", "SHA1", UNTRUSTED],
    "mailcore2-parser/mbox/jwz/118.eml": ["SHA1", UNTRUSTED],
}


def examined(corpora: Path, name: str) -> Examination | None:
    path = corpora / "eml" / name
    if not path.exists():
        pytest.skip(f"JMAPD_CORPORA: no {name}")
    return examine(path.read_bytes())


@pytest.mark.parametrize("name", EXPECTED)
def test_known_messages(corpora: Path, name: str) -> None:
    found, expected = examined(corpora, name), EXPECTED[name]
    if expected is None:
        assert found is None
        return
    assert found is not None
    verdict = found.verdict(Trust(()), NOVEMBER_2019 if "notmuch" in name else 2**31)
    assert verdict.status == "signed/failed" and len(verdict.errors) == len(expected)
    for text, part in zip(verdict.errors, expected, strict=True):
        assert part in text


def test_who_trusts_the_signer_of_a_real_message_sees_it_verified(corpora: Path) -> None:
    for name in ("smime-multipart-signed.eml", "smime-onepart-signed.eml"):
        found = examined(corpora, f"notmuch/protected-headers/{name}")
        assert found is not None
        assert found.verdict(Trust(found.pool.certificates), NOVEMBER_2019).status == "signed/verified"


def test_every_message_has_a_verdict(corpora: Path) -> None:
    paths = [path for path in corpora.rglob("*") if path.is_file() and path.stat().st_size < 1_000_000]
    kinds = [found.kind for path in paths if (found := examine(path.read_bytes())) is not None]
    assert {"signed", "unknown"} <= set(kinds) and len(kinds) > 50
