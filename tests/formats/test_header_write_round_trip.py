"""What was written in a form reads back in it: by header_forms.py, and by Python's own reader as a second opinion."""

import email
import re
from datetime import datetime
from email.header import decode_header, make_header
from email.utils import getaddresses
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jmapd.formats.message.encoded_words import nfc
from jmapd.formats.message.header_forms import FORMS
from jmapd.formats.message.header_lines import LINE
from jmapd.formats.message.header_write import field

pytestmark = pytest.mark.rfc("8621", "4.1.2")

# control characters are refused; a byte order mark is lost in decoding
CHARACTERS = st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff")
ODD = st.sampled_from(["=?utf-8?q?a?=", "=?", "?=", '"', "\\", ",", ";", ":", "<", ">", "(", ")", "@", ".", "  ", "\t"])
TEXT = st.lists(st.one_of(CHARACTERS, ODD, st.text("ab é日", max_size=90)), max_size=40).map("".join)
ADDRESS = st.fixed_dictionaries({"name": st.none() | TEXT, "email": TEXT | st.just("a@example.org")})
NAMES = st.sampled_from(["X", "To", "Subject", "X-" + "x" * 60, "X-" + "x" * 100])
WORDS = st.lists(st.text("abcäöü日本.!", min_size=1, max_size=40), min_size=1, max_size=12).map(" ".join)


def read(whole: bytes, form: str) -> Any:
    return FORMS[form](whole[whole.index(b":") + 1 : -2].replace(b"\r\n", b"\n"))


def check_lines(whole: bytes) -> None:
    """RFC 5322 2.1.1 and 2.2.3, RFC 2047 2."""
    assert whole.endswith(b"\r\n")
    for number, line in enumerate(whole.decode()[:-2].split("\r\n")):
        assert len(line.encode()) <= 998 and "\r" not in line and "\n" not in line
        assert line.strip(" \t") and (number == 0) == (line[0] not in " \t")
        words = re.findall(r"=\?utf-8\?[bq]\?\S*?\?=", line)
        assert all(len(word) <= 75 for word in words) and (not words or len(line) <= LINE)
        if len(line) > LINE:  # there was no other place to fold
            assert len(line.split()) <= 2


def without_tabs(text: str) -> str:
    """Encoded words hold no control characters."""
    return text.replace("\t", " ")


@given(NAMES, TEXT)
@example("Subject", "a =?utf-8?q?a?= b")
@example("Subject", "é" + " " * 100 + "é")
@example("Subject", "\t")
@example("Subject", "x" * 2000)
def test_text(name: str, text: str) -> None:
    whole = field(name, "asText", text)
    check_lines(whole)
    assert without_tabs(read(whole, "asText")) == nfc(without_tabs(text))


def same_address(given: dict[str, Any]) -> dict[str, Any]:
    name = nfc(without_tabs(given["name"] or "").strip()).strip() or None
    return {"name": name, "email": given["email"].strip()}


def answered(addresses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**address, "name": address["name"] and without_tabs(address["name"])} for address in addresses]


@given(NAMES, st.lists(ADDRESS, min_size=1, max_size=5))
@example("To", [{"name": None, "email": "\u3000"}])
@example("To", [{"name": None, "email": '"'}, {"name": "(", "email": "(a)"}])
def test_addresses(name: str, addresses: list[dict[str, Any]]) -> None:
    whole = field(name, "asAddresses", addresses)
    for line in whole.split(b"\r\n"):
        assert len(line) <= 998
    assert answered(read(whole, "asAddresses")) == [same_address(address) for address in addresses]


GROUP = st.fixed_dictionaries({"name": st.none() | TEXT, "addresses": st.lists(ADDRESS, max_size=3)})


@given(st.lists(GROUP, min_size=1, max_size=4))
def test_groups(groups: list[dict[str, Any]]) -> None:
    expected: list[dict[str, Any]] = []
    for group in groups:
        name = same_address({"name": group["name"], "email": ""})["name"]
        members = [same_address(address) for address in group["addresses"]]
        if name is None and expected and expected[-1]["name"] is None:
            expected[-1]["addresses"] += members  # consecutive mailboxes in no group are collected
        elif name is not None or members:
            expected.append({"name": name, "addresses": members})
    whole = field("To", "asGroupedAddresses", groups)
    found = read(whole, "asGroupedAddresses") if whole else []
    names = [group["name"] and without_tabs(group["name"]) for group in found]
    assert names == [group["name"] for group in expected]
    assert [answered(group["addresses"]) for group in found] == [group["addresses"] for group in expected]


@given(
    NAMES,
    st.lists(CHARACTERS.filter(lambda c: not c.isspace() and c not in "<>"), min_size=1),
)
def test_message_ids_and_urls(name: str, characters: list[str]) -> None:
    ids = ["".join(characters), "a@example.org", "(c)@example.org"]
    for form in ("asMessageIds", "asURLs"):
        whole = field(name, form, ids)
        check_lines(whole)
        assert read(whole, form) == ids


@given(st.datetimes(min_value=datetime(1900, 1, 2)), st.integers(-1439, 1439))
def test_dates(moment: Any, zone: int) -> None:
    offset = "Z" if not zone else f"{'-' if zone < 0 else '+'}{abs(zone) // 60:02}:{abs(zone) % 60:02}"
    value = moment.replace(microsecond=0).isoformat() + offset
    if moment.year <= 9998:
        assert read(field("Date", "asDate", value), "asDate") == value


@given(WORDS, st.lists(st.tuples(WORDS, st.sampled_from(["a@example.org", "b.c@example.org"])), min_size=1, max_size=5))
def test_python_reads_the_same(text: str, people: list[tuple[str, str]]) -> None:
    addresses = [{"name": name, "email": address} for name, address in people]
    data = field("Subject", "asText", text) + field("To", "asAddresses", addresses)
    message = email.message_from_bytes(data + b"\r\n")
    subject, to = (message[name].replace("\r\n", "") for name in ("subject", "to"))
    assert str(make_header(decode_header(subject))) == text
    found = [(str(make_header(decode_header(name))), address) for name, address in getaddresses([to])]
    assert found == people
