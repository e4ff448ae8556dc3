"""A disk that is full when a call's changes are committed: each record says so, and nothing is left of them."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from jmapd.index.journal import Journal
from tests.conftest import MailHost
from tests.mail.composing import upload
from tests.sharing import Sharing

pytestmark = pytest.mark.rfc("8620", "5.3")
TEXT = "Subject: {}\nMessage-ID: <{}@example.org>\n\nText.\n"


@pytest.fixture
def is_full(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Commits that still go well, once there is a number in it."""
    left: list[int] = []
    append = Journal.append

    def full(journal: Journal, first: int, changes: list[Any]) -> None:
        if left and any(change[0] == "Email" for change in changes):
            if not left[0]:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            left[0] -= 1
        append(journal, first, changes)

    monkeypatch.setattr(Journal, "append", full)
    return left


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def to_import(mailhost: MailHost) -> dict[str, Any]:
    """Two uploads, as Email/import takes them."""
    blobs = [upload(mailhost, TEXT.format(name, name).encode()) for name in "ab"]
    return {blob: {"blobId": blob, "mailboxIds": {mailhost.mailbox("Inbox"): True}} for blob in blobs}


def test_set(mailhost: MailHost, is_full: list[int]) -> None:
    for name in ("One", "Two"):
        mailhost.deliver(TEXT.format(name, name))
    inbox, (two, one) = mailhost.mailbox("Inbox"), mailhost.ids()
    before, state = files(mailhost.root), mailhost.call("Email/get", {"ids": []})["state"]
    is_full.append(0)
    call = {
        "create": {"c": {"mailboxIds": {inbox: True}, "subject": "New"}, "wrong": {"mailboxIds": {}}},
        "update": {one: {"keywords/$flagged": True}},
        "destroy": [two, "Mnone"],
    }
    answer, echo = mailhost.request(
        [["Email/set", {"accountId": "alice", **call}], ["Email/get", {"accountId": "alice", "ids": ["#c"]}]]
    )
    assert answer[0] == "Email/set", answer
    answer = answer[1]
    assert [answer[name] for name in ("created", "updated", "destroyed")] == [None] * 3
    types = {
        kind: {key: error["type"] for key, error in answer[kind].items()}
        for kind in ("notCreated", "notUpdated", "notDestroyed")
    }
    assert types == {
        "notCreated": {"c": "overQuota", "wrong": "invalidProperties"},
        "notUpdated": {one: "overQuota"},
        "notDestroyed": {two: "overQuota", "Mnone": "notFound"},
    }
    assert echo[1]["list"] == []
    assert answer["newState"] == answer["oldState"] == state
    assert files(mailhost.root) == before
    is_full.clear()
    assert mailhost.call("Email/set", call)["destroyed"] == [two]


@pytest.mark.rfc("8621", "4.8")
def test_import_of_two_batches(mailhost: MailHost, is_full: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """What was committed stays and is told; the others say why they are not there."""
    monkeypatch.setattr("jmapd.datatypes.mail.email_import.BATCH", (1, 1 << 20))
    emails = to_import(mailhost)
    first, second = emails
    is_full.append(1)
    answer = mailhost.call("Email/import", {"emails": emails})
    assert list(answer["created"]) == [first]
    assert {key: error["type"] for key, error in answer["notCreated"].items()} == {second: "overQuota"}
    assert len(files(mailhost.root)) == 1


@pytest.mark.rfc("8620", "3.6.2")
def test_import_that_ends_in_the_middle(mailhost: MailHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jmapd.datatypes.mail.email_import.BATCH", (1, 1 << 20))
    emails = to_import(mailhost)
    append, calls = Journal.append, []

    def broken(journal: Journal, first: int, changes: list[Any]) -> None:
        if any(change[0] == "Email" for change in changes):  # what is noted of folders may come at any time
            calls.append(first)
            if len(calls) == 2:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        append(journal, first, changes)

    monkeypatch.setattr(Journal, "append", broken)
    assert mailhost.error("Email/import", {"emails": emails})["type"] == "serverPartialFail"
    monkeypatch.undo()
    assert len(mailhost.ids()) == 1


@pytest.mark.rfc("8620", "5.4")
def test_copy(tmp_path: Path, is_full: list[int]) -> None:
    """The original stays."""
    host = Sharing(tmp_path)
    host.deliver(TEXT.format("One", "One"))
    (one,) = host.ids()
    boxes = host.request([["Mailbox/get", {"accountId": "team", "ids": None}]])[0][1]["list"]
    create = {"c": {"id": one, "mailboxIds": {boxes[0]["id"]: True}}}
    call = {"fromAccountId": "alice", "accountId": "team", "create": create, "onSuccessDestroyOriginal": True}
    is_full.append(0)
    responses = host.request([["Email/copy", call]])
    assert [response[0] for response in responses] == ["Email/copy"]
    assert responses[0][1]["created"] is None
    assert responses[0][1]["notCreated"]["c"]["type"] == "overQuota"
    assert host.ids() == [one]
