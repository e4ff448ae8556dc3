"""Modified UTF-7 of mailbox names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.modified_utf7 import decode, encode

pytestmark = pytest.mark.rfc("3501", "5.1.3")


@pytest.mark.parametrize(
    ("coded", "name"),
    [
        ("INBOX", "INBOX"),
        ("&-", "&"),
        ("A&-B", "A&B"),
        ("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),
        ("Entw&APw-rfe", "Entwürfe"),
        ("&2D3eGg-", "\U0001f61a"),
    ],
)
def test_names(coded: str, name: str) -> None:
    assert encode(name) == coded
    assert decode(coded) == name


@pytest.mark.parametrize("coded", ["&", "a&b", "ä", "&AP-", "&A-", "&AAAA", "&2D0-", "a\x01", "&AP w-"])
def test_what_is_none(coded: str) -> None:
    with pytest.raises(ValueError, match="."):
        decode(coded)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_there_and_back(name: str) -> None:
    coded = encode(name)
    assert coded.isascii() and coded.isprintable()
    assert decode(coded) == name
