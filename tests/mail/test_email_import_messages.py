"""Email/import: which octets become which message (RFC 8621 4.8)."""

import hashlib
import os

import pytest

from tests.mail.test_email_import import MESSAGE, get, imported, upload

pytestmark = pytest.mark.rfc("8621", "4.8")

ATTACHED = "From: inner@example.org\nSubject: inner\n\nInner text\n"
OUTER = f"""From: outer@example.org
Subject: outer
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b

text
--b
Content-Type: message/rfc822

{ATTACHED}
--b--
"""


def files(host):
    return [path.read_bytes() for part in ("cur", "new") for path in (host.root / part).iterdir()]


def download(host, blob_id):
    url = f"/jmap/download/{host.account}/{blob_id}/m.eml?type=message/rfc822"
    return host.client.get(url, auth=host.authorization).get_data()


@pytest.mark.parametrize(
    ("data", "stored"),
    [
        (MESSAGE, MESSAGE.replace(b"\r\n", b"\n")),
        (MESSAGE.replace(b"\r\n", b"\n"), MESSAGE.replace(b"\r\n", b"\n")),
        (MESSAGE + b"mixed\n", MESSAGE + b"mixed\n"),
        (MESSAGE + b"a\r\r\n", MESSAGE + b"a\r\r\n"),
        (MESSAGE + b"a\0b\r\n", MESSAGE.replace(b"\r\n", b"\n") + b"a\0b\n"),
        (MESSAGE + b"\xff\xfe 8bit\r\n", MESSAGE.replace(b"\r\n", b"\n") + b"\xff\xfe 8bit\n"),
        (b"Subject: no end", b"Subject: no end"),
    ],
)
def test_octets(mailhost, data, stored):
    answer = imported(mailhost, data)
    assert files(mailhost) == [stored]
    wire = download(mailhost, answer["blobId"])
    assert wire.replace(b"\r\n", b"\n") == data.replace(b"\r\n", b"\n")
    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert (answer["size"], answer["blobId"]) == (len(wire), "G" + hashlib.sha256(wire).hexdigest())


def test_line_ends_as_configured(make_mailhost):
    host = make_mailhost(mail={"line_ends": "crlf"})
    imported(host, MESSAGE)
    assert files(host) == [MESSAGE]


@pytest.mark.rfc("6532", "3.2")
def test_internationalised_headers(mailhost):
    data = "From: Jürgen <jürgen@пример.example>\r\nTo: 用户@例子.example\r\nSubject: Grüße\r\n\r\nä\r\n".encode()
    email = get(mailhost, imported(mailhost, data)["id"], "from", "to", "subject")
    assert email["from"] == [{"name": "Jürgen", "email": "jürgen@пример.example"}]
    assert email["to"] == [{"name": None, "email": "用户@例子.example"}]
    assert email["subject"] == "Grüße"


def test_a_message_that_is_part_of_another(mailhost):
    mailhost.deliver(OUTER)
    body = {"bodyProperties": ["blobId", "type"], "properties": ["attachments", "textBody"], "ids": mailhost.ids()}
    [email] = mailhost.call("Email/get", body)["list"]
    part = next(p for p in [*email["attachments"], *email["textBody"]] if p["type"] == "message/rfc822")
    given = {"blobId": part["blobId"], "mailboxIds": {mailhost.mailbox("Inbox"): True}}
    answer = mailhost.call("Email/import", {"emails": {"e": given}})["created"]["e"]
    assert get(mailhost, answer["id"], "subject", "preview")["subject"] == "inner"
    assert ATTACHED.encode() in files(mailhost) or ATTACHED.encode().rstrip() + b"\n" in files(mailhost)


def test_its_own_blob(mailhost):
    mailhost.deliver(OUTER)
    [email] = mailhost.call("Email/get", {"ids": mailhost.ids(), "properties": ["blobId"]})["list"]
    given = {"blobId": email["blobId"], "mailboxIds": {mailhost.mailbox("Inbox"): True}}
    error = mailhost.call("Email/import", {"emails": {"e": given}})["notCreated"]["e"]
    assert (error["type"], error["existingId"]) == ("alreadyExists", email["id"])


def test_again_after_it_was_destroyed(mailhost):
    first = imported(mailhost, MESSAGE)
    mailhost.call("Email/set", {"destroy": [first["id"]]})
    assert imported(mailhost, MESSAGE) == first


def test_a_reply_joins_the_thread_of_one_imported_with_it(mailhost):
    inbox = {mailhost.mailbox("Inbox"): True}
    data = [
        b"Message-ID: <1@example.org>\r\nSubject: one\r\n\r\nx\r\n",
        b"Message-ID: <2@example.org>\r\nIn-Reply-To: <1@example.org>\r\nSubject: Re: one\r\n\r\nx\r\n",
        b"Message-ID: <3@example.org>\r\nIn-Reply-To: <1@example.org>\r\nSubject: other\r\n\r\nx\r\n",
    ]
    emails = {f"e{n}": {"blobId": upload(mailhost, each), "mailboxIds": inbox} for n, each in enumerate(data)}
    created = mailhost.call("Email/import", {"emails": emails})["created"]
    assert created["e0"]["threadId"] == created["e1"]["threadId"] != created["e2"]["threadId"]
    for each in created.values():
        assert get(mailhost, each["id"], "threadId")["threadId"] == each["threadId"]
    [box] = mailhost.call("Mailbox/get", {"ids": list(inbox)})["list"]
    counts = [box[name] for name in ("totalEmails", "unreadEmails", "totalThreads", "unreadThreads")]
    assert counts == [3, 3, 2, 2]


