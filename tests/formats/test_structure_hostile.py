"""Messages made to cost time or memory: the work is bounded, and nothing that can be told apart is lost."""

import pytest

from jmapd.formats.message import body, structure
from jmapd.formats.message.structure import MAX_DEPTH, MAX_HEADERS, MAX_PARTS, Part, parse
from jmapd.formats.message.summary import summarise

pytestmark = pytest.mark.rfc("8621", "4.1.4")


def count(root: Part) -> int:
    return sum(1 for _ in root.walk())


def test_many_parts() -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\n\n"
    assert count(parse(head + b"--b\n\nx\n" * 5_000)) == 5_001
    raw = head + b"--b\n\nx\n" * 50_000
    root = parse(raw)
    assert count(root) <= MAX_PARTS + 1
    assert root.children[-1].end == len(raw)
    assert len(summarise(raw).texts["body"]) > 5_000


def test_parts_without_any_blank_line() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nA: b\n" * 9_000 + b"x" * 2_000_000
    assert count(parse(raw)) == 9_001


def test_deep_nesting() -> None:
    raw = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(1000)) + b"\nx"
    root = parse(raw)
    assert count(root) == MAX_DEPTH + 2
    *_, last = root.walk()
    assert last.type == "application/octet-stream"
    assert last.number == ".".join("1" * (MAX_DEPTH + 1))
    assert last.stored().endswith(b"x")
    body.body_lists(root)
    summarise(raw)


def test_messages_in_messages() -> None:
    raw = b"Content-Type: message/rfc822\n\n" * 1000 + b"Subject: x\n\ny"
    assert count(parse(raw)) == 1
    assert summarise(raw).texts["attachments"] == ""
    cyclic = b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
    assert structure.locate(cyclic * 50, "-".join(["1"] * 21)) is None
    summarise(cyclic * 500)


def test_many_header_fields() -> None:
    assert len(parse(b"X-A: b\n" * 9_000 + b"\nx").headers) == 9_000
    root = parse(b"X-A: b\n" * 100_000 + b"\nx")
    assert len(root.headers) == MAX_HEADERS
    assert root.stored() == b"x"
    root = parse(b"".join(b"X-%d: b\n" % i for i in range(100_000)) + b"\nx")
    assert len(summarise(root.raw).header_names) == MAX_HEADERS


def test_a_header_field_of_many_folds() -> None:
    root = parse(b"A: b\n" + b" c\n" * 500_000 + b"B: d\n\nx")
    assert [name for name, _ in root.headers] == ["A", "B"]


@pytest.mark.parametrize("before", [b"Subject: ", b"To: ", b"References: ", b"Content-Type: ", b"Subject: x\n\n", b""])
def test_a_line_of_fifty_megabytes(before: bytes) -> None:
    raw = before + b"x" * 50_000_000
    found = summarise(raw)
    assert found.size == len(raw) + before.count(b"\n")
    assert len(found.texts["body"]) <= 256 * 1024


def test_lines_that_look_like_boundaries() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + b"--bx\n" * 1_000_000
    assert count(parse(raw)) == 2
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=%s\n\n--%s\n" % (b"b" * i, b"b" * i) for i in range(60, 0, -1)
    )
    parse(nested + b"--" + b"bx\n--" * 300_000)


def test_stray_lines_in_a_header() -> None:
    raw = b"A: b\n" + b"stray\nC: d\n" * 100_000 + b"\nx"
    assert len(parse(raw).headers) == MAX_HEADERS


def test_a_megabyte_of_encoded_words_and_a_hundred_thousand_addresses() -> None:
    raw = b"Subject: " + b"=?utf-8?q?=C3=A4?=\n " * 50_000 + b"\nTo: " + b"a@b.example,\n " * 50_000 + b"\n\nx"
    record = summarise(raw).record
    assert record["subject"].startswith("ä" * 40_000)
    assert len(record["to"]) == 50_000


def test_many_references() -> None:
    raw = b"Message-ID: <x@y>\nReferences: " + b"".join(b"<%d@y>\n " % i for i in range(50_000)) + b"\n\nx"
    found = summarise(raw)
    assert len(found.record["references"]) == 50_000
    assert len(found.thread_keys) == 111
