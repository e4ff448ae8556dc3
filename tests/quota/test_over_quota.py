"""What would go over a limit is refused (RFC 8620 5.3 overQuota); what makes it less, or leaves it, is not."""

from pathlib import Path
from typing import Any

import pytest

from tests.quota.conftest import Limited
from tests.sharing import Sharing

pytestmark = pytest.mark.rfc("8620", "5.3")


def draft(host: Limited, octets: int, folder: str = "Drafts") -> dict[str, Any]:
    return {
        "mailboxIds": {host.mailbox(folder): True},
        "subject": "Draft",
        "bodyValues": {"1": {"value": "x" * octets}},
        "textBody": [{"partId": "1", "type": "text/plain"}],
    }


def files(host: Limited) -> set[str]:
    return {str(path) for path in host.root.rglob("*") if path.is_file() and path.name != "maildirfolder"}


@pytest.fixture
def host(limited: Any) -> Limited:
    host: Limited = limited("*:messages=3:storage=10k", "Trash:messages=+1", "Junk:ignore")
    for name in ("Drafts", "Trash", "Junk"):
        host.folder(name)
    return host


def test_create(host: Limited) -> None:
    """Octets: what does not fit leaves no trace."""
    before = files(host)
    answer = host.set(create={"a": draft(host, 11_000)})
    assert answer["notCreated"]["a"]["type"] == "overQuota" and "octets" in answer["notCreated"]["a"]["description"]
    assert files(host) == before
    assert host.set(create={"a": draft(host, 100)})["notCreated"] is None


def test_create_more_than_fit_in_one_call(host: Limited) -> None:
    answer = host.set(create={key: draft(host, 10) for key in "abcd"})
    assert len(answer["created"]) == 3 and answer["notCreated"]["d"]["type"] == "overQuota"
    assert host.used()["count"] == 3


def test_what_was_refused_takes_no_room(host: Limited) -> None:
    answer = host.set(create={"large": draft(host, 11_000), "small": draft(host, 100)})
    assert list(answer["created"]) == ["small"]


def test_import(host: Limited) -> None:
    for number in range(3):
        host.message(100 + number)
    blob = host.client.post("/jmap/upload/alice/", data=b"Subject: x\r\n\r\nx", auth=host.authorization).get_json()
    emails = {"k": {"blobId": blob["blobId"], "mailboxIds": {host.mailbox("Drafts"): True}}}
    before = files(host)
    answer = host.call("Email/import", {"emails": emails})
    assert answer["notCreated"]["k"]["type"] == "overQuota" and files(host) == before
    emails["k"]["mailboxIds"] = {host.mailbox("Junk"): True}
    assert host.call("Email/import", {"emails": emails})["created"]


def test_a_second_mailbox(host: Limited) -> None:
    ids = [host.message(100 + number) for number in range(3)]
    path = f"mailboxIds/{host.mailbox('Drafts')}"
    answer = host.set(update={ids[0]: {path: True}})
    assert answer["notUpdated"][ids[0]]["type"] == "overQuota"
    assert host.set(update={ids[0]: {path: True, f"mailboxIds/{_only(host, ids[0])}": None}})["updated"]


def _only(host: Limited, id: str) -> str:
    [mailbox] = host.call("Email/get", {"ids": [id], "properties": ["mailboxIds"]})["list"][0]["mailboxIds"]
    return str(mailbox)


def test_who_is_over_may_move_and_remove(host: Limited) -> None:
    """Deliveries by others are theirs to refuse."""
    ids = [host.message(100 + number) for number in range(6)]
    assert host.used()["count"] == 6
    drafts, trash, junk = (host.mailbox(name) for name in ("Drafts", "Trash", "Junk"))
    update = {
        ids[0]: {"mailboxIds": {drafts: True}},
        ids[1]: {"mailboxIds": {trash: True}},
        ids[2]: {"mailboxIds": {junk: True}},
    }
    assert len(host.set(update=update)["updated"]) == 3
    assert host.set(update={ids[3]: {"keywords/$flagged": True}}, destroy=[ids[4]])["destroyed"] == [ids[4]]
    assert host.used()["count"] == 4
    answer = host.set(update={ids[2]: {"mailboxIds": {drafts: True}}})
    assert answer["notUpdated"][ids[2]]["type"] == "overQuota"


def test_more_for_trash(host: Limited) -> None:
    ids = [host.message(100 + number) for number in range(3)]
    copy = {f"mailboxIds/{host.mailbox('Trash')}": True}
    assert host.set(update={ids[0]: copy})["updated"]
    assert host.set(update={ids[1]: copy})["notUpdated"][ids[1]]["type"] == "overQuota"


def test_room_that_a_call_makes(host: Limited) -> None:
    ids = [host.message(100 + number) for number in range(3)]
    drafts, junk = host.mailbox("Drafts"), host.mailbox("Junk")
    answer = host.set(update={ids[0]: {"mailboxIds": {junk: True}}, ids[1]: {f"mailboxIds/{drafts}": True}})
    assert set(answer["updated"]) == {ids[0], ids[1]}
    host.set(destroy=[ids[2]])
    assert host.set(create={"a": draft(host, 10)})["created"]


def test_a_move_after_something_that_trash_alone_has_room_for(host: Limited) -> None:
    ids = [host.message(100 + number) for number in range(3)]
    update = {
        ids[0]: {f"mailboxIds/{host.mailbox('Trash')}": True},
        ids[1]: {"mailboxIds": {host.mailbox("Drafts"): True}},
    }
    assert set(host.set(update=update)["updated"]) == {ids[0], ids[1]}


@pytest.mark.rfc("8621", "4.7")
def test_copy_from_another_account(tmp_path: Path) -> None:
    host = Sharing(tmp_path, quota={"users": {"team": "*:messages=1"}})
    for account, text in (("team", "there already"), ("alice", "to be copied")):
        host.use(account).deliver(f"Subject: {text}\n\nx")
    host.log_in("alice")
    [id] = host.use("alice").ids()
    inbox = host.use("team").call("Mailbox/get", {"ids": None})["list"][0]["id"]
    create = {"k": {"id": id, "mailboxIds": {inbox: True}}}
    answer = host.call("Email/copy", {"fromAccountId": "alice", "accountId": "team", "create": create})
    assert answer["notCreated"]["k"]["type"] == "overQuota"