def test_into_a_mailbox_made_in_the_same_request(mailhost):
    given = {"blobId": upload(mailhost, MESSAGE), "mailboxIds": {"#box": True}}
    responses = mailhost.request(
        [
            ["Mailbox/set", {"accountId": "alice", "create": {"box": {"name": "New"}}}],
            ["Email/import", {"accountId": "alice", "emails": {"e": given}}],
        ]
    )
    assert mailhost.ids(inMailbox=responses[0][1]["created"]["box"]["id"]) == [responses[1][1]["created"]["e"]["id"]]


@pytest.mark.parametrize("bound", [(1, 1 << 30), (500, 1)])
def test_in_several_commits(mailhost, monkeypatch, bound):
    monkeypatch.setattr("jmapd.datatypes.mail.email_import.BATCH", bound)
    monkeypatch.setattr("jmapd.datatypes.mail.email_import.AHEAD", 0)
    inbox = {mailhost.mailbox("Inbox"): True}
    blobs = [upload(mailhost, MESSAGE + bytes([65 + n])) for n in range(3)]
    emails = {f"e{n}": {"blobId": blob, "mailboxIds": inbox} for n, blob in enumerate([*blobs, blobs[0]])}
    answer = mailhost.call("Email/import", {"emails": emails})
    assert (list(answer["created"]), list(answer["notCreated"])) == (["e0", "e1", "e2"], ["e3"])
    assert len(mailhost.ids()) == 3
    changes = mailhost.call("Email/changes", {"sinceState": answer["oldState"]})
    assert (len(changes["created"]), changes["newState"]) == (3, answer["newState"])


def test_a_full_disk_refuses_what_was_not_written(mailhost, monkeypatch):
    def full(*_):
        raise OSError(28, os.strerror(28))

    inbox = {mailhost.mailbox("Inbox"): True}
    emails = {f"e{n}": {"blobId": upload(mailhost, MESSAGE + b"x" * n), "mailboxIds": inbox} for n in range(2)}
    monkeypatch.setattr("jmapd.files.atomic.sync_file", full)
    answer = mailhost.call("Email/import", {"emails": emails})
    assert {error["type"] for error in answer["notCreated"].values()} == {"overQuota"}
    assert (answer["created"], answer["oldState"] == answer["newState"]) == (None, True)
    monkeypatch.undo()
    assert (files(mailhost), list((mailhost.root / "tmp").iterdir()), mailhost.ids()) == ([], [], [])


def test_over_quota(make_mailhost):
    host = make_mailhost(quota={"rules": ["*:messages=1"]})
    imported(host, MESSAGE)
    given = {"blobId": upload(host, MESSAGE + b"x"), "mailboxIds": {host.mailbox("Inbox"): True}}
    answer = host.call("Email/import", {"emails": {"e": given}})
    assert answer["notCreated"]["e"]["type"] == "overQuota"
    assert (len(files(host)), list((host.root / "tmp").iterdir())) == (1, [])


def test_a_blob_that_vanishes_in_between(mailhost, monkeypatch, tmp_path):
    blobs = [upload(mailhost, MESSAGE + bytes([65 + n])) for n in range(2)]
    inbox = {mailhost.mailbox("Inbox"): True}
    monkeypatch.setattr("jmapd.datatypes.mail.email_import.AHEAD", 1)  # the second is read when its turn comes
    account = mailhost.app.site.accounts.account("alice")
    lock = account.lock

    def late_lock():
        for path in (tmp_path / "state" / "alice" / "blobs").iterdir():
            path.unlink()
        return lock()

    monkeypatch.setattr(account, "lock", late_lock)
    emails = {f"e{n}": {"blobId": blob, "mailboxIds": inbox} for n, blob in enumerate(blobs)}
    answer = mailhost.call("Email/import", {"emails": emails})
    assert list(answer["created"]) == ["e0"]
    error = answer["notCreated"]["e1"]
    assert (error["type"], error["properties"]) == ("invalidProperties", ["blobId"])
    assert list((mailhost.root / "tmp").iterdir()) == []


def test_read_only(mailhost, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: not mode & os.W_OK)
    given = {"blobId": "G0", "mailboxIds": {"x": True}}
    assert mailhost.error("Email/import", {"emails": {"e": given}})["type"] == "accountReadOnly"


@pytest.mark.rfc("9404", "4.1")
def test_a_blob_made_in_the_same_request(mailhost):
    given = {"blobId": "#b", "mailboxIds": {mailhost.mailbox("Inbox"): True}}
    blob = {"data": [{"data:asText": MESSAGE.decode()}], "type": "message/rfc822"}
    using = ("urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:blob")
    responses = mailhost.request(
        [
            ["Blob/upload", {"accountId": "alice", "create": {"b": blob}}],
            ["Email/import", {"accountId": "alice", "emails": {"e": given}}],
        ],
        using,
    )
    assert responses[1][1]["created"]["e"]["blobId"] == responses[0][1]["created"]["b"]["id"]
