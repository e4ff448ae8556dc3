"""Blobs of accounts that several users see."""

from pathlib import Path
from typing import Any

import pytest

from tests.blob.conftest import USING
from tests.sharing import Sharing

pytestmark = pytest.mark.rfc("8620", "6.1")


@pytest.fixture
def host(tmp_path: Path) -> Sharing:
    """team is shared with alice, and with bob for reading; bob with alice for reading."""
    return Sharing(tmp_path)


def get(host: Sharing, account: str, blob: str) -> list[Any]:
    answer = host.call("Blob/get", {"accountId": account, "ids": [blob], "properties": ["data"]}, USING)
    return [each["data:asText"] for each in answer["list"]]


def upload(host: Sharing, account: str, text: str) -> str:
    create = {"k": {"data": [{"data:asText": text}]}}
    answer = host.call("Blob/upload", {"accountId": account, "create": create}, USING)
    return str(answer["created"]["k"]["id"])


def test_an_upload_is_its_uploaders_only(host: Sharing) -> None:
    """Unreferenced blobs MUST only be accessible to the uploader, even in shared accounts."""
    blob = upload(host.log_in("alice"), "team", "mine")
    assert get(host, "team", blob) == ["mine"] and get(host, "alice", blob) == []
    assert get(host.log_in("bob"), "team", blob) == []
    assert host.client.get(f"/jmap/download/team/{blob}/x", auth=host.authorization).status_code == 404
    mine = upload(host, "bob", "bob's")
    assert get(host.log_in("alice"), "bob", mine) == []


@pytest.mark.rfc("9404", "4.1")
def test_not_where_one_may_only_read(host: Sharing) -> None:
    error = host.log_in("bob").error("Blob/upload", {"accountId": "team", "create": {}}, USING)
    assert error["type"] == "accountReadOnly"


@pytest.mark.rfc("8620", "6.3")
def test_copy(host: Sharing) -> None:
    """Of an upload and of a part of a message, also out of an account that is only read."""
    host.log_in("alice")
    text = upload(host, "alice", "text")
    answer = host.call("Blob/copy", {"fromAccountId": "alice", "accountId": "team", "blobIds": [text, "Gnone"]})
    assert answer["copied"] == {text: text} and answer["notCopied"]["Gnone"]["type"] == "notFound"
    assert get(host, "team", text) == ["text"]
    error = host.error("Blob/copy", {"fromAccountId": "alice", "accountId": "bob", "blobIds": [text]})
    assert error["type"] == "accountReadOnly"


def test_old_uploads_of_guests_go(host: Sharing) -> None:
    blob = upload(host.log_in("alice"), "team", "mine")
    account: Any = host.app.site.accounts.account("team")
    assert account.uploads.expire() == 0 and get(host, "team", blob) == ["mine"]
    assert account.uploads.expire(2e10) == 1 and get(host, "team", blob) == []
