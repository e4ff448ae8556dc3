"""Email/import: messages out of blobs (RFC 8621 4.8)."""

import hashlib

import pytest

pytestmark = pytest.mark.rfc("8621", "4.8")

MESSAGE = b"From: a@example.org\r\nSubject: one\r\n\r\nHello\r\n"
RECEIVED = (
    b"Received: from b.example.org by c.example.org (x; y); Tue, 14 Nov 2023 23:13:20 +0100 (CET)\r\n"
    b"Received: from a.example.org by b.example.org; Mon, 13 Nov 2023 00:00:00 +0000\r\n"
)


@pytest.fixture
def host(mailhost):
    """With a folder Archive."""
    mailhost.folder("Archive")
    return mailhost


def upload(host, data):
    """The blobId."""
    return host.client.post(f"/jmap/upload/{host.account}/", data=data, auth=host.authorization).get_json()["blobId"]


def imported(host, data, **more):
    """The answer for one Email into the inbox that was created; and its properties."""
    given = {"blobId": upload(host, data), "mailboxIds": {host.mailbox("Inbox"): True}} | more
    answer = host.call("Email/import", {"emails": {"e": given}})
    assert answer["notCreated"] is None
    assert answer["newState"] != answer["oldState"]
    return answer["created"]["e"]


def refused(host, **given):
    """The SetError; nothing has changed."""
    before = sorted(host.root.rglob("*"))
    given = {"blobId": upload(host, MESSAGE), "mailboxIds": {host.mailbox("Inbox"): True}} | given
    answer = host.call("Email/import", {"emails": {"e": {k: v for k, v in given.items() if v != "MISSING"}}})
    assert answer["created"] is None
    assert answer["newState"] == answer["oldState"]
    assert sorted(host.root.rglob("*")) == before
    return answer["notCreated"]["e"]


def get(host, id, *properties):
    [email] = host.call("Email/get", {"ids": [id], "properties": list(properties)})["list"]
    return email


def test_import(host):
    box = {host.mailbox("Inbox"): True, host.mailbox("Archive"): True}
    answer = imported(
        host, MESSAGE, mailboxIds=box, keywords={"$Seen": True, "Work": True}, receivedAt="2020-02-29T12:00:00Z"
    )
    assert answer.keys() == {"id", "blobId", "threadId", "size"}
    assert answer["blobId"] == "G" + hashlib.sha256(MESSAGE).hexdigest()
    assert answer["size"] == len(MESSAGE)
    email = get(host, answer["id"], "blobId", "threadId", "size", "mailboxIds", "keywords", "receivedAt", "subject")
    assert email == answer | {
        "mailboxIds": box,
        "keywords": {"$seen": True, "work": True},
        "receivedAt": "2020-02-29T12:00:00Z",
        "subject": "one",
    }
    files = [path for path in host.root.rglob("cur/*") if path.is_file()]
    assert [path.read_bytes() for path in files] == [MESSAGE.replace(b"\r\n", b"\n")] * 2
    assert {int(path.stat().st_mtime) for path in files} == {1582977600}
    host.start()
    assert get(host, answer["id"], *email) == email


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (RECEIVED, "2023-11-14T22:13:20Z"),
        (b"Received: by c.example.org; no date\r\n" + RECEIVED, "2023-11-14T22:13:20Z"),
        (b"Received: by c.example.org;\r\n Tue, 14 Nov 2023\r\n 22:13:20 +0000\r\n", "2023-11-14T22:13:20Z"),
    ],
)
def test_received_at_is_that_of_the_most_recent_received_field(host, header, expected):
    assert get(host, imported(host, header + MESSAGE)["id"], "receivedAt")["receivedAt"] == expected


@pytest.mark.parametrize(
    "header", [b"", b"Received: by c.example.org\r\n", b"Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"]
)
def test_received_at_without_one_is_now(host, header):
    host.deliver("From: b@example.org\n\nx\n", received=1)
    host.deliver("From: c@example.org\n\nx\n", received=1_700_000_000)
    imported_id = imported(host, header + MESSAGE)["id"]
    assert host.ids()[0] == imported_id
    assert get(host, imported_id, "receivedAt")["receivedAt"] > "2024"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("blobId", "MISSING"),
        ("blobId", None),
        ("blobId", 1),
        ("blobId", "Gnone"),
        ("blobId", "#none"),
        ("blobId", "G" + "0" * 64),
        ("mailboxIds", "MISSING"),
        ("mailboxIds", None),
        ("mailboxIds", {}),
        ("mailboxIds", ["x"]),
        ("mailboxIds", {"none": True}),
        ("mailboxIds", {"#none": True}),
        ("keywords", None),
        ("keywords", ["$seen"]),
        ("keywords", {"a b": True}),
        ("keywords", {"$seen": 1}),
        ("receivedAt", "yesterday"),
        ("receivedAt", "2020-02-29T12:00:00+01:00"),
        ("subject", "two"),
    ],
)
def test_invalid_properties(host, name, value):
    error = refused(host, **{name: value})
    assert (error["type"], error["properties"]) == ("invalidProperties", [name])
    assert name in error["description"]


