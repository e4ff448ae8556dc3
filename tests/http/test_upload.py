"""Uploading binary data (RFC 8620 6.1)."""

import random
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

DATA = random.Random(1).randbytes(5000)
TEXT = b"some words, again and again\n" * 200


@pytest.mark.rfc("8620", "6.1")
@pytest.mark.parametrize(
    "kind",
    [
        "image/png",
        "application/json; charset=utf-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ],
)
def test_upload(http: Any, kind: str) -> None:
    answer = http.upload(DATA, kind)
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    document = answer.get_json()
    assert document == {"accountId": "alice", "blobId": document["blobId"], "type": kind, "size": len(DATA)}
    assert http.open(f"/jmap/download/alice/{document['blobId']}/x").data == DATA


def test_upload_without_type_or_content(http: Any) -> None:
    answer = http.open("/jmap/upload/alice/", "POST").get_json()
    assert (answer["type"], answer["size"]) == ("application/octet-stream", 0)
    assert http.open(f"/jmap/download/alice/{answer['blobId']}/x").data == b""


def test_same_content_same_blob(http: Any) -> None:
    assert http.blob(DATA) == http.blob(DATA) != http.blob(TEXT)


def test_chunked_upload(http: Any) -> None:
    environ = {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
        "CONTENT_LENGTH": None,
        "wsgi.input": BytesIO(DATA),
    }
    assert http.upload(b"", environ=environ).get_json()["size"] == len(DATA)


@pytest.mark.rfc("8620", "3.6.1")
def test_too_large(make_http: Callable[..., Any]) -> None:
    http = make_http(limits={"max_size_upload": 4999})
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "CONTENT_LENGTH": None}
    for environ in ({}, chunked | {"wsgi.input": BytesIO(DATA)}):
        answer = http.upload(DATA, environ=environ)
        assert answer.status_code == 413
        assert answer.get_json()["type"] == "urn:ietf:params:jmap:error:limit"
        assert answer.get_json()["limit"] == "maxSizeUpload"
    assert http.upload(DATA[:4999]).status_code == 200


def test_upload_that_ends_early_leaves_nothing(http: Any) -> None:
    answer = http.upload(DATA, environ={"CONTENT_LENGTH": "6000"})
    assert answer.status_code == 400
    kept = [path for path in Path(http.host.config.paths.state_dir).rglob("*") if path.is_file()]
    assert not [path for path in kept if DATA[:100] in path.read_bytes()]


def test_too_many_uploads_at_a_time(make_http: Callable[..., Any]) -> None:
    http = make_http(limits={"max_concurrent_upload": 1})
    inside, go_on, answers = threading.Event(), threading.Event(), []

    class Slow(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            inside.set()
            go_on.wait(20)
            return super().read(size)

    environ = {"wsgi.input": Slow(DATA), "CONTENT_LENGTH": str(len(DATA))}
    first = threading.Thread(target=lambda: answers.append(http.upload(b"", environ=environ)))
    first.start()
    assert inside.wait(20)
    second, other = http.upload(DATA), http.api()
    go_on.set()
    first.join()
    assert second.status_code == 429
    assert second.get_json()["limit"] == "maxConcurrentUpload"
    assert other.status_code == 200  # a slow upload holds up nothing else
    assert answers[0].get_json()["size"] == len(DATA)


@pytest.mark.parametrize("account", ["bob", "", "alice%2F..", "x" * 300])
def test_unknown_account(http: Any, account: str) -> None:
    for answer in (
        http.open(f"/jmap/upload/{account}/", "POST", data=b"x"),
        http.open(f"/jmap/download/{account}/{http.blob(DATA)}/x"),
    ):
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"
