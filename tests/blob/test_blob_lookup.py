"""Blob/lookup."""

import hashlib
from typing import Any

import pytest

from tests.blob.conftest import BLOB, USING, Blobs
from tests.conftest import CORE

pytestmark = pytest.mark.rfc("9404", "4.3")
TYPES = ["Mailbox", "Thread", "Email"]
NOTHING: dict[str, list[str]] = {name: [] for name in TYPES}
MIXED = (
    b"Subject: Parts\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nText\n--b\n"
    b"Content-Type: message/rfc822\n\nSubject: Inner\n\nInside\n--b--\n"
)


def lookup(blobs: Blobs, *ids: str, names: list[str] | None = None) -> list[dict[str, list[str]]]:
    arguments = {"ids": list(ids), "typeNames": TYPES if names is None else names}
    answer = blobs.mailhost.call("Blob/lookup", arguments, USING)
    assert [each["id"] for each in answer["list"]] == list(ids)
    return [each["matchedIds"] for each in answer["list"]]


def test_a_message_and_its_parts(blobs: Blobs) -> None:
    """Parts belong to their Email, also those of an attached message; with all Mailboxes of the Email."""
    host = blobs.mailhost
    host.deliver(MIXED)
    host.deliver(MIXED, folder="Copies")
    host.deliver("Subject: Another\n\nx")
    message = "G" + hashlib.sha256(MIXED.replace(b"\n", b"\r\n")).hexdigest()
    [email] = host.ids(subject="Parts")
    thread = host.call("Email/get", {"ids": [email], "properties": ["threadId"]})["list"][0]["threadId"]
    boxes = sorted(box["id"] for box in host.call("Mailbox/get", {"ids": None})["list"] if box["totalEmails"])
    expected = {"Email": [email], "Thread": [thread], "Mailbox": boxes}
    parts = [message, f"{message}_1", f"{message}_2", f"{message}_2-1"]
    assert lookup(blobs, *parts) == [expected] * 4
    assert lookup(blobs, message, names=["Email"]) == [{"Email": [email]}]
    assert lookup(blobs, f"{message}_3", f"{message}_2-2", f"{message}_x") == [NOTHING] * 3


def test_what_nothing_refers_to_or_is_not_there(blobs: Blobs) -> None:
    """An empty array for each type, whether there is such a blob or not."""
    assert lookup(blobs, blobs.text("upload"), "not-a-blob", "G" + "0" * 64) == [NOTHING] * 3


def test_an_upload_that_is_a_message_of_the_account(blobs: Blobs) -> None:
    blobs.mailhost.deliver("Subject: x\n\nx")
    [email] = blobs.mailhost.ids()
    assert lookup(blobs, blobs.text("Subject: x\r\n\r\nx"))[0]["Email"] == [email]


def test_creation_id(blobs: Blobs) -> None:
    made, found = blobs.request(
        ("Blob/upload", {"create": {"k": {"data": []}}}), ("Blob/lookup", {"ids": ["#k"], "typeNames": ["Email"]})
    )
    assert found["list"] == [{"id": made["created"]["k"]["id"], "matchedIds": {"Email": []}}]


@pytest.mark.parametrize("name", ["Quota", "Blob", "email", "Nothing", ""])
def test_unknown_data_type(blobs: Blobs, name: str) -> None:
    error = blobs.mailhost.error("Blob/lookup", {"ids": [], "typeNames": ["Email", name]}, USING)
    assert error["type"] == "unknownDataType"


def test_a_type_whose_capability_is_not_used(blobs: Blobs) -> None:
    error = blobs.mailhost.error("Blob/lookup", {"ids": [], "typeNames": ["Email"]}, (CORE, BLOB))
    assert error["type"] == "unknownDataType"


@pytest.mark.parametrize("arguments", [{"ids": None}, {"ids": ["no id"]}, {"typeNames": None}, {"typeNames": "Email"}])
def test_errors(blobs: Blobs, arguments: dict[str, Any]) -> None:
    error = blobs.mailhost.error("Blob/lookup", {"ids": [], "typeNames": []} | arguments, USING)
    assert error["type"] == "invalidArguments"


def test_too_many(make_mailhost: Any) -> None:
    host = make_mailhost(limits={"max_objects_in_get": 1})
    error = host.error("Blob/lookup", {"ids": ["Ga", "Gb"], "typeNames": []}, USING)
    assert error["type"] == "requestTooLarge"


@pytest.mark.rfc("9404", "3.1")
def test_capability(blobs: Blobs) -> None:
    session = blobs.mailhost.client.get("/.well-known/jmap", auth=blobs.mailhost.authorization).get_json()
    assert session["capabilities"][BLOB] == {}
    account = session["accounts"]["alice"]["accountCapabilities"][BLOB]
    assert (
        account["supportedTypeNames"] == TYPES
        and account["maxSizeBlobSet"] == session["capabilities"][CORE]["maxSizeUpload"]
    )
    assert set(account) == {"maxSizeBlobSet", "maxDataSources", "supportedTypeNames", "supportedDigestAlgorithms"}