def test_mailboxes_must_all_be_there_and_true(host):
    error = refused(host, mailboxIds={host.mailbox("Inbox"): True, host.mailbox("Archive"): 1})
    assert error["properties"] == ["mailboxIds"]


def test_too_many_keywords(host):
    assert refused(host, keywords={f"k{n}": True for n in range(101)})["type"] == "tooManyKeywords"


@pytest.mark.parametrize("data", [b"", b"\r\nbody only\r\n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"no header\r\n"])
def test_what_is_no_message(host, data):
    assert refused(host, blobId=upload(host, data))["type"] == "invalidEmail"


def test_each_email_by_itself(host):
    inbox = {host.mailbox("Inbox"): True}
    one, two = upload(host, MESSAGE), upload(host, MESSAGE + b"x")
    emails = {
        "a": {"blobId": one, "mailboxIds": inbox},
        "b": {"blobId": "Gnone", "mailboxIds": inbox},
        "c": {"blobId": two, "mailboxIds": inbox},
    }
    answer = host.call("Email/import", {"emails": emails})
    assert (answer["created"].keys(), answer["notCreated"].keys()) == ({"a", "c"}, {"b"})
    assert answer["created"]["a"]["threadId"] != answer["created"]["c"]["threadId"]
    changes = host.call("Email/changes", {"sinceState": answer["oldState"]})
    assert sorted(changes["created"]) == sorted(each["id"] for each in answer["created"].values())
    assert changes["newState"] == answer["newState"]


def test_already_exists(host):
    inbox = {host.mailbox("Inbox"): True}
    id = imported(host, MESSAGE)["id"]
    for data in (MESSAGE, MESSAGE.replace(b"\r\n", b"\n")):
        error = refused(host, blobId=upload(host, data), mailboxIds={host.mailbox("Archive"): True})
        assert (error["type"], error["existingId"]) == ("alreadyExists", id)
    blob = upload(host, MESSAGE + b"x")
    emails = {key: {"blobId": blob, "mailboxIds": inbox} for key in ("a", "b")}
    answer = host.call("Email/import", {"emails": emails})
    [[created]], [[error]] = [answer["created"].values()], [answer["notCreated"].values()]
    assert (error["type"], error["existingId"]) == ("alreadyExists", created["id"])


def test_a_message_flagged_as_deleted_does_not_stand_in_the_way(host):
    path = host.deliver(MESSAGE, flags="T")
    id = imported(host, MESSAGE)["id"]
    assert host.ids() == [id]
    assert path.exists()


def test_if_in_state(host):
    given = {"e": {"blobId": upload(host, MESSAGE), "mailboxIds": {host.mailbox("Inbox"): True}}}
    assert host.error("Email/import", {"emails": given, "ifInState": "other"})["type"] == "stateMismatch"
    assert host.ids() == []
    state = host.call("Email/get", {"ids": []})["state"]
    assert host.call("Email/import", {"emails": given, "ifInState": state})["created"]


@pytest.mark.parametrize("emails", [None, [], "x", {"e": None}, {"e": []}])
def test_invalid_arguments(host, emails):
    assert host.error("Email/import", {"emails": emails})["type"] == "invalidArguments"


def test_nothing_to_import(host):
    answer = host.call("Email/import", {"emails": {}})
    assert (answer["created"], answer["notCreated"]) == (None, None)
    assert answer["oldState"] == answer["newState"]


@pytest.mark.rfc("8620", "3.3")
def test_creation_ids(host):
    given = {"blobId": upload(host, MESSAGE), "mailboxIds": {host.mailbox("Inbox"): True}}
    responses = host.request(
        [
            ["Email/import", {"accountId": "alice", "emails": {"e": given, "f": {}}}],
            ["Email/set", {"accountId": "alice", "update": {"#e": {"keywords/$flagged": True}}}],
            ["Email/query", {"accountId": "alice", "filter": {"hasKeyword": "$flagged", "text": "hello"}}],
        ],
        createdIds={"other": "x"},
    )
    id = responses[0][1]["created"]["e"]["id"]
    assert responses[1][1]["updated"] == {id: None}
    assert responses[2][1]["ids"] == [id]  # found by its text in the next call


@pytest.mark.rfc("8620", "5.3")
def test_max_objects_in_set(make_mailhost):
    host = make_mailhost(limits={"max_objects_in_set": 1})
    assert host.error("Email/import", {"emails": {"a": {}, "b": {}}})["type"] == "requestTooLarge"
