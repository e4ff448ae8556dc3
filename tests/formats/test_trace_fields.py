"""What delivery writes on top of a message (RFC 5321 4.4), and how it knows loops (6.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.message.trace_fields import LONGEST_HEADER, delivered_to, for_delivery, hops

pytestmark = pytest.mark.rfc("5321", "4.4")
TOP = b"Return-Path: <s@example.com>\nDelivered-To: r@example.org\n"


def made(data: bytes) -> bytes:
    return for_delivery(data, "s@example.com", "r@example.org")


@pytest.mark.parametrize(
    ("data", "rest"),
    [
        (b"Subject: a\n\nText\n", b"Subject: a\n\nText\n"),
        (b"Return-Path: <x@example.com>\nSubject: a\n\nText\n", b"Subject: a\n\nText\n"),
        (b"Subject: a\nRETURN-PATH :\n <x@example.com>\n\ty\nTo: b\n\nText\n", b"Subject: a\nTo: b\n\nText\n"),
        (b"Subject: a\n\nReturn-Path: text\n", b"Subject: a\n\nReturn-Path: text\n"),
        (b"X-Return-Path: a\n\nText\n", b"X-Return-Path: a\n\nText\n"),
        (b"From someone Thu Jan  1 00:00:00 1970\nSubject: a\n\nText\n", b"Subject: a\n\nText\n"),
        (b"From : a@example.com\n\nText\n", b"From : a@example.com\n\nText\n"),
        (b"Only text\n", b"\nOnly text\n"),
        (b"\nOnly text\n", b"\nOnly text\n"),
        (b"", b""),
        (b"Subject: no end", b"Subject: no end"),
    ],
)
def test_one_return_path_on_top(data: bytes, rest: bytes) -> None:
    assert made(data) == TOP + rest


def test_line_ends_as_in_the_message() -> None:
    data = b"Return-Path: <x@example.com>\r\nSubject: a\r\n\r\nText\r\n"
    assert made(data) == TOP.replace(b"\n", b"\r\n") + b"Subject: a\r\n\r\nText\r\n"


def test_the_null_sender() -> None:
    assert for_delivery(b"A: b\n\n", "", "r").startswith(b"Return-Path: <>\nDelivered-To: r\n")


@pytest.mark.parametrize("bad", ["a\nBcc: x", "a\r\n\r\nbody", "a>b", "\0a", "a\x7f"])
def test_an_envelope_adds_no_other_fields(bad: str) -> None:
    lines = for_delivery(b"A: b\n\n", bad, bad).split(b"\n")
    assert [line.partition(b":")[0] for line in lines] == [b"Return-Path", b"Delivered-To", b"A", b"", b""]


def test_an_address_that_is_not_ascii() -> None:
    assert "Delivered-To: jürgen@example.org\n".encode() in for_delivery(b"A: b\n\n", "", "jürgen@example.org")
    assert b"Delivered-To: \xff@example.org\n" in for_delivery(b"A: b\n\n", "", "\udcff@example.org")


@pytest.mark.rfc("5321", "6.3")
def test_delivered_to_is_read_from_the_header_only() -> None:
    data = b"delivered-to: A@Example.org \r\nSubject: a\r\nDelivered-To: b\r\n\r\nDelivered-To: c\r\n"
    assert delivered_to(data) == ["a@example.org", "b"]
    assert delivered_to(made(b"A: b\n\n")) == ["r@example.org"]


@pytest.mark.rfc("5321", "6.3")
def test_hops() -> None:
    assert hops(b"Received: a\nX: y\nreceived: b\n\nReceived: c\n") == 2


def test_a_header_without_end_costs_little() -> None:
    data = b"Return-Path: <\n" + b" x\n" * LONGEST_HEADER + b"Delivered-To: late\n\n"
    assert delivered_to(data) == [] and hops(data) == 0
    assert made(data).startswith(TOP)


@given(st.binary(max_size=300))
def test_any_octets(data: bytes) -> None:
    assert made(data).startswith((TOP, TOP.replace(b"\n", b"\r\n")))
    assert "r@example.org" in delivered_to(made(data))
