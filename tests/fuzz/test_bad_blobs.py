"""Bad input of Blob/* and Email/parse: blobs of others, blobs that are not there, values that make no sense."""

from typing import Any

import pytest

from tests.fuzz.refusals import LONG, is_invalid, refused
from tests.fuzz.world import MISSING_BLOB, World

pytestmark = [pytest.mark.rfc("9404", "4.1"), pytest.mark.rfc("8620", "6.3")]
SOURCES: list[Any] = [
    *(5, None, "text", {}, {"a": {"data:asText": "x"}}, ["x"], [None], [{}], [{"data:asText": 5}], [{"colour": 1}]),
    *([{"data:asText": "x", "data:asBase64": "eA=="}], [{"data:asBase64": "!"}], [{"data:asBase64": "eA"}]),
    *([{"data:asText": "x", "length": 1}], [{"blobId": 5}], [{"blobId": ""}], [{"blobId": LONG}], [{"blobId": "#x"}]),
]


@pytest.mark.parametrize("data", SOURCES, ids=lambda each: str(each)[:40])
def test_upload(world: World, data: Any) -> None:
    is_invalid(refused(world, "Blob/upload", {"create": {"k": {"data": data}}}), "data")


@pytest.mark.parametrize(
    "more", [{"offset": -1}, {"offset": 10**9}, {"length": 10**9}, {"length": 2**53 - 1, "offset": 1}, {"offset": "1"}]
)
def test_ranges(world: World, more: dict[str, Any]) -> None:
    source = {"blobId": world.blobs[0]} | more
    is_invalid(refused(world, "Blob/upload", {"create": {"k": {"data": [source]}}}), "data")


def test_blobs_of_others_and_of_nobody(world: World) -> None:
    for blob in [*world.foreign, MISSING_BLOB, MISSING_BLOB + "_1_1", "G0"]:
        error = refused(world, "Blob/upload", {"create": {"k": {"data": [{"blobId": blob}]}}})
        assert (error["type"], error["notFound"]) == ("blobNotFound", [blob])
        got, found, parsed = world.ask(
            ["Blob/get", {"accountId": "alice", "ids": [blob]}],
            ["Blob/lookup", {"accountId": "alice", "typeNames": ["Email"], "ids": [blob]}],
            ["Email/parse", {"accountId": "alice", "blobIds": [blob]}],
        )
        assert (got["list"], got["notFound"]) == ([], [blob])
        assert found["notFound"] == [blob] or all(not any(each["matchedIds"].values()) for each in found["list"])
        assert (parsed["parsed"], parsed["notFound"]) == (None, [blob])


def test_copies(world: World) -> None:
    before = world.disk()
    for source, blobs in (("team", world.foreign[1:]), ("library", [MISSING_BLOB, "G0", world.blobs[0]])):
        args = {"accountId": "alice", "fromAccountId": source, "blobIds": blobs}
        [answer] = world.ask(["Blob/copy", args])
        assert answer["copied"] is None
        assert {error["type"] for error in answer["notCopied"].values()} == {"notFound"}
        assert answer["notCopied"].keys() == set(blobs)
    [answer] = world.ask(["Blob/copy", {"accountId": "alice", "fromAccountId": "bob", "blobIds": world.foreign[2:]}])
    assert answer["type"] == "fromAccountNotFound"
    assert world.disk() == before


def test_a_blob_that_vanishes_in_between(world: World) -> None:
    upload = world.upload(b"soon gone")
    (world.folder / "state" / "alice" / "blobs" / upload).unlink()
    error = refused(world, "Blob/upload", {"create": {"k": {"data": [{"blobId": upload}]}}})
    assert error["type"] == "blobNotFound"
    id, blob = world.ids["Email"][0], next(blob for blob in world.blobs if world.ids["Email"][0][1:] in blob)
    _, got, parsed = world.ask(
        ["Email/set", {"accountId": "alice", "destroy": [id]}],
        ["Blob/get", {"accountId": "alice", "ids": [blob]}],
        ["Email/parse", {"accountId": "alice", "blobIds": [blob]}],
    )
    assert (got["notFound"], parsed["notFound"]) == ([blob], [blob])


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("Blob/get", {"ids": "x"}),
    ("Blob/get", {"ids": [LONG]}),
    ("Blob/get", {"ids": ["../x"]}),
    ("Blob/get", {"ids": [], "properties": ["colour"]}),
    ("Blob/get", {"ids": [], "properties": ["digest:none"]}),
    ("Blob/get", {"ids": [], "offset": -1}),
    ("Blob/lookup", {"ids": [], "typeNames": "Email"}),
    ("Blob/lookup", {"ids": 5, "typeNames": ["Email"]}),
    ("Email/parse", {"blobIds": ["../x"]}),
    ("Email/parse", {"blobIds": [LONG]}),
    ("Email/parse", {"blobIds": [], "properties": ["header:X:asText\x00"]}),
    ("Email/parse", {"blobIds": [], "bodyProperties": [LONG]}),
    ("Email/parse", {"blobIds": [], "maxBodyValueBytes": 2**53}),
]


@pytest.mark.parametrize(("method", "arguments"), WRONG, ids=lambda each: str(each)[:40])
def test_arguments(world: World, method: str, arguments: dict[str, Any]) -> None:
    body = b'{"using":["urn:ietf:params:jmap:mail","urn:ietf:params:jmap:blob"],"methodCalls":[]}'
    assert world.post(body).status_code == 200
    if arguments.get("maxBodyValueBytes"):
        whole = b'[["Email/parse",{"accountId":"alice","blobIds":[],"maxBodyValueBytes":9007199254740992},"0"]]'
        assert world.post(body.replace(b"[]", whole)).status_code == 400  # RFC 7493 2.2
        return
    [answer] = world.ask([method, {"accountId": "alice"} | arguments])
    assert answer["type"] == "invalidArguments"


def test_types_that_cannot_be_looked_up(world: World) -> None:
    for name in ("Nothing", "email", "", LONG):
        [answer] = world.ask(["Blob/lookup", {"accountId": "alice", "typeNames": [name], "ids": []}])
        assert answer["type"] == "unknownDataType"
