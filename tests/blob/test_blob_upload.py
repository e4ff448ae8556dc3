"""Blob/upload."""

import hashlib

import pytest

from tests.blob.conftest import USING, Blobs

pytestmark = pytest.mark.rfc("9404", "4.1")
FOX = "The quick brown fox jumped over the lazy dog."


def test_what_is_answered(blobs: Blobs) -> None:
    answer = blobs.upload({"1": {"data": [{"data:asBase64": "AAEC/w=="}], "type": "image/png"}})
    id = "G" + hashlib.sha256(b"\0\1\2\xff").hexdigest()
    assert answer == {
        "accountId": "alice",
        "created": {"1": {"id": id, "type": "image/png", "size": 4}},
        "notCreated": None,
    }


def test_no_source_makes_an_empty_blob(blobs: Blobs) -> None:
    created = blobs.upload({"e": {"data": []}})["created"]["e"]
    assert created["size"] == 0 and created["type"] == "application/octet-stream"
    assert blobs.get(created["id"]) == [{"id": created["id"], "data:asText": "", "size": 0}]


def test_the_example_of_4_1_2(blobs: Blobs) -> None:
    cat = [
        {"data:asText": "How"},
        {"blobId": "#b4", "length": 7, "offset": 3},
        {"data:asText": "was t"},
        {"blobId": "#b4", "length": 1, "offset": 1},
        {"data:asBase64": "YXQ/"},
    ]
    first, second, got = blobs.request(
        ("Blob/upload", {"create": {"b4": {"data": [{"data:asText": FOX}]}}}),
        ("Blob/upload", {"create": {"cat": {"data": cat}}}),
        ("Blob/get", {"properties": ["data:asText", "size"], "ids": ["#cat"]}),
    )
    assert first["created"]["b4"]["size"] == 45 and second["created"]["cat"]["size"] == 19
    id = second["created"]["cat"]["id"]
    assert got["list"] == [{"id": id, "data:asText": "How quick was that?", "size": 19}]


def test_references_within_a_call_in_any_order(blobs: Blobs) -> None:
    answer = blobs.upload(
        {
            "c": {"data": [{"blobId": "#b"}, {"blobId": "#a"}]},
            "b": {"data": [{"blobId": "#a"}, {"data:asText": "b"}]},
            "a": {"data": [{"data:asText": "a"}]},
        }
    )
    assert answer["notCreated"] is None
    assert blobs.get(answer["created"]["c"]["id"])[0]["data:asText"] == "aba"


def test_created_ids_of_the_request(blobs: Blobs) -> None:
    """Beside what the client gave; what failed has none."""
    old = blobs.text("old")
    answer = blobs.mailhost.client.post(
        "/jmap/api/",
        json={
            "using": list(USING),
            "createdIds": {"o": old},
            "methodCalls": [
                [
                    "Blob/upload",
                    {
                        "accountId": "alice",
                        "create": {"n": {"data": [{"blobId": "#o"}]}, "x": {"data": [{"blobId": "#none"}]}},
                    },
                    "0",
                ]
            ],
        },
        auth=blobs.mailhost.authorization,
    ).get_json()
    assert answer["createdIds"] == {"o": old, "n": old}


def test_a_later_method_uses_it(blobs: Blobs) -> None:
    """RFC 9404 4.1: the blobId can be used via back-reference in subsequent method calls."""
    message = "Subject: Made of parts\n\nText\n"
    made, parsed = blobs.request(
        ("Blob/upload", {"create": {"m": {"data": [{"data:asText": message}]}}}),
        ("Email/parse", {"blobIds": ["#m", "#none"], "properties": ["subject"]}),
    )
    assert parsed["parsed"] == {made["created"]["m"]["id"]: {"subject": "Made of parts"}}
    assert parsed["notFound"] == ["#none"]


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [(None, None, FOX), (0, None, FOX), (40, None, " dog."), (45, None, ""), (0, 0, ""), (45, 0, ""), (4, 5, "quick")],
)
def test_ranges(blobs: Blobs, start: int | None, length: int | None, expected: str) -> None:
    fox = blobs.text(FOX)
    assert blobs.get(blobs.text({"blobId": fox, "offset": start, "length": length}))[0]["data:asText"] == expected


def test_null_is_as_if_it_were_not_there(blobs: Blobs) -> None:
    data = [{"data:asText": "a", "data:asBase64": None, "blobId": None, "offset": None, "length": None}]
    assert blobs.upload({"k": {"data": data, "type": None}})["created"]["k"]["size"] == 1


def test_parts_and_messages_are_sources(blobs: Blobs) -> None:
    blobs.mailhost.deliver("Subject: x\nContent-Transfer-Encoding: base64\n\nSGVsbG8=\n")
    blob = blobs.mailhost.call("Email/get", {"ids": blobs.mailhost.ids(), "properties": ["blobId", "textBody"]})[
        "list"
    ][0]
    id = blobs.text({"blobId": blob["textBody"][0]["blobId"], "length": 4}, {"blobId": blob["blobId"], "length": 12})
    assert blobs.get(id)[0]["data:asText"] == "HellSubject: x\r\n"
