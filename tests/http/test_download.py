"""Downloading binary data (RFC 8620 6.2)."""

import gzip
import random
from typing import Any

import pytest

DATA = random.Random(1).randbytes(5000)
TEXT = b"some words, again and again\n" * 200


@pytest.mark.rfc("8620", "6.2")
@pytest.mark.parametrize("kind", ["text/html", "text/plain; charset=utf-8", 'a/b;x="y z"', "image/svg+xml", "*/*"])
def test_download_has_the_type_asked_for(http: Any, kind: str) -> None:
    answer = http.open(f"/jmap/download/alice/{http.blob(DATA)}/x", query_string={"type": kind})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Cache-Control"] == "private, immutable, max-age=31536000"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.data == DATA


def test_download_without_type(http: Any) -> None:
    answer = http.open(f"/jmap/download/alice/{http.blob(DATA)}/x")
    assert answer.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "kind",
    [
        "text/html\r\nSet-Cookie: a=b",
        "text/html\n",
        "text",
        "/",
        "text/",
        "a/b c",
        "text/plain;\x00",
        "téxt/plain",
        "a/b;é",
        "x" * 300,
    ],
)
def test_type_that_may_not_stand_in_a_header(http: Any, kind: str) -> None:
    answer = http.open(f"/jmap/download/alice/{http.blob(DATA)}/x", query_string={"type": kind})
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


@pytest.mark.rfc("6266", "4")
@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("report.pdf", 'attachment; filename="report.pdf"'),
        ("", "attachment"),
        ("a%20b.txt", "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt"),
        ("na%C3%AFve.txt", "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt"),
        ("a%2Fb/c", "attachment; filename=\"a/b/c\"; filename*=UTF-8''a%2Fb%2Fc"),
        ("a%22%3B%5Cb", "attachment; filename=\"a_;_b\"; filename*=UTF-8''a%22%3B%5Cb"),
        (
            "a%0D%0ASet-Cookie%3A%20b",
            "attachment; filename=\"a__Set-Cookie: b\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20b",
        ),
        ("%00%ff", "attachment; filename=\"__\"; filename*=UTF-8''%00%EF%BF%BD"),
        ("%E2%82%AC", "attachment; filename=\"_\"; filename*=UTF-8''%E2%82%AC"),
    ],
)
def test_name(http: Any, path: str, header: str) -> None:
    answer = http.open(f"/jmap/download/alice/{http.blob(DATA)}/{path}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == header
    assert "Set-Cookie" not in answer.headers


def test_head_and_conditions(http: Any) -> None:
    path = f"/jmap/download/alice/{http.blob(DATA)}/x"
    head = http.open(path, "HEAD")
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", "5000")
    tag = head.headers["ETag"]
    answer = http.open(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)
    assert http.open(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.rfc("9110", "14.2")
@pytest.mark.parametrize(
    ("given", "status", "content", "told"),
    [
        ("bytes=0-9", 206, DATA[:10], "bytes 0-9/5000"),
        ("bytes=4990-", 206, DATA[4990:], "bytes 4990-4999/5000"),
        ("bytes=-10", 206, DATA[-10:], "bytes 4990-4999/5000"),
        ("bytes=10-99999", 206, DATA[10:], "bytes 10-4999/5000"),
        ("bytes=-99999", 206, DATA, "bytes 0-4999/5000"),
        ("bytes=5000-", 416, None, "bytes */5000"),
        ("bytes=9-1", 200, DATA, None),
        ("bytes=0-1,5-6", 200, DATA, None),
        ("lines=0-1", 200, DATA, None),
        ("rubbish", 200, DATA, None),
    ],
)
def test_ranges(http: Any, given: str, status: int, content: bytes | None, told: str | None) -> None:
    answer = http.open(f"/jmap/download/alice/{http.blob(DATA)}/x", headers={"Range": given})
    assert answer.status_code == status
    assert answer.headers.get("Content-Range") == told
    if content is not None:
        assert answer.data == content
        assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.rfc("9110", "13.1.5")
def test_if_range(http: Any) -> None:
    path = f"/jmap/download/alice/{http.blob(DATA)}/x"
    tag = http.open(path, "HEAD").headers["ETag"]
    for condition, status in ((tag, 206), ('"other"', 200), ("W/" + tag, 200), ("Tue, 15 Nov 1994 08:12:31 GMT", 200)):
        assert http.open(path, headers={"Range": "bytes=0-9", "If-Range": condition}).status_code == status


def test_text_is_compressed_other_things_are_not(http: Any) -> None:
    path = f"/jmap/download/alice/{http.blob(TEXT)}/x"
    accepted = {"Accept-Encoding": "gzip"}
    answer = http.open(path + "?type=text/plain", headers=accepted)
    assert gzip.decompress(answer.data) == TEXT
    assert "Accept-Encoding" in answer.headers["Vary"]
    plain = http.open(path + "?type=text/plain")
    assert plain.headers["ETag"] != answer.headers["ETag"]  # RFC 9110 8.8.3.3: two representations
    known = accepted | {"If-None-Match": answer.headers["ETag"]}
    assert http.open(path + "?type=text/plain", headers=known).status_code == 304
    assert http.open(path + "?type=image/png", headers=accepted).data == TEXT
    part = http.open(path + "?type=text/plain", headers=accepted | {"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, TEXT[:4])


@pytest.mark.parametrize("blob", ["Gnothing", "G" + "0" * 64, "..", "%2e%2e%2fetc%2fpasswd", "%00", "x" * 500])
def test_no_such_blob(http: Any, blob: str) -> None:
    assert http.open(f"/jmap/download/alice/{blob}/x").status_code == 404


def test_name_that_is_too_long(http: Any) -> None:
    assert http.open(f"/jmap/download/alice/{http.blob(DATA)}/{'x' * 1025}").status_code == 400
