"""Bad input of Email/set, Email/import and Email/copy: the RFC's SetError with its properties, and no trace."""

from typing import Any

import pytest

from tests.fuzz.refusals import CONTROLS, LONG, is_invalid, refused
from tests.fuzz.world import MISSING_BLOB, World

pytestmark = [pytest.mark.rfc("8620", "5.3"), pytest.mark.rfc("8621", "4.6")]
TEXT = {"textBody": [{"partId": "t", "type": "text/plain"}], "bodyValues": {"t": {"value": "Text"}}}


def into(world: World, **more: Any) -> dict[str, Any]:
    return {"mailboxIds": {world.ids["Mailbox"][0]: True}} | more


CREATE: list[tuple[dict[str, Any], str]] = [
    ({"subject": 5}, "subject"),
    ({"subject": ["a"]}, "subject"),
    ({"from": "alice@example.org"}, "from"),
    ({"from": [{"name": 1, "email": "a@example.org"}]}, "from"),
    ({"to": [{"name": "no address"}]}, "to"),
    ({"sentAt": "yesterday"}, "sentAt"),
    ({"receivedAt": "2026-01-02T03:04:05+01:00"}, "receivedAt"),
    ({"receivedAt": 0}, "receivedAt"),
    ({"keywords": ["$seen"]}, "keywords"),
    ({"keywords": {"$seen": 1}}, "keywords"),
    ({"keywords": {"a b": True}}, "keywords"),
    ({"keywords": {"": True}}, "keywords"),
    ({"keywords": {"k" * 256: True}}, "keywords"),
    ({"keywords": {LONG: True}}, "keywords"),
    ({"mailboxIds": {}}, "mailboxIds"),
    ({"mailboxIds": None}, "mailboxIds"),
    ({"mailboxIds": {"nothing": True}}, "mailboxIds"),
    ({"mailboxIds": {"#nothing": True}}, "mailboxIds"),
    ({"mailboxIds": {LONG: True}}, "mailboxIds"),
    ({"mailboxIds": {"../../etc": True}}, "mailboxIds"),
    ({"colour": "red"}, "colour"),
    ({"size": 5}, "size"),
    ({"threadId": "T1"}, "threadId"),
    ({"preview": "x"}, "preview"),
    ({"headers": []}, "headers"),
    ({"header:Subject:asDate": "2026-01-02T03:04:05Z"}, "header:Subject:asDate"),
    ({"header:X-Any:asText": {}}, "header:X-Any:asText"),
    ({"textBody": "text"}, "textBody"),
    ({"textBody": []}, "textBody"),
    ({"bodyStructure": []}, "bodyStructure"),
    ({"attachments": [{"blobId": MISSING_BLOB, "type": 5}]}, "attachments/0/type"),
    ({"messageId": ["a b"]}, "messageId"),
    ({"messageId": [f"{LONG}@example.org"]}, "messageId"),
    *[({"messageId": [f"{each}@example.org"]}, "messageId") for each in CONTROLS],
    *[({"from": [{"email": f"{each}@example.org"}]}, "from") for each in CONTROLS],
    *[({"header:X-Any:asRaw": each}, "header:X-Any:asRaw") for each in CONTROLS],
    *[({"inReplyTo": [each]}, "inReplyTo") for each in CONTROLS],
]


@pytest.mark.parametrize(("given", "name"), CREATE, ids=lambda each: str(each)[:50])
def test_create(world: World, given: dict[str, Any], name: str) -> None:
    error = refused(world, "Email/set", {"create": {"k": into(world) | TEXT | given}})
    is_invalid(error, name)


