"""Blob/get."""

import base64
import hashlib
from typing import Any

import pytest

from tests.blob.conftest import USING, Blobs

pytestmark = pytest.mark.rfc("9404", "4.2")
FOX = "The quick brown fox jumped over the lazy dog."
BROKEN = {"data:asBase64": "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wZWQgb3ZlciB0aGUggYEgZG9nLg=="}


def without_id(blobs: Blobs, id: str, *properties: str, **arguments: Any) -> dict[str, Any]:
    [found] = blobs.get(id, properties=list(properties) or None, **arguments)
    assert found.pop("id") == id
    return found


def test_the_first_example(blobs: Blobs) -> None:
    fox = blobs.text(FOX)
    properties = ["data:asText", "digest:sha", "size"]
    first, second = blobs.request(
        ("Blob/get", {"ids": [fox, "not-a-blob"], "properties": properties}),
        ("Blob/get", {"ids": [fox], "properties": [*properties, "digest:sha-256"], "offset": 4, "length": 9}),
    )
    assert first == {
        "accountId": "alice",
        "list": [{"id": fox, "data:asText": FOX, "digest:sha": "wIVPufsDxBzOOALLDSIFKebu+U4=", "size": 45}],
        "notFound": ["not-a-blob"],
    }
    assert second["list"] == [
        {
            "id": fox,
            "data:asText": "quick bro",
            "digest:sha": "QiRAPtfyX8K6tm1iOAtZ87Xj3Ww=",
            "digest:sha-256": "gdg9INW7lwHK6OQ9u0dwDz2ZY/gubi0En0xlFpKt0OA=",
            "size": 45,
        }
    ]


def test_the_second_example(blobs: Blobs) -> None:
    """Encoding problems and ranges; data:asText is null where it has no value, as the text says."""
    b1, b2 = blobs.text(BROKEN), blobs.text("hello world")
    encoded, problem = BROKEN["data:asBase64"], {"isEncodingProblem": True, "data:asText": None}
    assert without_id(blobs, b1) == problem | {"data:asBase64": encoded, "size": 43}
    assert without_id(blobs, b2) == {"data:asText": "hello world", "size": 11}
    assert without_id(blobs, b1, "data:asText", "size") == problem | {"size": 43}
    assert without_id(blobs, b1, "data:asBase64", "size") == {"data:asBase64": encoded, "size": 43}
    assert without_id(blobs, b1, offset=0, length=5) == {"data:asText": "The q", "size": 43}
    assert without_id(blobs, b1, offset=20, length=100) == problem | {
        "isTruncated": True,
        "data:asBase64": "anVtcGVkIG92ZXIgdGhlIIGBIGRvZy4=",
        "size": 43,
    }
    assert without_id(blobs, b2, offset=20, length=100) == {"isTruncated": True, "data:asText": "", "size": 11}


@pytest.mark.parametrize(
    ("offset", "length", "is_truncated"),
    [
        (None, None, False),
        (0, 45, False),
        (0, 46, True),
        (45, None, False),
        (45, 0, False),
        (45, 1, True),
        (46, None, True),
        (46, 0, True),
        (2**53 - 1, 2**53 - 1, True),
    ],
)
def test_is_truncated(blobs: Blobs, offset: int | None, length: int | None, is_truncated: bool) -> None:
    found = without_id(blobs, blobs.text(FOX), "size", offset=offset, length=length)
    assert found == {"size": 45} | ({"isTruncated": True} if is_truncated else {})


def test_a_character_that_is_cut(blobs: Blobs) -> None:
    id = blobs.text("aéb")
    assert without_id(blobs, id, "data", length=3) == {"data:asText": "aé"}
    for offset, length in ((0, 2), (2, 2)):
        found = without_id(blobs, id, "data", offset=offset, length=length)
        assert found["isEncodingProblem"] is True and found["data:asText"] is None
        assert base64.b64decode(found["data:asBase64"]) == "aéb".encode()[offset : offset + length]


