"""Email/parse."""

import base64

import pytest

from tests.mail.email_properties import HEADERS, LISTS, SUMMARY

pytestmark = pytest.mark.rfc("8621", "4.9")

INNER = "From: Bob <bob@example.org>\nSubject: inner\nMessage-ID: <i@example.org>\n\nInner text\n"
OUTER = (
    "From: alice@example.org\nSubject: outer\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n"
    "--o\nContent-Type: text/plain\n\nSee below\n"
    f"--o\nContent-Type: message/rfc822\n\n{INNER}\n--o--\n"
)
DEFAULTS = [*HEADERS, *SUMMARY, "bodyValues", *LISTS]


def upload(mailhost, data):
    """The blobId of an upload."""
    data = data.encode() if isinstance(data, str) else data
    answer = mailhost.client.post(
        f"/jmap/upload/{mailhost.account}/", data=data, content_type="message/rfc822", auth=mailhost.authorization
    )
    return answer.get_json()["blobId"]


def parse(mailhost, blob_id, *properties, **arguments):
    """The Email of one blob."""
    if properties:
        arguments["properties"] = list(properties)
    answer = mailhost.call("Email/parse", {"blobIds": [blob_id], **arguments})
    assert answer["notParsable"] is None
    assert answer["notFound"] is None
    assert list(answer["parsed"]) == [blob_id]
    return answer["parsed"][blob_id]


def attached(mailhost):
    """The blobId of the attached message of the only message."""
    [email] = mailhost.call("Email/get", {"ids": mailhost.ids(), "properties": ["attachments"]})["list"]
    [part] = email["attachments"]
    assert part["type"] == "message/rfc822"
    return part["blobId"]


def test_attached_message(mailhost):
    mailhost.deliver(OUTER)
    email = parse(mailhost, attached(mailhost), fetchTextBodyValues=True)
    assert sorted(email) == sorted(DEFAULTS)
    assert email["subject"] == "inner"
    assert email["from"] == [{"name": "Bob", "email": "bob@example.org"}]
    assert email["messageId"] == ["i@example.org"]
    assert email["preview"] == "Inner text"
    assert email["bodyValues"]["1"]["value"].rstrip("\n") == "Inner text"


def test_messages_in_messages(mailhost):
    text = INNER
    for level in range(3):
        outer = OUTER.replace("outer", f"level {level}").replace("--o", f"--o{level}")
        text = outer.replace("boundary=o", f"boundary=o{level}").replace(INNER, text)
    mailhost.deliver(text)
    blob_id = attached(mailhost)
    subjects = []
    for _ in range(3):
        email = parse(mailhost, blob_id, "subject", "attachments", "blobId", "size")
        assert email["blobId"] == blob_id
        subjects.append(email["subject"])
        for part in email["attachments"]:
            blob_id = part["blobId"]
            url = f"/jmap/download/{mailhost.account}/{blob_id}/m?type=message/rfc822"
            answer = mailhost.client.get(url, auth=mailhost.authorization)
            assert len(answer.data) == part["size"]
    assert subjects == ["level 1", "level 0", "inner"]


def test_encoded_message_in_a_message(mailhost):
    # not allowed by RFC 2046 5.2.1, and sent all the same
    encoded = base64.encodebytes(OUTER.replace("\n", "\r\n").encode()).decode()
    mailhost.deliver(f"Subject: top\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{encoded}")
    [email] = mailhost.call("Email/get", {"ids": mailhost.ids(), "properties": ["attachments"]})["list"]
    [part] = email["attachments"]
    outer = parse(mailhost, part["blobId"], "subject", "size", "attachments")
    assert (outer["subject"], outer["size"]) == ("outer", part["size"])
    [inner] = outer["attachments"]
    assert parse(mailhost, inner["blobId"], "subject", "textBody")["subject"] == "inner"
    url = f"/jmap/download/{mailhost.account}/{inner['blobId']}/m?type=message/rfc822"
    data = mailhost.client.get(url, auth=mailhost.authorization).data
    assert len(data) == inner["size"] and b"Subject: inner" in data