@pytest.mark.parametrize("form", ["subject", "header:Subject:asText", "header:X-Any:asText", "name"])
@pytest.mark.parametrize("text", CONTROLS)
def test_control_characters_never_make_a_header_field(world: World, form: str, text: str) -> None:
    given = {"from": [{"name": text, "email": "a@example.org"}]} if form == "name" else {form: text}
    [answer] = world.ask(["Email/set", {"accountId": "alice", "create": {"k": into(world) | TEXT | given}}])
    if answer["notCreated"]:
        is_invalid(answer["notCreated"]["k"], *given)
        return
    ids = [created["id"] for created in answer["created"].values()]
    [found] = world.ask(["Email/get", {"accountId": "alice", "ids": ids, "properties": ["headers", "bcc"]}])
    [email] = found["list"]
    assert email["bcc"] is None
    wanted = {"From", "Subject", "X-Any", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Message-ID"}
    assert {field["name"] for field in email["headers"]} <= {*wanted, "Date"}


def test_a_huge_subject_is_kept_in_short_lines(world: World) -> None:
    given = into(world, subject=LONG) | TEXT
    [answer] = world.ask(["Email/set", {"accountId": "alice", "create": {"k": given}}])
    [created] = answer["created"].values()
    raw = world.host.client.get(f"/jmap/download/alice/{created['blobId']}/m", auth=world.host.authorization).data
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("number", [0, 1, 2])
def test_blobs_of_other_accounts(world: World, number: int) -> None:
    part = {"attachments": [{"blobId": world.foreign[number], "type": "message/rfc822"}]}
    error = refused(world, "Email/set", {"create": {"k": into(world) | TEXT | part}})
    assert (error["type"], error["notFound"]) == ("blobNotFound", [world.foreign[number]])
    error = refused(world, "Email/import", {"emails": {"k": into(world, blobId=world.foreign[number])}})
    is_invalid(error, "blobId")


@pytest.mark.parametrize("blob", [MISSING_BLOB, MISSING_BLOB + "_1", "G0", "nothing"])
def test_blobs_that_do_not_exist(world: World, blob: str) -> None:
    part = {"attachments": [{"blobId": blob, "type": "image/png"}]}
    error = refused(world, "Email/set", {"create": {"k": into(world) | TEXT | part}})
    assert (error["type"], error["notFound"]) == ("blobNotFound", [blob])
    is_invalid(refused(world, "Email/import", {"emails": {"k": into(world, blobId=blob)}}), "blobId")


def test_a_blob_that_vanishes_in_between(world: World) -> None:
    [email] = world.ask(["Email/get", {"accountId": "alice", "ids": world.ids["Email"][:1], "properties": ["blobId"]}])
    blob = email["list"][0]["blobId"]
    create = into(world) | TEXT | {"attachments": [{"blobId": blob, "type": "message/rfc822"}]}
    answers = world.ask(
        ["Email/set", {"accountId": "alice", "destroy": world.ids["Email"][:1]}],
        ["Email/set", {"accountId": "alice", "create": {"k": create}}],
        ["Email/import", {"accountId": "alice", "emails": {"k": into(world, blobId=blob)}}],
    )
    assert answers[1]["notCreated"]["k"]["notFound"] == [blob]
    is_invalid(answers[2]["notCreated"]["k"], "blobId")
    upload = world.upload(b"Subject: gone\n\nText\n")
    (world.folder / "state" / "alice" / "blobs" / upload).unlink()
    is_invalid(refused(world, "Email/import", {"emails": {"k": into(world, blobId=upload)}}), "blobId")


UPDATE: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
    ({"colour": 1}, "invalidProperties", ("colour",)),
    ({"subject": "other"}, "invalidProperties", ("subject",)),
    ({"keywords": None, "mailboxIds": None}, "invalidProperties", ("mailboxIds",)),
    ({"keywords": 5}, "invalidProperties", ("keywords",)),
    ({"keywords/a b": True}, "invalidProperties", ("keywords",)),
    ({"keywords/$seen": "yes"}, "invalidProperties", ("keywords",)),
    ({f"keywords/{LONG}": True}, "invalidProperties", ("keywords",)),
    ({"mailboxIds/nothing": True}, "invalidProperties", ("mailboxIds",)),
    ({"mailboxIds/#nothing": True}, "invalidProperties", ("mailboxIds",)),
    ({"mailboxIds": {}}, "invalidProperties", ("mailboxIds",)),
    ({"keywords/a/b": True}, "invalidPatch", ()),
    ({"keywords": {}, "keywords/$seen": True}, "invalidPatch", ()),
    ({"keywords/~2": True}, "invalidPatch", ()),
]