@pytest.mark.parametrize("content", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", "\ufffe".encode(), b"\xf5\x80\x80\x80"])
def test_what_no_i_json_string_can_hold(blobs: Blobs, content: bytes) -> None:
    encoded = base64.b64encode(content).decode()
    found = without_id(blobs, blobs.text({"data:asBase64": encoded}), "data")
    assert found == {"data:asText": None, "data:asBase64": encoded, "isEncodingProblem": True}


def test_every_control_character_is_text(blobs: Blobs) -> None:
    content = bytes(range(128)).decode() + "\u2028\r\n\0"
    assert without_id(blobs, blobs.text(content), "data:asText") == {"data:asText": content}


def test_all_digests(blobs: Blobs) -> None:
    """Those that the capability names, of the range."""
    session = blobs.mailhost.client.get("/.well-known/jmap", auth=blobs.mailhost.authorization).get_json()
    names = session["accounts"]["alice"]["accountCapabilities"][USING[2]]["supportedDigestAlgorithms"]
    assert names == ["sha-256", "sha-512", "sha", "md5"]
    found = without_id(blobs, blobs.text(FOX), *(f"digest:{name}" for name in names), offset=4, length=5)
    for name in names:
        expected = hashlib.new({"sha": "sha1"}.get(name, name.replace("-", "")), b"quick").digest()
        assert base64.b64decode(found[f"digest:{name}"]) == expected


def test_id_alone_and_flags_when_asked_for(blobs: Blobs) -> None:
    id = blobs.text("x")
    assert blobs.get(id, properties=[]) == blobs.get(id, properties=["id"]) == [{"id": id}]
    assert without_id(blobs, id, "isTruncated", "isEncodingProblem") == {
        "isTruncated": False,
        "isEncodingProblem": False,
    }


def test_each_blob_once(blobs: Blobs) -> None:
    id = blobs.text("x")
    assert len(blobs.get(id, id)) == 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"ids": None}, "invalidArguments"),
        ({}, "invalidArguments"),
        ({"ids": ["no id"]}, "invalidArguments"),
        ({"ids": [], "properties": ["name"]}, "invalidArguments"),
        ({"ids": [], "properties": ["digest:crc"]}, "invalidArguments"),
        ({"ids": [], "properties": ["digest:"]}, "invalidArguments"),
        ({"ids": [], "offset": -1}, "invalidArguments"),
        ({"ids": [], "length": "1"}, "invalidArguments"),
        ({"ids": [f"G{n}" for n in range(4097)]}, "requestTooLarge"),
    ],
)
def test_errors(blobs: Blobs, arguments: dict[str, Any], error: str) -> None:
    assert blobs.mailhost.error("Blob/get", arguments, USING)["type"] == error


def test_a_large_message_in_ranges(blobs: Blobs) -> None:
    """Of more than one piece, line ends made anew: the ranges are those of the wire form."""
    lines = [b"%07d" % number for number in range(200_000)]
    blobs.mailhost.deliver(b"Subject: large\n\n" + b"\n".join(lines))
    wire = b"Subject: large\r\n\r\n" + b"\r\n".join(lines)
    id = "G" + hashlib.sha256(wire).hexdigest()
    assert without_id(blobs, id, "size", "digest:sha-256") == {
        "size": len(wire),
        "digest:sha-256": base64.b64encode(hashlib.sha256(wire).digest()).decode(),
    }
    for offset in (0, 15, 999_999, 1_048_575, 1_048_576, 1_179_655, len(wire) - 7):
        found = without_id(blobs, id, "data:asText", offset=offset, length=20)
        assert found["data:asText"].encode() == wire[offset : offset + 20]


def test_the_answers_of_a_request_are_bounded(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jmapd.datatypes.blob.blob_get.MAX_ANSWER", 100)
    id = blobs.text("x" * 60)
    calls = [["Blob/get", {"accountId": "alice", "ids": [id]}, str(number)] for number in range(2)]
    first, second = blobs.mailhost.request(calls, USING)
    assert first[0] == "Blob/get" and second[1]["type"] == "requestTooLarge"
    assert without_id(blobs, id, "size", "digest:sha")["size"] == 60
