"""Forms of header fields (RFC 8621 4.1.2) other than addresses and dates."""

import pytest

from jmapd.formats.message.header_forms import FORMS, as_message_ids, as_raw, as_text, as_urls, is_allowed


@pytest.mark.rfc("8621", "4.1.2.1")
@pytest.mark.parametrize(
    ("value", "raw"),
    [
        (b" a", " a"),
        (b"", ""),
        (b" a\n b", " a\r\n b"),
        (b" a\r\n\tb", " a\r\n\tb"),
        (b" \xc3\xa4\xff", " ä\ufffd"),
        (b" a\0b", " ab"),
        (b" =?utf-8?q?a?=", " =?utf-8?q?a?="),
    ],
)
def test_raw(value: bytes, raw: str) -> None:
    assert as_raw(value) == raw


@pytest.mark.rfc("8621", "4.1.2.2")
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b" Hello", "Hello"),
        (b"   two  spaces ", "two  spaces "),
        (b" a\r\n b\n\tc", "a b\tc"),
        (b"\n =?utf-8?q?a?=\n =?utf-8?q?b?=", "ab"),
        (b" \xff x", "\ufffd x"),
        (b" a\0b", "ab"),
        (b" e\xcc\x81", "é"),
        (b"", ""),
    ],
)
def test_text(value: bytes, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.rfc("8621", "4.1.2.5")
@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (b" <a@b>", ["a@b"]),
        (b" <a@b>\r\n <c@d>", ["a@b", "c@d"]),
        (b"<a@b><c@d>", ["a@b", "c@d"]),
        (b" (first) <a@b> (one (nested) two) <c@d>", ["a@b", "c@d"]),
        (b" < a@b >", ["a@b"]),
        (b" <a@\r\n b>", ["a@b"]),
        (b" <a(1)@b>", ["a(1)@b"]),
        (b' <"x y"@[192.0.2.1]>', ['"xy"@[192.0.2.1]']),
        (b" Your message of Monday <a@b>", ["a@b"]),
        (b" <no-at-sign>", ["no-at-sign"]),
        (b" (<c@d>) <a@b>", ["a@b"]),
        (b" ((( <a@b>", ["a@b"]),
        (b" a@b", None),
        (b" <>", None),
        (b"", None),
    ],
)
def test_message_ids(value: bytes, ids: list[str] | None) -> None:
    assert as_message_ids(value) == ids


@pytest.mark.rfc("8621", "4.1.2.7")
@pytest.mark.rfc("2369", "2")
@pytest.mark.parametrize(
    ("value", "urls"),
    [
        (b" <mailto:list@example.org>", ["mailto:list@example.org"]),
        (
            b" <https://example.org/>, <mailto:a@example.org> (by mail)",
            ["https://example.org/", "mailto:a@example.org"],
        ),
        (b" (use this)\r\n <https://example.org/a\r\n b>", ["https://example.org/ab"]),
        (b" <https://example.org/> more, <https://example.org/2>", ["https://example.org/"]),
        (b" <https://example.org/>, junk, <https://example.org/2>", ["https://example.org/"]),
        (b" NO", None),
        (b" https://example.org/", None),
        (b" <https://example.org", None),
        (b" <>", None),
        (b" (never ends <https://example.org/>", None),
    ],
)
def test_urls(value: bytes, urls: list[str] | None) -> None:
    assert as_urls(value) == urls


@pytest.mark.rfc("8621", "4.1.2")
def test_forms_by_header_field() -> None:
    def forms(name: str) -> set[str]:
        return {form for form in FORMS if is_allowed(name, form)}

    assert forms("Subject") == {"asRaw", "asText"}
    assert forms("COMMENTS") == forms("keywords") == {"asRaw", "asText"}
    assert forms("From") == forms("resent-reply-to") == {"asRaw", "asAddresses", "asGroupedAddresses"}
    assert forms("In-Reply-To") == forms("Resent-Message-ID") == {"asRaw", "asMessageIds"}
    assert forms("Date") == forms("Resent-Date") == {"asRaw", "asDate"}
    assert forms("List-Post") == forms("List-Archive") == {"asRaw", "asURLs"}
    assert forms("Return-Path") == forms("Received") == {"asRaw"}
    assert forms("List-Id") == forms("X-Anything") == forms("Delivered-To") == set(FORMS)


@pytest.mark.rfc("8621", "4.1.2")
def test_hostile_values_finish() -> None:
    for piece in (b"(", b"<", b"((<", b'"', b"\\", b"<a@b>(", b"=?", b",", b"\n ", b"<(", b":;", b"@,"):
        value = piece * (50_000 // len(piece))
        for form in FORMS.values():
            form(value)


@pytest.mark.rfc("8621", "4.1.2")
def test_a_field_without_measure_is_parsed_in_part() -> None:
    value = b"a@b.example, " * 200_000
    assert 50_000 < len(FORMS["asAddresses"](value)) < 100_000
    assert len(as_raw(value)) == len(value)