@pytest.mark.parametrize(("patch", "type", "names"), UPDATE, ids=lambda each: str(each)[:50])
def test_update(world: World, patch: dict[str, Any], type: str, names: tuple[str, ...]) -> None:
    error = refused(world, "Email/set", {"update": {world.ids["Email"][0]: patch}}, "notUpdated")
    assert error["type"] == type, error
    if names:
        is_invalid(error, *names)


@pytest.mark.parametrize("id", ["nothing", "M" + "0" * 24, "#nothing", "T1", "x" * 300, "../x", ""])
def test_ids_that_do_not_exist(world: World, id: str) -> None:
    for arguments, key in (({"update": {id: {"keywords": {}}}}, "notUpdated"), ({"destroy": [id]}, "notDestroyed")):
        assert refused(world, "Email/set", arguments, key)["type"] == "notFound"
        assert refused(world, "Mailbox/set", arguments, key)["type"] == "notFound"


IMPORT: list[tuple[dict[str, Any], str]] = [
    ({"blobId": None}, "blobId"),
    ({"blobId": 5}, "blobId"),
    ({"blobId": LONG}, "blobId"),
    ({"mailboxIds": {}}, "mailboxIds"),
    ({"mailboxIds": {"nothing": True}}, "mailboxIds"),
    ({"mailboxIds": []}, "mailboxIds"),
    ({"keywords": {"a b": True}}, "keywords"),
    ({"keywords": {LONG: True}}, "keywords"),
    ({"keywords": []}, "keywords"),
    ({"receivedAt": "2026-01-02"}, "receivedAt"),
    ({"receivedAt": 5}, "receivedAt"),
    ({"colour": 1}, "colour"),
    ({"threadId": "T1"}, "threadId"),
]


@pytest.mark.rfc("8621", "4.8")
@pytest.mark.parametrize(("given", "name"), IMPORT, ids=lambda each: str(each)[:50])
def test_import(world: World, given: dict[str, Any], name: str) -> None:
    upload = world.upload(b"Subject: new\n\nText\n")
    is_invalid(refused(world, "Email/import", {"emails": {"k": into(world, blobId=upload) | given}}), name)


@pytest.mark.rfc("8621", "4.7")
@pytest.mark.parametrize(
    ("given", "type", "names"),
    [
        ({"id": "nothing"}, "notFound", ()),
        ({"id": "M" + "0" * 24}, "notFound", ()),
        ({"id": "x" * 300}, "notFound", ()),
        ({"id": 5}, "invalidProperties", ("id",)),
        ({"mailboxIds": {}}, "invalidProperties", ("mailboxIds",)),
        ({"mailboxIds": {"nothing": True}}, "invalidProperties", ("mailboxIds",)),
        ({"keywords": {"a b": True}}, "invalidProperties", ("keywords",)),
        ({"keywords": {LONG: True}}, "invalidProperties", ("keywords",)),
        ({"receivedAt": "now"}, "invalidProperties", ("receivedAt",)),
        ({"subject": "other"}, "invalidProperties", ("subject",)),
        ({"colour": 1}, "invalidProperties", ("colour",)),
    ],
    ids=lambda each: str(each)[:50],
)
def test_copy(world: World, given: dict[str, Any], type: str, names: tuple[str, ...]) -> None:
    original = "M" + world.foreign[0][1:25]
    create = {"k": {"id": original} | into(world) | given}
    error = refused(world, "Email/copy", {"fromAccountId": "team", "create": create})
    assert error["type"] == type, error
    if names:
        is_invalid(error, *names)


def test_copy_to_where_nothing_may_be_written(world: World) -> None:
    [boxes] = world.ask(["Mailbox/get", {"accountId": "library"}])
    create = {"k": {"id": world.ids["Email"][0], "mailboxIds": {boxes["list"][0]["id"]: True}}}
    [answer] = world.ask(["Email/copy", {"accountId": "library", "fromAccountId": "alice", "create": create}])
    assert answer["type"] == "accountReadOnly"
    [answer] = world.ask(["Email/copy", {"accountId": "alice", "fromAccountId": "bob", "create": create}])
    assert answer["type"] == "fromAccountNotFound"
