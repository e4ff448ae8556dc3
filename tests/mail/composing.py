"""Email/set create for tests: makes one, and shows it from every side."""

import hashlib
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

TEXT = {"textBody": [{"partId": "t", "type": "text/plain"}], "bodyValues": {"t": {"value": "Some text.\n"}}}


def create(host: Any, **properties: Any) -> dict[str, Any]:
    """The "created" answer; a refusal fails the test."""
    answer = host.call("Email/set", {"create": {"k": record(host, **properties)}})
    assert answer["notCreated"] is None, answer["notCreated"]
    created: dict[str, Any] = answer["created"]["k"]
    return created


def refused(host: Any, **properties: Any) -> dict[str, Any]:
    """The SetError; nothing may be left of the Email."""
    before = files(host)
    answer = host.call("Email/set", {"create": {"k": record(host, **properties)}})
    assert answer["created"] is None and answer["oldState"] == answer["newState"]
    assert files(host) == before
    error: dict[str, Any] = answer["notCreated"]["k"]
    return error


def record(host: Any, **properties: Any) -> dict[str, Any]:
    """With the Inbox where no mailboxIds are given."""
    return {"mailboxIds": {host.mailbox("Inbox"): True}} | properties


def files(host: Any) -> list[str]:
    """All files of the Maildir, tmp/ included."""
    return sorted(str(path) for path in host.root.rglob("*") if path.is_file())


def wire(host: Any, created: dict[str, Any]) -> bytes:
    """The message as it is downloaded, after comparing it with the file and the answer."""
    url = f"/jmap/download/alice/{created['blobId']}/x?type=message/rfc822"
    data: bytes = host.client.get(url, auth=host.authorization).get_data()
    assert len(data) == created["size"] and created["blobId"] == "G" + hashlib.sha256(data).hexdigest()
    stored = [path.read_bytes() for path in host.root.rglob("cur/*")]
    assert data in [each.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for each in stored]
    return data


def blob(host: Any, blob_id: str) -> bytes:
    """Its content."""
    answer = host.client.get(f"/jmap/download/alice/{blob_id}/x?type=text/plain", auth=host.authorization)
    assert answer.status_code == 200
    data: bytes = answer.get_data()
    return data


def upload(host: Any, content: bytes, type: str = "application/octet-stream") -> str:
    """The blobId."""
    answer = host.client.post("/jmap/upload/alice/", data=content, content_type=type, auth=host.authorization)
    blob_id: str = answer.get_json()["blobId"]
    return blob_id


def stdlib(data: bytes) -> EmailMessage:
    """The message as another program reads it."""
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def get(host: Any, created: dict[str, Any], *properties: str, **arguments: Any) -> dict[str, Any]:
    """The Email/get record."""
    asked = {"ids": [created["id"]], "properties": list(properties) or None, "fetchAllBodyValues": True} | arguments
    [found] = host.call("Email/get", asked)["list"]
    email: dict[str, Any] = found
    return email


def shape(part: dict[str, Any]) -> Any:
    """A bodyStructure as nested lists of types."""
    if part.get("subParts") is None:
        return part["type"]
    return [part["type"], *map(shape, part["subParts"])]


def lines(data: bytes) -> list[bytes]:
    """Of a message in wire form."""
    return data.split(b"\r\n")
