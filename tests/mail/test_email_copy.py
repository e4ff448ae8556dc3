"""Email/copy and Blob/copy between the accounts that one user sees, over HTTP."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CORE, MAIL
from tests.sharing import Sharing

pytestmark = [pytest.mark.rfc("8620", "5.4"), pytest.mark.rfc("8621", "4.7")]
PARTS = (
    "Subject: parts\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n"
    "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\nAAEC\n--b--\n"
)


class Copying(Sharing):
    """alice copies from her account into the team's, unless it is said otherwise."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.deliver("Subject: one\nMessage-ID: <1@example.org>\n\n1\n")
        self.deliver("Subject: two\nMessage-ID: <2@example.org>\n\n2\n", flags="F")
        self.two, self.one = self.ids()
        self.inbox = {self.use("team").mailbox("Inbox"): True}

    def copy(self, create: dict[str, Any], *calls: Any, **arguments: Any) -> list[Any]:
        """The responses to Email/copy, and to calls behind it."""
        create = {key: {"mailboxIds": self.inbox} | given for key, given in create.items()}
        given = {"fromAccountId": "alice", "accountId": "team", "create": create} | arguments
        return self.request([["Email/copy", given, "copy"], *calls])

    def state(self, account: str) -> str:
        return str(self.use(account).call("Email/get", {"ids": []})["state"])

    def subjects(self, account: str) -> list[str]:
        found = self.use(account).call("Email/get", {"ids": self.ids(), "properties": ["subject"]})
        return sorted(email["subject"] for email in found["list"])


@pytest.fixture
def host(tmp_path: Path) -> Copying:
    return Copying(tmp_path)


def test_the_answer(host: Copying) -> None:
    before = host.state("team")
    ((name, answer, call),) = host.copy({"a": {"id": host.one}, "b": {"id": host.two}, "c": {"id": "Mnone"}})
    assert (name, call) == ("Email/copy", "copy")
    assert answer.keys() == {"fromAccountId", "accountId", "oldState", "newState", "created", "notCreated"}
    assert (answer["fromAccountId"], answer["accountId"]) == ("alice", "team")
    assert (answer["oldState"], answer["newState"]) == (before, host.state("team"))
    assert answer["notCreated"].keys() == {"c"} and answer["notCreated"]["c"]["type"] == "notFound"
    assert all(made.keys() == {"id", "blobId", "threadId", "size"} for made in answer["created"].values())
    assert host.subjects("team") == host.subjects("alice") == ["one", "two"]
    (copied,) = host.use("team").call("Email/get", {"ids": [answer["created"]["b"]["id"]]})["list"]
    (original,) = host.use("alice").call("Email/get", {"ids": [host.two]})["list"]
    assert copied == original | {"mailboxIds": host.inbox, **answer["created"]["b"]}
    created = host.use("team").call("Email/changes", {"sinceState": before})["created"]
    assert sorted(created) == sorted(made["id"] for made in answer["created"].values())


def test_nothing_copied_is_null(host: Copying) -> None:
    ((_, answer, _),) = host.copy({})
    assert answer["created"] is None and answer["notCreated"] is None and answer["oldState"] == answer["newState"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"fromAccountId": "team"}, "invalidArguments"),
        ({"fromAccountId": "carol"}, "fromAccountNotFound"),
        ({"fromAccountId": "nobody"}, "fromAccountNotFound"),
        ({"fromAccountId": None}, "invalidArguments"),
        ({"accountId": "carol"}, "accountNotFound"),
        ({"accountId": "bob"}, "accountReadOnly"),
        ({"accountId": None}, "invalidArguments"),
        ({"create": None}, "invalidArguments"),
        ({"create": {"a": None}}, "invalidArguments"),
        ({"ifInState": "x"}, "stateMismatch"),
        ({"ifFromInState": "x"}, "stateMismatch"),
        ({"ifInState": 1}, "invalidArguments"),
        ({"onSuccessDestroyOriginal": "yes"}, "invalidArguments"),
    ],
)
def test_errors_of_the_call(host: Copying, arguments: dict[str, Any], error: str) -> None:
    create = {"a": {"id": host.one, "mailboxIds": host.inbox}}
    given = {"fromAccountId": "alice", "accountId": "team", "create": create} | arguments
    ((name, answer, _),) = host.request([["Email/copy", given]])
    assert (name, answer["type"]) == ("error", error)
    assert host.subjects("team") == []


def test_more_than_may_be_set(tmp_path: Path) -> None:
    host = Sharing(tmp_path, limits={"max_objects_in_set": 1})
    create = {key: {"id": "Mx", "mailboxIds": {}} for key in "ab"}
    error = host.use("team").error("Email/copy", {"fromAccountId": "alice", "create": create})
    assert error["type"] == "requestTooLarge"


def test_states_that_match(host: Copying) -> None:
    states = {"ifInState": host.state("team"), "ifFromInState": host.state("alice")}
    ((_, answer, _),) = host.copy({"a": {"id": host.one}}, **states)
    assert answer["created"].keys() == {"a"}
    ((_, answer, _),) = host.copy({"a": {"id": host.two}}, **states)
    assert answer["type"] == "stateMismatch"
    ((_, answer, _),) = host.copy({"a": {"id": host.two}}, ifFromInState=states["ifFromInState"])
    assert answer["created"].keys() == {"a"}  # the copies changed nothing there