def test_upload(mailhost):
    blob_id = upload(mailhost, OUTER)
    email = parse(mailhost, blob_id, "subject", "attachments", "hasAttachment", "header:subject", "headers")
    assert email["subject"] == "outer"
    assert email["header:subject"] == " outer"
    assert email["hasAttachment"] is True
    assert [field["name"] for field in email["headers"]] == ["From", "Subject", "MIME-Version", "Content-Type"]
    [part] = email["attachments"]
    assert parse(mailhost, part["blobId"], "subject") == {"subject": "inner"}


def test_message_of_the_account(mailhost):
    mailhost.deliver(OUTER)
    names = ["subject", "from", "preview", "hasAttachment", "textBody", "bodyStructure", "size", "blobId"]
    [email] = mailhost.call("Email/get", {"ids": mailhost.ids(), "properties": names})["list"]
    del email["id"]
    assert parse(mailhost, email["blobId"], *names) == email


def test_metadata_is_null(mailhost):
    names = ["id", "mailboxIds", "keywords", "receivedAt", "threadId"]
    assert parse(mailhost, upload(mailhost, INNER), *names) == dict.fromkeys(names)


def test_internationalised_headers(mailhost):
    # RFC 6532: UTF-8 without encoded words, in addresses too.
    email = parse(mailhost, upload(mailhost, "From: Zoë <zoë@exämple.org>\nSubject: grüße\n\nx"), "from", "subject")
    assert email == {"from": [{"name": "Zoë", "email": "zoë@exämple.org"}], "subject": "grüße"}


def test_not_found_and_not_parsable(mailhost):
    good, bad, empty = (upload(mailhost, data) for data in (INNER, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"\n"))
    missing = "G" + "0" * 64
    answer = mailhost.call(
        "Email/parse", {"blobIds": [missing, good, bad, "nothing", empty, good], "properties": ["subject"]}
    )
    assert answer["accountId"] == mailhost.account
    assert answer["parsed"] == {good: {"subject": "inner"}}
    assert answer["notParsable"] == [bad, empty]
    assert answer["notFound"] == [missing, "nothing"]


def test_none(mailhost):
    answer = mailhost.call("Email/parse", {"blobIds": []})
    assert answer == {"accountId": mailhost.account, "parsed": None, "notParsable": None, "notFound": None}


def test_body_arguments(mailhost):
    blob_id = upload(mailhost, OUTER)
    email = parse(
        mailhost,
        blob_id,
        "textBody",
        "bodyValues",
        bodyProperties=["partId", "header:Content-Type"],
        fetchAllBodyValues=True,
        maxBodyValueBytes=3,
    )
    assert email["textBody"] == [{"partId": "1", "header:Content-Type": " text/plain"}]
    assert email["bodyValues"] == {"1": {"value": "See", "isTruncated": True, "isEncodingProblem": False}}


@pytest.mark.parametrize(
    "arguments",
    [
        {"properties": ["header:From:asDate"]},
        {"properties": ["colour"]},
        {"bodyProperties": ["colour"]},
        {"bodyProperties": ["header:From:asDate"]},
        {"blobIds": None},
        {"blobIds": "G0"},
        {"maxBodyValueBytes": -1},
    ],
)
def test_invalid_arguments(mailhost, arguments):
    assert mailhost.error("Email/parse", {"blobIds": [], **arguments})["type"] == "invalidArguments"


def test_blob_ids_are_needed(mailhost):
    assert mailhost.error("Email/parse")["type"] == "invalidArguments"


def test_too_many_blobs(make_mailhost):
    mailhost = make_mailhost(limits={"max_objects_in_get": 2})
    assert mailhost.error("Email/parse", {"blobIds": ["a", "b", "c"]})["type"] == "requestTooLarge"
    assert mailhost.call("Email/parse", {"blobIds": ["a", "b", "b"]})["notFound"] == ["a", "b"]
