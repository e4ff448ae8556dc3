"""Blob/upload: what is refused, and the limits."""

import hashlib
from typing import Any

import pytest

from tests.blob.conftest import USING, Blobs

pytestmark = pytest.mark.rfc("9404", "4.1")
FOX = "The quick brown fox jumped over the lazy dog."


@pytest.mark.parametrize(
    "range", [{"offset": 46}, {"length": 46}, {"offset": 45, "length": 1}, {"offset": 46, "length": 0}]
)
def test_a_range_that_cannot_be_satisfied(blobs: Blobs, range: dict[str, int]) -> None:
    error = blobs.refused({"blobId": blobs.text(FOX), **range})
    assert (error["type"], error["properties"]) == ("invalidProperties", ["data"])


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"data:asText": None},
        {"data:asText": "a", "data:asBase64": "YQ=="},
        {"data:asText": "a", "blobId": "Gx"},
        {"data:asText": "a", "offset": 0},
        {"data:asText": 1},
        {"data:asBase64": "YQ"},
        {"data:asBase64": "Y Q=="},
        {"data:asBase64": "YQ==\n"},
        {"data:asBase64": "YQ==YQ=="},
        {"data:asBase64": "_-8="},
        {"data:asBase64": "=YQ="},
        {"data:asBase64": "YQ==="},
        {"data:asBase64": "Ä==="},
        {"blobId": "no id"},
        {"blobId": "#none"},
        {"blobId": "#k"},
        {"blobId": "Gx", "offset": -1},
        {"blobId": "Gx", "length": "1"},
        {"url": "https://example.org/"},
        "text",
        None,
    ],
)
def test_what_is_no_data_source(blobs: Blobs, source: Any) -> None:
    error = blobs.refused({"data:asText": "fine"}, source)
    assert (error["type"], error["properties"]) == ("invalidProperties", ["data"]) and "data" in error["description"]


@pytest.mark.parametrize(
    ("upload", "name"),
    [
        ({}, "data"),
        ({"data": None}, "data"),
        ({"data": {}}, "data"),
        ({"data": [], "type": 1}, "type"),
        ({"data": [], "x": 1}, "x"),
    ],
)
def test_what_is_no_upload_object(blobs: Blobs, upload: dict[str, Any], name: str) -> None:
    error = blobs.upload({"k": upload})["notCreated"]["k"]
    assert (error["type"], error["properties"]) == ("invalidProperties", [name])


def test_blobs_that_are_not_there(blobs: Blobs) -> None:
    path = blobs.mailhost.deliver("Subject: x\n\nx")
    message = "G" + hashlib.sha256(b"Subject: x\r\n\r\nx").hexdigest()
    for id in ("G" + "0" * 64, "nonsense", message + "_7"):
        error = blobs.refused({"data:asText": "a"}, {"blobId": id})
        assert (error["type"], error["notFound"]) == ("blobNotFound", [id])
    assert blobs.text({"blobId": message}) == message
    path.unlink()
    assert blobs.text({"blobId": message}) == message  # it is an upload by now


def test_one_failure_leaves_the_others(blobs: Blobs) -> None:
    answer = blobs.upload(
        {
            "good": {"data": []},
            "bad": {"data": [{}]},
            "needs": {"data": [{"blobId": "#bad"}]},
            "a": {"data": [{"blobId": "#a"}]},
        }
    )
    assert list(answer["created"]) == ["good"] and sorted(answer["notCreated"]) == ["a", "bad", "needs"]
    assert answer["notCreated"]["needs"]["properties"] == ["data"]


def test_64_sources_and_the_limit(blobs: Blobs) -> None:
    limit = _limits(blobs)["maxDataSources"]
    assert limit >= 64
    fox = blobs.text(FOX)
    each = {"blobId": fox, "offset": 4, "length": 1}
    assert blobs.get(blobs.text(*[each] * limit))[0]["size"] == limit
    assert blobs.refused(*[each] * (limit + 1))["type"] == "tooLarge"


def test_max_size_blob_set(make_mailhost: Any) -> None:
    """Before anything is written, also where small blobs make a huge one; all of a request together is bounded, too."""
    blobs = Blobs(make_mailhost(limits={"max_size_upload": 1000}))
    assert _limits(blobs)["maxSizeBlobSet"] == 1000
    fox = blobs.text("x" * 100)
    assert blobs.get(blobs.text(*[{"blobId": fox}] * 10))[0]["size"] == 1000
    assert blobs.refused(*[{"blobId": fox}] * 11)["type"] == "tooLarge"
    assert blobs.refused({"data:asText": "y" * 1001})["type"] == "tooLarge"
    sources = [{"blobId": fox}] * 6
    answer = blobs.upload({"a": {"data": sources}, "b": {"data": [*sources, {"data:asText": "b"}]}})
    assert list(answer["created"]) == ["a"] and answer["notCreated"]["b"]["type"] == "overQuota"


def test_method_errors(make_mailhost: Any) -> None:
    mailhost = make_mailhost(limits={"max_objects_in_set": 1})
    two = {key: {"data": []} for key in "ab"}
    assert mailhost.error("Blob/upload", {"create": two}, USING)["type"] == "requestTooLarge"
    assert mailhost.error("Blob/upload", {"create": None}, USING)["type"] == "invalidArguments"
    assert mailhost.error("Blob/upload", {"create": {"a": 1}}, USING)["type"] == "invalidArguments"
    assert mailhost.error("Blob/upload", {"create": {}}, USING[:2])["type"] == "unknownMethod"
    assert mailhost.error("Blob/upload", {"accountId": "bob", "create": {}}, USING)["type"] == "accountNotFound"


def _limits(blobs: Blobs) -> dict[str, Any]:
    session = blobs.mailhost.client.get("/.well-known/jmap", auth=blobs.mailhost.authorization).get_json()
    return session["accounts"]["alice"]["accountCapabilities"][USING[2]]