def test_the_original_is_destroyed_before_the_next_call(host: Copying) -> None:
    create = {"a": {"id": host.one}, "b": {"id": "Mnone"}, "c": {"id": host.two, "keywords": 1}}
    get = ["Email/get", {"accountId": "alice", "ids": [host.one, host.two], "properties": ["id"]}, "get"]
    copy, destroy, got = host.copy(create, get, onSuccessDestroyOriginal=True)
    assert [response[2] for response in (copy, destroy, got)] == ["copy", "copy", "get"]
    assert destroy[0] == "Email/set" and destroy[1]["accountId"] == "alice"
    assert destroy[1]["destroyed"] == [host.one] and destroy[1]["notDestroyed"] is None
    assert got[1]["notFound"] == [host.one] and [email["id"] for email in got[1]["list"]] == [host.two]
    assert (host.subjects("alice"), host.subjects("team")) == (["two"], ["one"])


def test_nothing_copied_nothing_destroyed(host: Copying) -> None:
    assert len(host.copy({"a": {"id": "Mnone"}}, onSuccessDestroyOriginal=True)) == 1


def test_one_that_is_there_already_keeps_its_original(host: Copying) -> None:
    ((_, first, _),) = host.copy({"a": {"id": host.one}})
    ((_, answer, _),) = host.copy({"b": {"id": host.one}}, onSuccessDestroyOriginal=True)
    error = answer["notCreated"]["b"]
    assert (error["type"], error["existingId"]) == ("alreadyExists", first["created"]["a"]["id"])
    assert host.subjects("alice") == ["one", "two"]


@pytest.mark.parametrize("matches", [True, False])
def test_the_state_that_the_implied_call_needs(host: Copying, matches: bool) -> None:
    state = host.state("alice") if matches else "other"
    create = {"a": {"id": host.one}}
    copy, destroy = host.copy(create, onSuccessDestroyOriginal=True, destroyFromIfInState=state)
    assert copy[1]["created"].keys() == {"a"} and destroy[2] == "copy"
    if matches:
        assert destroy[1]["destroyed"] == [host.one] and destroy[1]["oldState"] == state
    else:
        assert (destroy[0], destroy[1]["type"]) == ("error", "stateMismatch")
        assert host.subjects("alice") == ["one", "two"]


def test_out_of_an_account_that_may_only_be_read(host: Copying) -> None:
    host.use("bob").deliver("Subject: bob's\n\n")
    (id,) = host.ids()
    copy, destroy = host.copy({"a": {"id": id}}, fromAccountId="bob", onSuccessDestroyOriginal=True)
    assert copy[1]["created"].keys() == {"a"}
    assert (destroy[0], destroy[1]["type"]) == ("error", "accountReadOnly")
    assert host.subjects("bob") == host.subjects("team") == ["bob's"]


@pytest.mark.rfc("8620", "5.3")
def test_creation_ids(host: Copying) -> None:
    upload = host.client.post("/jmap/upload/alice/", data=b"Subject: new\n\n", auth=host.authorization).get_json()
    mine = {host.use("alice").mailbox("Inbox"): True}
    email = {"blobId": upload["blobId"], "mailboxIds": mine}
    copy = {"fromAccountId": "alice", "accountId": "team", "create": {"k": {"id": "#i", "mailboxIds": host.inbox}}}
    calls = [
        ["Email/import", {"accountId": "alice", "emails": {"i": email}}],
        ["Email/copy", copy],
        ["Email/set", {"accountId": "team", "update": {"#k": {"keywords/done": True}}}],
    ]
    answer = host.client.post(
        "/jmap/api/",
        json={"using": [CORE, MAIL], "createdIds": {}, "methodCalls": [[*call, "c"] for call in calls]},
        auth=host.authorization,
    ).get_json()
    created = answer["methodResponses"][1][1]["created"]["k"]["id"]
    assert answer["methodResponses"][2][1]["updated"] == {created: None}
    assert answer["createdIds"]["k"] == created
    unknown = host.copy({"a": {"id": "#none"}})[0][1]["notCreated"]["a"]
    assert unknown["type"] in ("invalidProperties", "notFound")


@pytest.mark.rfc("8620", "6.3")
def test_blob_copy(host: Copying) -> None:
    host.use("alice").deliver(PARTS)
    (email,) = host.call("Email/get", {"ids": host.ids()[:1], "properties": ["blobId", "attachments"]})["list"]
    upload = host.client.post("/jmap/upload/alice/", data=b"upload", auth=host.authorization).get_json()["blobId"]
    blobs = [upload, email["blobId"], email["attachments"][0]["blobId"]]
    answer = host.use("team").call("Blob/copy", {"fromAccountId": "alice", "blobIds": [*blobs, "Gnone"]}, (CORE,))
    assert list(answer["copied"]) == blobs and answer["notCopied"]["Gnone"]["type"] == "notFound"
    contents = [
        host.client.get(f"/jmap/download/team/{answer['copied'][id]}/x", auth=host.authorization) for id in blobs
    ]
    assert [content.data for content in contents] == [b"upload", PARTS.replace("\n", "\r\n").encode(), b"\0\1\2"]
    taken = {"blobId": answer["copied"][email["blobId"]], "mailboxIds": host.inbox}
    assert host.call("Email/import", {"emails": {"e": taken}})["created"].keys() == {"e"}


@pytest.mark.rfc("8620", "6.3")
@pytest.mark.parametrize(
    ("source", "target", "error"),
    [
        ("carol", "team", "fromAccountNotFound"),
        ("team", "team", "invalidArguments"),
        ("alice", "carol", "accountNotFound"),
        ("alice", "bob", "accountReadOnly"),
        ("bob", "alice", None),
    ],
)
def test_who_may_copy_blobs(host: Copying, source: str, target: str, error: str | None) -> None:
    arguments = {"fromAccountId": source, "accountId": target, "blobIds": []}
    ((name, answer, _),) = host.request([["Blob/copy", arguments]], (CORE,))
    assert (name, answer.get("type")) == ("error" if error else "Blob/copy", error)
